"""A batch of writes, decided before any of it is durable.

Each write is checked against the history and the writes before it in the batch; it is taken whole or refused whole. A refused write
leaves the others alone. Nothing is visible until the history has appended the draft's events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airside.resources.keys import ObjectKey
from airside.store.changes import Change, Conflict, Delete, EventType, Exists, Missing, Put, Stored, StoreEvent
from airside.store.history import History


class Draft:
    """What the history will be once `events` are on disk."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._revision = history.revision
        self._changed: dict[ObjectKey, Stored | None] = {}
        self.events: list[StoreEvent] = []

    def write(self, changes: Sequence[Change]) -> list[Stored]:
        """What each change leaves (for a Delete: the last state). Raises Exists, Missing or Conflict: then none of them counts."""
        kept = self._revision, dict(self._changed), len(self.events)
        try:
            return [self._put(change) if isinstance(change, Put) else self._delete(change) for change in changes]
        except (Exists, Missing, Conflict):
            self._revision, self._changed = kept[0], kept[1]
            del self.events[kept[2] :]
            raise

    def _find(self, key: ObjectKey) -> Stored | None:
        return self._changed[key] if key in self._changed else self._history.get(key)

    def _put(self, change: Put) -> Stored:
        found = self._find(change.key)
        if change.expected == 0 and found is not None:
            raise Exists(change.key)
        if change.expected:
            _check_revision(change.key, change.expected, found)
        if found is not None and same_content(found.raw, change.raw):
            return found  # a write that changes nothing makes no event, as in Kubernetes
        return self._record("ADDED" if found is None else "MODIFIED", change.key, change.raw, found)

    def _delete(self, change: Delete) -> Stored:
        found = self._find(change.key)
        if change.expected is not None:
            _check_revision(change.key, change.expected, found)
        if found is None:
            raise Missing(change.key)
        return self._record("DELETED", change.key, found.raw, found)

    def _record(self, event: EventType, key: ObjectKey, raw: Mapping[str, object], previous: Stored | None) -> Stored:
        self._revision += 1
        stored = Stored(key, self._revision, with_revision(raw, self._revision))
        self._changed[key] = None if event == "DELETED" else stored
        self.events.append(StoreEvent(event, self._revision, stored, previous))
        return stored


def with_revision(raw: Mapping[str, object], revision: int) -> dict[str, object]:
    """The object stamped with its version; everything else is shared with `raw`."""
    return {**raw, "metadata": {**_metadata(raw), "resourceVersion": str(revision)}}


def same_content(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two objects differ in nothing but their version."""
    return with_revision(one, 0) == with_revision(other, 0)


def _metadata(raw: Mapping[str, object]) -> Mapping[str, object]:
    metadata = raw.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _check_revision(key: ObjectKey, expected: int, found: Stored | None) -> None:
    if found is None:
        raise Missing(key)
    if found.revision != expected:
        raise Conflict(key, expected, found.revision)
