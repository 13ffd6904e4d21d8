"""A measurement beside its yardstick: what is printed, and what is to hold."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` over `theirs`, in `unit`. `limit`: the most (or, if `more_is_better`, the least) that the design allows."""

    name: str
    ours: float
    theirs: float
    unit: str
    limit: float
    more_is_better: bool = False

    @property
    def value(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.more_is_better else "<="
        verdict = "holds" if self.holds else "MISSES"
        numbers = f"{self.ours:10.2f} {self.unit:<5} against {self.theirs:10.2f} {self.unit:<5}"
        return f"{self.name:<52} {numbers} ratio {self.value:5.2f} ({sign} {self.limit:.2f}: {verdict})"


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread(values: Sequence[float], unit: str) -> str:
    """One line about how the values lie."""
    return (
        f"median {statistics.median(values):.2f} {unit}, p90 {percentile(values, 90):.2f}, p99 {percentile(values, 99):.2f}, "
        f"min {min(values):.2f}, max {max(values):.2f} (n={len(values)})"
    )
