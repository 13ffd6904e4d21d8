"""What a scrape says: series and their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
"""Label pairs sorted by name, so that equal sets are equal values."""


def sort_labels(labels: Mapping[str, str]) -> Labels:
    """Prometheus takes an empty value for a missing label; so do we."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted: a metric's name and its labels. The name is "" where a calculation has dropped it, as Prometheus does."""

    name: str
    labels: Labels

    def label(self, name: str) -> str:
        """The value of a label, "" where the series has none of that name."""
        if name == "__name__":
            return self.name
        return next((value for key, value in self.labels if key == name), "")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a scrape. Cumulative ones (counters and the parts of histograms) began at zero with their process."""

    series: Series
    value: float
    cumulative: bool
