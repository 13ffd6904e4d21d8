"""Watches: cursors into the shared log, and the signal that wakes those who wait at its end.

A watch holds no queue of its own, so a slow reader costs nothing; one that falls behind the horizon gets Expired.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from airside.store.changes import Collection, StoreEvent
from airside.store.history import History


class Signal:
    """Wakes the waiters of the collections that changed."""

    def __init__(self) -> None:
        self._waiting: dict[Collection | None, set[asyncio.Future[None]]] = {}
        self.closed = False

    async def wait(self, collection: Collection | None) -> None:
        future = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(collection, set())
        waiting.add(future)
        try:
            await future
        finally:
            waiting.discard(future)

    def wake(self, collections: Iterable[Collection]) -> None:
        for collection in {*collections, None}:
            self._resolve(self._waiting.get(collection, set()))

    def close(self) -> None:
        self.closed = True
        for waiting in self._waiting.values():
            self._resolve(waiting)

    @staticmethod
    def _resolve(waiting: set[asyncio.Future[None]]) -> None:
        for future in waiting:
            if not future.done():
                future.set_result(None)


class Watch:
    """Events after a revision, oldest first, without a gap; ends when the store closes. Needs no closing of its own."""

    def __init__(self, history: History, signal: Signal, since: int, collection: Collection | None) -> None:
        history.after(since, collection)  # Expired is said at once, not at the first event
        self._history, self._signal, self._collection = history, signal, collection
        self._since = since
        self._ready: deque[StoreEvent] = deque()

    @property
    def revision(self) -> int:
        """Everything up to here has been handed out."""
        return self._ready[0].revision - 1 if self._ready else self._since

    async def batch(self) -> list[StoreEvent]:
        """All events that are there, at least one; waits for it. Empty only when the store has closed. Raises Expired."""
        while not self._ready:
            if self._signal.closed:
                return []
            self._ready.extend(self._history.after(self._since, self._collection))
            self._since = self._history.revision
            if not self._ready:
                await self._signal.wait(self._collection)
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> StoreEvent:
        if not self._ready:
            self._ready.extend(await self.batch())
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()
