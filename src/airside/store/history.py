"""The objects and the log of how they came to be, in memory. No I/O, no clock: events go in, answers come out.

The log reaches back to `horizon`; asking for anything before it raises `Expired`. What is current is always whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from airside.resources.keys import ObjectKey
from airside.store.changes import Collection, Expired, Stored, StoreEvent


@dataclass(slots=True)
class Shelf:
    """Objects and events of one collection; `names` is kept sorted, so that lists come in the order of namespace and name."""

    dropped: int  # revision of the newest event of the collection that may have been forgotten
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    names: list[tuple[str, str]] = field(default_factory=list)
    events: list[StoreEvent] = field(default_factory=list)

    def put(self, stored: Stored) -> None:
        place = stored.key.namespace, stored.key.name
        if place not in self.objects:
            insort(self.names, place)
        self.objects[place] = stored

    def drop(self, key: ObjectKey) -> None:
        place = key.namespace, key.name
        del self.objects[place]
        del self.names[bisect_left(self.names, place)]

    def select(self, namespace: str | None) -> list[Stored]:
        if namespace is None:
            return [self.objects[place] for place in self.names]
        # "\0" sorts before every character of a name, so this is the first place after the namespace
        return [
            self.objects[place]
            for place in self.names[bisect_left(self.names, (namespace, "")) : bisect_left(self.names, (namespace + "\0", ""))]
        ]


def _revision(event: StoreEvent) -> int:
    return event.revision


class History:
    """Current objects, and every event after `horizon`."""

    def __init__(self, horizon: int = 0) -> None:
        self.horizon = horizon
        self.revision = horizon
        self._start = horizon
        self._shelves: dict[Collection, Shelf] = {}
        self._events: list[StoreEvent] = []

    def get(self, key: ObjectKey) -> Stored | None:
        shelf = self._shelves.get((key.group, key.kind))
        return shelf.objects.get((key.namespace, key.name)) if shelf else None

    def select(self, collection: Collection, namespace: str | None = None) -> list[Stored]:
        shelf = self._shelves.get(collection)
        return shelf.select(namespace) if shelf else []

    def select_at(self, revision: int, collection: Collection, namespace: str | None = None) -> list[Stored]:
        """The collection as it was at `revision`: today's, with every later event undone."""
        then = {stored.key: stored for stored in self.select(collection, namespace)}
        for event in reversed(self.after(revision, collection)):
            key = event.object.key
            if namespace is not None and key.namespace != namespace:
                continue
            if event.previous is None:
                then.pop(key, None)
            else:
                then[key] = event.previous
        return [then[key] for key in sorted(then)]

    def after(self, since: int, collection: Collection | None = None) -> list[StoreEvent]:
        """Events with a revision above `since`, oldest first. Raises Expired when some of them may be gone."""
        if collection is None:
            events, dropped = self._events, self.horizon
        else:
            # An idle watch must not expire by its neighbours' traffic, so each collection knows what it lost itself.
            shelf = self._shelf(collection)
            events, dropped = shelf.events, shelf.dropped
        if since < dropped:
            raise Expired(since, dropped)
        return events[bisect_right(events, since, key=_revision) :]

    def restore(self, stored: Stored) -> None:
        """Take in an object as it stood at the horizon, when a log is read back; it makes no event."""
        self._shelf((stored.key.group, stored.key.kind)).put(stored)

    def append(self, events: Iterable[StoreEvent]) -> None:
        for event in events:
            shelf = self._shelf(event.collection)
            if event.type == "DELETED":
                shelf.drop(event.object.key)
            else:
                shelf.put(event.object)
            shelf.events.append(event)
            self._events.append(event)
            self.revision = event.revision

    def compact(self, horizon: int) -> None:
        """Forget the events up to and including `horizon`."""
        if horizon <= self.horizon:
            return
        self.horizon = horizon
        self.revision = max(self.revision, horizon)
        self._events = self._events[bisect_right(self._events, horizon, key=_revision) :]
        for shelf in self._shelves.values():
            gone = bisect_right(shelf.events, horizon, key=_revision)
            if gone:
                shelf.dropped = shelf.events[gone - 1].revision
                shelf.events = shelf.events[gone:]

    def _shelf(self, collection: Collection) -> Shelf:
        return self._shelves.setdefault(collection, Shelf(self._start))
