"""One stream of one proxy: its subscriptions together, and what may be sent now without breaking before making.

- Additions go in `ORDER`; a listener or route waits while clusters are held back, and each resource for the pushed ones it needs.
- An updated cluster's endpoints are sent again behind it: Envoy warms the new cluster with them, and acknowledges clusters only when warm.
- Removals go when no addition is left, in the reverse order, and not while a last good resource that was to be replaced needs them.
- A response that was rejected is taken apart until the culprits are alone; everything else goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from . import pace
from .delivery import Delivery
from .needs import Needs, Standing, short
from .part import Part, Response
from .protocol import Acked, Drops, Event, Nacked, Request, Stale, Subscription, Wants
from .resource import CLUSTER, ENDPOINTS, LISTENER, ORDER, PUSHED, ROUTES, ProxyId, TypeUrl
from .tables import View

Doubts = Mapping[TypeUrl, frozenset[str]]

TYPES_LIMIT = 64
NAMES_LIMIT = 200_000

_RANK = {type: rank for rank, type in enumerate(ORDER)}


class Session:
    """The state of one stream. `view` None: nobody has said yet that there is such a proxy; it waits.

    `doubts` are what the proxy's last stream left open; None: we have not met it, so it may have a past that we do not know.
    """

    def __init__(self, proxy: ProxyId, view: View | None, revision: int, doubts: Doubts | None) -> None:
        self.proxy = proxy
        self._doubts = doubts
        self.view = view
        self.revision = revision
        self.parts: dict[TypeUrl, Part] = {}  # in ORDER
        self.wake_at: float | None = None  # when to ask again what to send although nothing has come in
        self._early: set[str] = set()  # endpoints whose cluster went out before the client spoke of endpoints
        self._begun_at: float | None = None

    def receive(self, request: Request) -> list[Event]:
        """Take in one request; what it said."""
        part = self._part(request.type)
        events = part.subscription.receive(request)
        for event in events:
            match event:
                case Acked(nonce):
                    part.accept(nonce)
                case Nacked(nonce, message):
                    part.refuse(nonce, message)
                case Wants():
                    self._want(part, event)
                case Drops(names, everything):
                    others = part.delivery.held.keys() - part.subscription.names if everything else frozenset[str]()
                    part.delivery.forget(names | others)
                case Stale():
                    pass
        self._warm()
        return events

    def _part(self, type: TypeUrl) -> Part:
        if type not in self.parts:
            delivery = Delivery(by_name=type not in PUSHED, doubted=set(self._doubts.get(type, ()) if self._doubts else ()))
            parts = [*self.parts.values(), Part(Subscription(type), delivery)]
            self.parts = {part.type: part for part in sorted(parts, key=lambda part: _RANK.get(part.type, len(ORDER)))}
        return self.parts[type]

    def _want(self, part: Part, wants: Wants) -> None:
        delivery = part.delivery
        delivery.know(wants.known)
        if part.type == ENDPOINTS and wants.known:
            delivery.doubted |= self._early if self._doubts is not None else wants.known.keys()
        part.greeting = part.greeting or (wants.everything and not wants.known)
        if self.view is None:
            return
        everything = self.view.names(part.type) if wants.everything else ()
        for name in dict.fromkeys([*wants.known, *sorted(delivery.doubted), *everything, *sorted(wants.names)]):
            want = self.view.find(part.type, name)
            if name in wants.known or (want is None and name in delivery.doubted):
                delivery.change(name, want, self.revision)
                delivery.chill(name, self.revision)
            else:
                delivery.ask(name, want, self.revision)

    def excessive(self) -> bool:
        """Whether the client asks for more than any proxy has use for: it is broken, and would have us remember without end."""
        return len(self.parts) > TYPES_LIMIT or any(len(part.subscription.names) > NAMES_LIMIT for part in self.parts.values())

    def change(self, changes: Iterable[tuple[TypeUrl, frozenset[str]]], revision: int) -> bool:
        """These names may have changed by `revision`; whether that leaves something to be sent or acknowledged."""
        self.revision = revision
        touched = False
        for type, names in changes:
            part = self.parts.get(type)
            if part is None or self.view is None:
                continue
            for name in names:
                if part.subscription.covers(name):
                    touched |= part.delivery.change(name, self.view.find(type, name), revision)
        self._warm()
        return touched

    def rescope(self, view: View | None, revision: int) -> bool:
        """The proxy sees other scopes now, or is gone; then nothing is taken from it, for it may be finishing its requests."""
        self.revision, self.view = revision, view
        touched = False
        for part in self.parts.values():
            delivery, subscription = part.delivery, part.subscription
            if view is None:
                delivery.due.clear()
                continue
            everything = view.names(part.type) if subscription.wildcard else ()
            for name in dict.fromkeys([*delivery.held, *delivery.flying, *delivery.doubted, *everything, *sorted(subscription.names)]):
                want = view.find(part.type, name)
                if want is None and not (name in delivery.held or name in delivery.flying or name in delivery.doubted):
                    delivery.ask(name, None, revision)  # asked for while the proxy was unknown: it is told of nothing there
                    touched = True
                else:
                    touched |= delivery.change(name, want, revision)
        self._warm()
        return touched

    def _warm(self) -> None:
        """Those whose endpoints, routes or secrets have come are cold no more."""
        for part in self.parts.values():
            delivery = part.delivery
            if delivery.cold and self.view is not None:
                needs = Needs(self.view, self.parts)
                for name in [name for name in delivery.cold if needs.followed(delivery.held[name])]:
                    del delivery.cold[name]

    def respond(self, now: float) -> list[Response]:
        """What may be sent now, in order."""
        self.wake_at = None
        if self.view is None:
            return []
        if self._begun_at is None:
            self._begun_at = now
        if not any(part.waiting() for part in self.parts.values()):
            return []  # as at every acknowledgement that leaves nothing to do
        responses = list(self._add(self.view, now))
        if not self._making(now):
            responses += self._remove(now)
        self._warm()
        return responses

    def _making(self, now: float) -> bool:
        """Whether anything is still to be made before something may be broken.

        A client that comes back speaks of its clusters first: what uses them is known only once it has spoken of its listeners, and of
        their routes. One that says nothing of listeners within our patience has none.
        """
        listeners = self.parts.get(LISTENER)
        assert self._begun_at is not None
        spoken_at = self._begun_at + pace.PATIENCE.total_seconds()
        if listeners is None and now < spoken_at and any(part.delivery.due for part in self.parts.values()):
            self.wake_at = spoken_at if self.wake_at is None else min(spoken_at, self.wake_at)
            return True
        return any(part.busy() for part in self.parts.values()) or (listeners is not None and bool(listeners.delivery.cold))

    def _add(self, view: View, now: float) -> Iterator[Response]:
        clusters_wait = False
        for part in self.parts.values():
            if clusters_wait and part.type in (LISTENER, ROUTES):
                continue
            names = self._ready(part, view)
            if not names and not part.greeting:
                continue
            due_at = part.due_at()
            if due_at is not None and due_at <= now:
                yield self._send(part, names, now)
                if part.type == CLUSTER:
                    self._ask_endpoints(part, names, view)
                continue
            clusters_wait = clusters_wait or part.type == CLUSTER
            if due_at is not None:
                self.wake_at = due_at if self.wake_at is None else min(due_at, self.wake_at)

    def _ready(self, part: Part, view: View) -> list[str]:
        """The additions that nothing holds back. A client that has nothing of a name gets it even behind a refusal: part of it may work."""
        needs, delivery = Needs(view, self.parts), part.delivery
        ready = []
        for name in delivery.additions():
            resource = delivery.due[name].resource
            standing, why = needs.before(resource) if resource is not None else (Standing.READY, "")
            delivery.stuck.pop(name, None)
            if standing is Standing.STUCK and name in delivery.held:
                delivery.stuck[name] = why
            elif standing is not Standing.WAITS:
                ready.append(name)
        return ready

    def _ask_endpoints(self, clusters: Part, names: Iterable[str], view: View) -> None:
        part = self.parts.get(ENDPOINTS)
        for name in names:
            item = clusters.delivery.flying[name]
            for type, endpoints in item.resource.after if item.resource is not None else ():
                if type == ENDPOINTS and part is None:
                    self._early.add(endpoints)
                elif type == ENDPOINTS and part is not None and part.subscription.covers(endpoints):
                    part.delivery.ask(endpoints, view.find(ENDPOINTS, endpoints), item.revision)

    def _remove(self, now: float) -> Iterator[Response]:
        kept = self._kept()
        for part in reversed(self.parts.values()):
            ready = []
            for name in part.delivery.removals():
                part.delivery.stuck.pop(name, None)
                holder = kept.get((part.type, name))
                if holder is None:
                    ready.append(name)
                else:
                    part.delivery.stuck[name] = f"not removed: {holder} needs it, whose change was refused"
            if ready:
                yield self._send(part, ready, now)

    def _kept(self) -> dict[tuple[TypeUrl, str], str]:
        """What the last good resources need that a refusal keeps in use."""
        kept = {}
        for part in self.parts.values():
            delivery = part.delivery
            for name in [*delivery.refused, *delivery.stuck]:
                held = delivery.held.get(name)
                item = delivery.due.get(name)
                if held is not None and (item is None or item.resource is not None):
                    kept.update(dict.fromkeys(held.needs, f"{short(part.type)} {name}"))
        return kept

    def _send(self, part: Part, names: list[str], now: float) -> Response:
        return part.send(names, str(self.revision), now)

    def doubts(self) -> Doubts:
        """What the end of the stream leaves in doubt. A client that comes back does not tell of what it took from a rejected response, nor
        that a cluster of its still waits for endpoints of which it has the newest version.
        """
        doubts = {**(self._doubts or {}), **{type: part.delivery.doubts() for type, part in self.parts.items()}}
        return {type: names for type, names in doubts.items() if names}

    def owes(self, revision: int) -> bool:
        """Whether a change up to `revision` is still on its way to this proxy."""
        return any(part.delivery.owes(revision) for part in self.parts.values())
