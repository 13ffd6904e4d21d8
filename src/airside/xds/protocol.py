"""The conversation of one client about one xDS type: what it subscribes to, and which answer belongs to which response.

A sans-IO machine: a `Request` goes in, events come out. It knows names and nonces, not resources: what a client has is `delivery.py`'s.
A request may say several things at once (an acknowledgement that also subscribes); the events come in the order in which they were meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .resource import PUSHED, TypeUrl

ALL = "*"


@dataclass(frozen=True, slots=True)
class Request:
    """A DeltaDiscoveryRequest without its envelope. `known` are the versions that a client brings along from an earlier stream."""

    type: TypeUrl
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""
    error: str | None = None  # what the client says against the response that `nonce` names


@dataclass(frozen=True, slots=True)
class Acked:
    nonce: str


@dataclass(frozen=True, slots=True)
class Nacked:
    nonce: str
    message: str


@dataclass(frozen=True, slots=True)
class Stale:
    """An answer to a response that is not open: answered already, or of an earlier stream. It says nothing."""

    nonce: str


@dataclass(frozen=True, slots=True)
class Wants:
    """Names asked for; each gets an answer unless `known` has its newest version. `everything`: all there are, too."""

    names: frozenset[str]
    everything: bool = False
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drops:
    """Names of no interest any more. `everything`: all that are not subscribed to by name."""

    names: frozenset[str]
    everything: bool = False


Event = Acked | Nacked | Stale | Wants | Drops


@dataclass(slots=True)
class Subscription:
    """Which names a client wants of a type, and the nonces of the responses that it has not answered, oldest first."""

    type: TypeUrl
    wildcard: bool = False
    names: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    begun: bool = False

    def covers(self, name: str) -> bool:
        return self.wildcard or name in self.names

    def receive(self, request: Request) -> list[Event]:
        """What one request says."""
        events: list[Event] = []
        if request.nonce:
            events.append(self._answer(request))
        if not self.begun:
            return [*events, self._begin(request)]
        events += self._unsubscribe(frozenset(request.unsubscribe))
        events += self._subscribe(frozenset(request.subscribe))
        return events

    def _answer(self, request: Request) -> Event:
        if request.nonce not in self.open:
            return Stale(request.nonce)
        self.open.remove(request.nonce)
        return Acked(request.nonce) if request.error is None else Nacked(request.nonce, request.error)

    def _begin(self, request: Request) -> Wants:
        """The first request of a stream. Of the pushed types, naming nothing means everything (the protocol's older form of a wildcard)."""
        self.begun = True
        named = frozenset(request.subscribe) - {ALL}
        self.wildcard = ALL in request.subscribe or (not request.subscribe and self.type in PUSHED)
        self.names = set(named)
        return Wants(named, self.wildcard, request.known)

    def _subscribe(self, asked: frozenset[str]) -> list[Event]:
        """Asking again for what is subscribed already is a question too: the client has lost it."""
        named = asked - {ALL}
        self.names |= named
        self.wildcard = self.wildcard or ALL in asked
        return [Wants(named, ALL in asked)] if asked else []

    def _unsubscribe(self, dropped: frozenset[str]) -> list[Event]:
        """Under a wildcard, a name let go is still covered: the client must hear what it now is (xDS protocol, "unsubscribing")."""
        named = dropped - {ALL}
        self.names -= named
        if ALL in dropped and self.wildcard:
            self.wildcard = False
            return [Drops(named, everything=True)]
        if not named:
            return []
        return [Wants(named)] if self.wildcard else [Drops(named)]
