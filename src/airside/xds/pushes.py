"""Which changes have arrived where: the memory behind "applied". Bounded; a change that touches nobody leaves no trace but its revision."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .resource import ProxyId

REMEMBERED = 1024
"""Pushes that can still be asked about. Older ones count as arrived."""


@dataclass(slots=True)
class Push:
    """One update on its way. `waiting`: connected proxies that have not taken it all; `absent`: concerned, but not connected."""

    revision: int
    touched: frozenset[ProxyId]
    waiting: set[ProxyId]
    absent: set[ProxyId]
    at: float
    done_at: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pushes of a span of revisions have come. `seconds`: from the first of them to the last acknowledgement so far."""

    touched: tuple[ProxyId, ...]
    pending: tuple[ProxyId, ...]
    absent: tuple[ProxyId, ...]
    seconds: float


@dataclass(slots=True)
class Pushes:
    """The newest pushes, oldest first."""

    log: deque[Push] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def begin(self, revision: int, connected: frozenset[ProxyId], absent: frozenset[ProxyId], now: float) -> None:
        if connected or absent:
            self.log.append(Push(revision, connected | absent, set(connected), set(absent), now, now))

    def settle(self, proxy: ProxyId, owes: Callable[[int], bool], now: float) -> bool:
        """Something came from `proxy`; whether a push arrived there by it."""
        arrived = [push for push in self._waiting_for(proxy) if not owes(push.revision)]
        for push in arrived:
            push.waiting.discard(proxy)
            push.done_at = now
        return bool(arrived)

    def leave(self, proxy: ProxyId, now: float) -> bool:
        """`proxy` is not connected any more: it is not waited for, and gets everything when it comes back."""
        left = list(self._waiting_for(proxy))
        for push in left:
            push.waiting.discard(proxy)
            push.absent.add(proxy)
            push.done_at = now
        return bool(left)

    def _waiting_for(self, proxy: ProxyId) -> Iterator[Push]:
        return (push for push in self.log if proxy in push.waiting)

    def progress(self, since: int, revision: int) -> Progress:
        """Of the pushes in (since, revision]."""
        span = [push for push in self.log if since < push.revision <= revision]
        return Progress(
            touched=tuple(sorted(set[ProxyId]().union(*(push.touched for push in span)))),
            pending=tuple(sorted(set[ProxyId]().union(*(push.waiting for push in span)))),
            absent=tuple(sorted(set[ProxyId]().union(*(push.absent for push in span)))),
            seconds=max(push.done_at for push in span) - min(push.at for push in span) if span else 0.0,
        )
