"""How a namespace that was deleted goes: everything in it first, itself last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.apiserver.metadata import metadata_of
from airside.store import Stored

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Emptying:
    """These are to be deleted; those that are on their way out already are waited for."""

    doomed: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing is left: the namespace itself may go."""


def is_terminating(namespace: Raw) -> bool:
    return "deletionTimestamp" in metadata_of(namespace)


def plan_end(content: Sequence[Stored]) -> Emptying | Empty:
    """What to do next for a terminating namespace with that content."""
    if not content:
        return Empty()
    return Emptying(tuple(stored for stored in content if "deletionTimestamp" not in metadata_of(stored.raw)))
