"""Follows the store for the translator: store -> translator -> whoever serves what it made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from airside.model.world import ObjectChange
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object
from airside.store import Expired, Store, Stored, StoreEvent
from airside.translate.translator import Translator
from airside.xds.resource import Update

CONCERNED = (
    ("", "Service"),
    ("", "Pod"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("networking.istio.io", "VirtualService"),
    ("networking.istio.io", "DestinationRule"),
    ("networking.istio.io", "Gateway"),
)
"""Group and kind of what proxies depend on; nothing else is given to the translator."""


class Feed:
    """Hands each change to the translator, and what it made to `publish`. What happens meanwhile is merged into the next."""

    def __init__(self, store: Store, translator: Translator, publish: Callable[[Update], None]) -> None:
        self._store, self._translator, self._publish = store, translator, publish
        self._told: set[ObjectKey] = set()  # what the translator holds
        self._fed = 0
        self._moved = asyncio.Event()

    def begin(self) -> int:
        """Publish everything that is there; the revision it was read at."""
        revision = self._store.revision
        held = {stored.key: stored for group, kind in CONCERNED for stored in self._store.list(group, kind)[0]}
        gone: list[ObjectChange] = [(key, None) for key in self._told - held.keys()]
        self._feed(revision, [*gone, *((key, _typed(stored)) for key, stored in held.items())])
        return revision

    async def run(self, since: int) -> None:
        """Follow the store from `since` until it closes."""
        while True:
            try:
                watch = self._store.watch(since)
                while batch := await watch.batch():
                    self._feed(batch[-1].revision, _changes(batch))
                return
            except Expired:
                since = self.begin()  # more happened than the log keeps: look at everything again

    def _feed(self, revision: int, changes: Sequence[ObjectChange]) -> None:
        for key, found in changes:
            (self._told.discard if found is None else self._told.add)(key)
        self._publish(self._translator.follow(revision, changes) if changes else Update(revision))
        self._fed = revision
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def reached(self, revision: int) -> None:
        """Return once every change up to `revision` was published."""
        while self._fed < revision:
            await self._moved.wait()


def _changes(batch: Iterable[StoreEvent]) -> list[ObjectChange]:
    newest = {event.object.key: event for event in batch if (event.object.key.group, event.object.key.kind) in CONCERNED}
    return [(key, None if event.type == "DELETED" else _typed(event.object)) for key, event in newest.items()]


def _typed(stored: Stored) -> Object:
    kind = find_kind(stored.key.group, stored.key.kind)
    assert kind is not None, f"the store holds {stored.key}, which is no served kind"
    return kind.model.of(stored.raw)
