"""How long a container that ended waits before it is started again.

Kubernetes: at once, then 10 s doubling to 5 min, forgotten after 10 min of running. Here the doubling begins at 1 s: on one machine that
nobody shares, waiting 10 s for the second try costs a person's time and saves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=5)
FORGOTTEN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Backoff:
    """`until`: no start before; None: at any time. `following`: the wait after the next end."""

    until: datetime | None = None
    following: timedelta = timedelta(0)

    def after(self, ran: timedelta, now: datetime) -> Backoff:
        """What holds when the container ended `now`, having run so long."""
        wait = timedelta(0) if ran >= FORGOTTEN else self.following
        return Backoff(now + wait if wait else None, min(max(2 * wait, FIRST), LONGEST))

    def holds(self, now: datetime) -> bool:
        return self.until is not None and now < self.until
