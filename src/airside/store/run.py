"""The store: history in memory, log on disk, one writer thread, watches.

Group commit: while a commit is on its way to the disk, further writes gather, and go together in the next. A write becomes visible to
reads and watches, and its writer hears of it, only once it is durable. All methods are called on one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from airside.resources.keys import ObjectKey
from airside.store.changes import Change, Collection, Objects, Stored, StoreError, StoreEvent, Unavailable
from airside.store.draft import Draft
from airside.store.history import History
from airside.store.process import Database
from airside.store.watch import Signal, Watch

KEEP = 10_000
"""Events the log holds at least; it is cut back to them when there are twice as many."""


Answers = list[tuple[asyncio.Future[Objects], Objects]]


@dataclass(frozen=True, slots=True)
class _Request:
    changes: Sequence[Change]
    answer: asyncio.Future[Objects]


@dataclass(frozen=True, slots=True)
class _Flight:
    """A batch on its way to the disk, and what its writers will hear when it is there."""

    events: list[StoreEvent]
    answers: Answers
    horizon: int | None


class Store:
    """Objects with versions and an event log. Made by `open`."""

    def __init__(self, database: Database, history: History, keep: int) -> None:
        self._database, self._history, self._keep = database, history, keep
        self._signal = Signal()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._gathered: list[_Request] = []
        self._flight: _Flight | None = None
        self._landed: asyncio.Future[None] | None = None

    @classmethod
    def open(cls, path: Path, keep: int = KEEP) -> Store:
        """The store in that file, which is made if there is none. Raises Unavailable."""
        database = Database(path)
        return cls(database, database.load(), keep)

    async def close(self) -> None:
        """Ends the watches, waits for the commit in flight, and lets go of the file. Closing twice is harmless."""
        self._signal.close()
        while self._landed is not None:
            await asyncio.shield(self._landed)
        self._writer.shutdown()
        self._database.close()

    @property
    def revision(self) -> int:
        """The newest revision that is durable."""
        return self._history.revision

    @property
    def horizon(self) -> int:
        """The revision up to which the log is compacted."""
        return self._history.horizon

    def get(self, key: ObjectKey) -> Stored | None:
        return self._history.get(key)

    def list(self, group: str, kind: str, namespace: str | None = None) -> tuple[Objects, int]:
        """The objects in the order of namespace and name, and the revision a watch goes on from."""
        return self._history.select((group, kind), namespace), self._history.revision

    def list_at(self, revision: int, group: str, kind: str, namespace: str | None = None) -> Objects:
        """The objects as they were at `revision`. Raises Expired."""
        return self._history.select_at(revision, (group, kind), namespace)

    def watch(self, since: int, group: str | None = None, kind: str | None = None) -> Watch:
        """Events after `since`, of one collection or of all. Raises Expired, at once or later."""
        collection: Collection | None = None if group is None or kind is None else (group, kind)
        return Watch(self._history, self._signal, since, collection)

    async def write(self, changes: Sequence[Change]) -> Objects:
        """All changes or none; what each left. Raises Exists, Missing, Conflict or Unavailable.

        A caller that is cancelled while it waits does not know whether the write was kept.
        """
        if self._signal.closed:
            raise Unavailable("the store is closed")
        answer: asyncio.Future[Objects] = asyncio.get_running_loop().create_future()
        self._gathered.append(_Request(changes, answer))
        self._depart()
        return await answer

    def _depart(self) -> None:
        """Send what has gathered to the disk, unless a commit is on its way: then it goes with the next."""
        if self._flight is not None or not self._gathered:
            return
        gathered, self._gathered = self._gathered, []
        draft = Draft(self._history)
        answers: Answers = []
        for request in gathered:
            if request.answer.done():  # cancelled before it was decided
                continue
            try:
                answers.append((request.answer, draft.write(request.changes)))
            except StoreError as refusal:
                request.answer.set_exception(refusal)
        flight = _Flight(draft.events, answers, self._due(draft.events))
        if not flight.events:
            self._tell(flight)
            return
        loop = asyncio.get_running_loop()
        self._flight, self._landed = flight, loop.create_future()
        self._writer.submit(self._database.commit, flight.events, flight.horizon).add_done_callback(
            lambda done: loop.call_soon_threadsafe(self._land, done)
        )

    def _land(self, done: ThreadFuture[None]) -> None:
        flight, landed = self._flight, self._landed
        assert flight is not None and landed is not None
        self._flight = self._landed = None
        failure = done.exception()
        if failure is None:
            self._history.append(flight.events)
            if flight.horizon is not None:
                self._history.compact(flight.horizon)
            self._tell(flight)
            self._signal.wake({event.collection for event in flight.events})
        else:
            for answer, _ in flight.answers:
                if not answer.done():
                    answer.set_exception(failure)
        self._depart()
        landed.set_result(None)

    @staticmethod
    def _tell(flight: _Flight) -> None:
        for answer, stored in flight.answers:
            if not answer.done():
                answer.set_result(stored)

    def _due(self, events: Sequence[StoreEvent]) -> int | None:
        """The horizon to compact to, when the log with `events` would hold twice what is kept."""
        newest = events[-1].revision if events else self._history.revision
        return newest - self._keep if newest - self._history.horizon >= 2 * self._keep else None
