"""What is made of the same values is made once, and the same bytes go to everybody who sees them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Made = TypeVar("Made")


@dataclass(slots=True)
class Shared:
    """Of each thing, the last one made and the values it was made of. Values are compared by identity: all of them are frozen."""

    last: dict[Hashable, tuple[tuple[object, ...], object]] = field(default_factory=dict)

    def make(self, key: Hashable, values: Sequence[object], build: Callable[[], Made]) -> Made:
        """`build` must depend on `values`, and on nothing else that can change."""
        entry = self.last.get(key)
        if entry is not None and len(entry[0]) == len(values) and all(a is b for a, b in zip(entry[0], values, strict=True)):
            return entry[1]  # type: ignore[return-value]  # made by the same `build`
        made = build()
        self.last[key] = (tuple(values), made)
        return made

    def forget(self, key: Hashable) -> None:
        self.last.pop(key, None)
