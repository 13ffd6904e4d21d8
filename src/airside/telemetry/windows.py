"""The last minutes of every series, in bounded memory. Instants are seconds since the epoch, as Prometheus has them."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from airside.telemetry.sample import Sample, Series

_STALE = math.nan


@dataclass(slots=True)
class Points:
    """One series over time, oldest first. NaN says that the series ended there (Prometheus' staleness marker)."""

    times: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def append(self, at: float, value: float) -> None:
        if self.times and self.times[-1] >= at:  # a marker that a zero replaces
            self.values[-1] = value
            return
        self.times.append(at)
        self.values.append(value)

    def forget(self, before: float) -> None:
        keep = bisect_right(self.times, before)
        del self.times[:keep]
        del self.values[:keep]

    def between(self, start: float, end: float) -> list[tuple[float, float]]:
        """Samples in (start, end], without markers."""
        first, last = bisect_right(self.times, start), bisect_right(self.times, end)
        return [(self.times[i], self.values[i]) for i in range(first, last) if not math.isnan(self.values[i])]

    def latest(self, at: float, lookback: timedelta) -> float | None:
        """The value an instant query sees: the newest one, unless it is older than `lookback` or the series has ended."""
        last = bisect_right(self.times, at) - 1
        if last < 0 or self.times[last] <= at - lookback.total_seconds() or math.isnan(self.values[last]):
            return None
        return self.values[last]

    def increase(self, start: float, end: float) -> float:
        """How much a counter grew in (start, end], without extrapolation: what was really counted, over restarts too."""
        first, last = bisect_right(self.times, start), bisect_right(self.times, end)
        values = [value for value in self.values[max(first - 1, 0) : last] if not math.isnan(value)]
        return sum(later - earlier if later >= earlier else later for earlier, later in zip(values, values[1:], strict=False))


@dataclass(slots=True)
class _Target:
    """What the newest scrape of a target held."""

    at: float
    series: frozenset[Series]


class Windows:
    """Samples of all targets, kept for `retention`. Beyond `limit` series new ones are not taken, and counted."""

    def __init__(self, retention: timedelta = timedelta(minutes=15), limit: int = 50_000) -> None:
        self.dropped = 0
        self._retention = retention.total_seconds()
        self._limit = limit
        self._size = 0
        self._by_name: dict[str, dict[Series, Points]] = {}
        self._targets: dict[str, _Target] = {}

    def record(self, target: str, at: float, samples: Sequence[Sample]) -> None:
        """One scrape. A counter that the scrape before did not have has begun at zero since: its first value is growth too."""
        before = self._targets.get(target)
        present: set[Series] = set()
        for sample in samples:
            points = self._points(sample.series)
            if points is None:
                continue
            present.add(sample.series)
            if before is not None and sample.cumulative and sample.series not in before.series:
                points.append(before.at, 0.0)
            points.append(at, sample.value)
        if before is not None:
            self._mark(before.series - present, at)
        self._targets[target] = _Target(at, frozenset(present))

    def end(self, target: str, at: float) -> None:
        """The target is gone or does not answer: its series end here."""
        gone = self._targets.pop(target, None)
        if gone is not None:
            self._mark(gone.series, at)

    def forget(self, now: float) -> None:
        """Drops what is older than the retention."""
        for name, family in list(self._by_name.items()):
            for series, points in list(family.items()):
                points.forget(now - self._retention)
                if not points.times:
                    del family[series]
                    self._size -= 1
            if not family:
                del self._by_name[name]

    def targets(self) -> frozenset[str]:
        return frozenset(self._targets)

    def select(self, name: str | None, wanted: Callable[[Series], bool]) -> Iterator[tuple[Series, Points]]:
        """Series of that name (None: any name) that are wanted."""
        families = self._by_name.values() if name is None else [self._by_name.get(name, {})]
        for family in families:
            for series, points in family.items():
                if wanted(series):
                    yield series, points

    def _points(self, series: Series) -> Points | None:
        family = self._by_name.setdefault(series.name, {})
        points = family.get(series)
        if points is None:
            if self._size >= self._limit:
                self.dropped += 1
                return None
            points = family[series] = Points()
            self._size += 1
        return points

    def _mark(self, series: frozenset[Series], at: float) -> None:
        for one in series:
            points = self._by_name.get(one.name, {}).get(one)
            if points is not None:
                points.append(at, _STALE)
