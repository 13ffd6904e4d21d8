"""Which changes have arrived where: the memory behind "applied".

Bounded: beyond REMEMBERED, the oldest push folds into the one after it, which then stands for both. So what is waited for is never
lost, and only old spans get blurred. A change that touches nobody leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from .resource import ProxyId

REMEMBERED = 256


@dataclass(slots=True)
class Push:
    """One update on its way, or several folded together. It brings what changed from revision `first` on, up to `revision`.

    `waiting`: connected proxies that have not taken all of it; `absent`: concerned, but not connected when it went.
    """

    first: int
    revision: int
    touched: frozenset[ProxyId]
    waiting: set[ProxyId]
    absent: frozenset[ProxyId]
    at: float
    done_at: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pushes of a span of revisions have come. `seconds`: from the first of them to the last arrival so far."""

    touched: tuple[ProxyId, ...]
    pending: tuple[ProxyId, ...]
    absent: tuple[ProxyId, ...]
    seconds: float


@dataclass(slots=True)
class Pushes:
    """The newest pushes, oldest first; `open` are those that some proxy has yet to take."""

    log: list[Push] = field(default_factory=list)
    open: list[Push] = field(default_factory=list)

    def begin(self, span: tuple[int, int], connected: frozenset[ProxyId], absent: frozenset[ProxyId], now: float) -> None:
        if not connected and not absent:
            return
        first, revision = span
        push = Push(first, revision, connected | absent, set(connected), absent, now, now)
        self.log.append(push)
        if connected:
            self.open.append(push)
        if len(self.log) > REMEMBERED:
            oldest, second = self.log[:2]
            self._replace(oldest, second)

    def _replace(self, oldest: Push, second: Push) -> None:
        folded = replace(
            second,
            first=oldest.first,
            touched=oldest.touched | second.touched,
            waiting=oldest.waiting | second.waiting,
            absent=oldest.absent | second.absent,
            at=oldest.at,
        )
        self.log[:2] = [folded]
        self.open = [push for push in self.open if push is not oldest and push is not second]
        if folded.waiting:
            self.open.insert(0, folded)

    def settle(self, proxy: ProxyId, owes: Callable[[int], bool], now: float) -> bool:
        """Something came from `proxy`; whether a push has arrived there by it."""
        return self._arrive(proxy, [push for push in self.open if proxy in push.waiting and not owes(push.revision)], now)

    def leave(self, proxy: ProxyId, now: float) -> bool:
        """`proxy` is not connected any more: it is not waited for, and gets what is newest when it comes back."""
        left = [push for push in self.open if proxy in push.waiting]
        for push in left:
            push.absent |= {proxy}
        return self._arrive(proxy, left, now)

    def _arrive(self, proxy: ProxyId, pushes: list[Push], now: float) -> bool:
        for push in pushes:
            push.waiting.discard(proxy)
            push.done_at = now
        if pushes:
            self.open = [push for push in self.open if push.waiting]
        return bool(pushes)

    def progress(self, since: int, revision: int) -> Progress:
        """Of the pushes in (since, revision]."""
        span = [push for push in self.log if since < push.revision and push.first <= revision]
        return Progress(
            touched=_sorted(push.touched for push in span),
            pending=_sorted(push.waiting for push in span),
            absent=_sorted(push.absent for push in span),
            seconds=max(push.done_at for push in span) - min(push.at for push in span) if span else 0.0,
        )


def _sorted(sets: Iterable[AbstractSet[ProxyId]]) -> tuple[ProxyId, ...]:
    return tuple(sorted(set[ProxyId]().union(*sets)))
