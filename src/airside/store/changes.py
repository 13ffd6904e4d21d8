"""What goes into the store and what comes out: changes, stored objects, events, and why a write or a watch was refused.

StoreError
  Exists       a Put demanded that there be no such object, and there is one
  Missing      a Delete or an expected revision named an object that is not there
  Conflict     the object moved on since the revision the writer saw
  Unavailable  the environment failed (disk full, file locked); nothing of the write was kept, reads go on
  Expired      a watch asks for events that compaction dropped; list again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from airside.resources.keys import ObjectKey

EventType = Literal["ADDED", "MODIFIED", "DELETED"]
Collection = tuple[str, str]
"""Group and kind: what is listed and watched together."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is kept. `raw` carries `metadata.resourceVersion == str(revision)` and is shared: never change it in place."""

    key: ObjectKey
    revision: int
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StoreEvent:
    """One step of the log. A DELETED event's object is the last state, under the revision of its deletion."""

    type: EventType
    revision: int
    object: Stored
    previous: Stored | None

    @property
    def collection(self) -> Collection:
        return self.object.key.group, self.object.key.kind


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole object. `expected`: the revision it must still have; 0: it must not exist; None: whatever is there."""

    key: ObjectKey
    raw: Mapping[str, object]
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the object. `expected`: the revision it must still have; None: whatever is there."""

    key: ObjectKey
    expected: int | None = None


Change = Put | Delete
Objects = list[Stored]


class StoreError(Exception):
    """Why the store refused; the classes below are all there are."""


class Exists(StoreError):
    def __init__(self, key: ObjectKey) -> None:
        super().__init__(f"{key} already exists")
        self.key = key


class Missing(StoreError):
    def __init__(self, key: ObjectKey) -> None:
        super().__init__(f"there is no {key}")
        self.key = key


class Conflict(StoreError):
    def __init__(self, key: ObjectKey, expected: int, found: int) -> None:
        super().__init__(f"{key} is at revision {found}, the write expected {expected}")
        self.key, self.expected, self.found = key, expected, found


class Unavailable(StoreError):
    """The message names what the disk or the file said."""


class Expired(StoreError):
    def __init__(self, since: int, horizon: int) -> None:
        super().__init__(f"revision {since} is too old: the log begins after {horizon}")
        self.since, self.horizon = since, horizon
