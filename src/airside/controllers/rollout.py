"""The numbers of a rolling update: how far each ReplicaSet may be scaled now.

As Kubernetes' deployment controller does it: first the new set grows as far as the surge lets it; then the old ones shrink, sick pods
first, never so far that fewer than `replicas - max_unavailable` pods are available.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetSize:
    """A ReplicaSet in numbers: pods it should have, how many of those it has are available, and how many it still has."""

    replicas: int
    available: int
    present: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a Deployment allows: pods wanted, over and under."""

    replicas: int
    surge: int
    unavailable: int

    @property
    def least_available(self) -> int:
        return max(self.replicas - self.unavailable, 0)


def resolve_bounds(replicas: int, surge: int | str, unavailable: int | str) -> Bounds:
    """Percentages to pods: surge rounds up, unavailable down; never both zero, else nothing could move."""
    over = _resolve(surge, replicas, up=True)
    under = min(_resolve(unavailable, replicas, up=False), replicas)
    return Bounds(replicas, over, 1 if over == 0 and under == 0 else under)


def _resolve(value: int | str, whole: int, up: bool) -> int:
    if isinstance(value, int):
        return max(value, 0)
    share = int(value.removesuffix("%")) * whole / 100
    return math.ceil(share) if up else math.floor(share)


def grow_new(bounds: Bounds, new: SetSize, old: Sequence[SetSize]) -> int:
    """How many pods the new set should have now."""
    if new.replicas >= bounds.replicas:
        return bounds.replicas
    # An old set that was told to shrink may not have done so yet: its pods count until they are gone, stricter than Kubernetes.
    room = bounds.replicas + bounds.surge - new.replicas - sum(max(size.replicas, size.present) for size in old)
    return new.replicas + max(min(room, bounds.replicas - new.replicas), 0)


def shrink_old(bounds: Bounds, new: SetSize, old: Sequence[SetSize]) -> list[int]:
    """How many pods each old set (oldest first) should have now."""
    wanted = [size.replicas for size in old]
    new_unavailable = max(new.replicas - new.available, 0)
    spare = sum(wanted) + new.replicas - bounds.least_available - new_unavailable
    for index, size in enumerate(old):  # pods that serve nobody go first
        sick = min(max(size.replicas - size.available, 0), max(spare, 0))
        wanted[index] -= sick
        spare -= sick
    available = min(new.available, new.replicas) + sum(min(size.available, count) for size, count in zip(old, wanted, strict=True))
    spare = min(spare, available - bounds.least_available)
    for index, count in enumerate(wanted):
        less = min(count, max(spare, 0))
        wanted[index] -= less
        spare -= less
    return wanted
