"""One type of one session: the conversation, the delivery and the responses that are not answered yet, together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import pace
from .delivery import Delivery, Due
from .protocol import Subscription
from .resource import Resource, TypeUrl


@dataclass(frozen=True, slots=True)
class Response:
    """A DeltaDiscoveryResponse without its envelope."""

    type: TypeUrl
    nonce: str
    version: str
    resources: tuple[Resource, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flight:
    """A response that is not answered yet. `at`: when it went, in seconds."""

    items: Mapping[str, Due]
    version: str
    at: float


@dataclass(slots=True)
class Part:
    """What one client and we have between us about one type."""

    subscription: Subscription
    delivery: Delivery
    flights: dict[str, Flight] = field(default_factory=dict)
    greeting: bool = False  # a wildcard was opened: it gets an answer even if there is nothing
    sent: str = ""  # version of the newest response
    again: int = 0  # how many there were of that version before
    acked: str = ""  # version of the newest response that the client took

    @property
    def type(self) -> TypeUrl:
        return self.subscription.type

    def due_at(self) -> float | None:
        """From when on the next response may go; None: not before an answer. The parts of a rejected one go one after the other."""
        sent = [flight.at for flight in self.flights.values()]
        return None if sent and self.delivery.suspects else pace.due_at(sent)

    def send(self, names: Iterable[str], version: str, now: float) -> Response:
        """Put these due names into a response; it is open from now on.

        Its nonce is unlike any other of this stream, but alike on all streams that get the same: so they can get the same bytes.
        """
        items = self.delivery.send(names)
        self.again = self.again + 1 if version == self.sent else 0
        nonce = f"{version}.{self.again}"
        self.flights[nonce] = Flight(items, version, now)
        self.subscription.open.append(nonce)
        self.greeting, self.sent = False, version
        resources = tuple(item.resource for item in items.values() if item.resource is not None)
        removed = tuple(name for name, item in items.items() if item.resource is None)
        return Response(self.type, nonce, version, resources, removed)

    def accept(self, nonce: str) -> None:
        flight = self.flights.pop(nonce)
        self.acked = flight.version
        self.delivery.accept(flight.items)

    def refuse(self, nonce: str, message: str) -> None:
        self.delivery.refuse(self.flights.pop(nonce).items, message)

    def waiting(self) -> bool:
        """Whether there is anything to be said, now or later."""
        return bool(self.delivery.due) or self.greeting

    def busy(self) -> bool:
        """Whether something is open, or still to be added, that no refusal holds up."""
        delivery = self.delivery
        return bool(self.flights or self.greeting or any(name not in delivery.stuck for name in delivery.due if delivery.adds(name)))
