"""Probes: when to ask, and what the answers amount to. Kubernetes' thresholds and periods.

One deviation, towards the better: until a container has succeeded once, startup and readiness are also asked between the periods, ever less
often; such a failure does not count, a success does, and nothing counts against a container in its first period. One that is up after
300 ms is ready then and not a period later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from airside.resources.pod import Probe

EAGER_FIRST = timedelta(milliseconds=50)
EAGER_GROWTH = 1.4


@dataclass(frozen=True, slots=True)
class Timing:
    """A probe's numbers."""

    delay: timedelta
    period: timedelta
    timeout: timedelta
    successes: int
    failures: int

    @classmethod
    def of(cls, probe: Probe) -> Timing:
        return cls(
            timedelta(seconds=probe.initial_delay_seconds),
            timedelta(seconds=max(probe.period_seconds, 1)),
            timedelta(seconds=max(probe.timeout_seconds, 1)),
            max(probe.success_threshold, 1),
            max(probe.failure_threshold, 1),
        )


@dataclass(frozen=True, slots=True)
class ProbeState:
    """One probe of one run of a container. `verdict`: None until the thresholds were reached once."""

    timing: Timing
    due: datetime  # when to ask next
    counted: datetime  # when a failure counts next
    eager: timedelta | None  # the pause to the next extra question; None: asked only at its periods
    verdict: bool | None = None
    streak: int = 0  # successes in a row if positive, counted failures in a row if negative

    @classmethod
    def begin(cls, timing: Timing, started: datetime, eager: bool) -> ProbeState:
        first = started + timing.delay
        return cls(timing, first, first + timing.period, EAGER_FIRST if eager else None)

    def answer(self, well: bool, now: datetime) -> ProbeState:
        """The state after an answer that came at `now`."""
        counts = well or now >= self.counted
        streak = self.streak
        if well:
            streak = max(streak, 0) + 1
        elif counts:
            streak = min(streak, 0) - 1
        verdict = self.verdict
        if streak >= self.timing.successes:
            verdict = True
        elif -streak >= self.timing.failures:
            verdict = False
        counted = now + self.timing.period if counts else self.counted
        if verdict is True or self.eager is None:
            return replace(self, streak=streak, verdict=verdict, due=counted, counted=counted, eager=None)
        pause = self.eager
        return replace(self, streak=streak, verdict=verdict, due=min(now + pause, counted), counted=counted, eager=pause * EAGER_GROWTH)
