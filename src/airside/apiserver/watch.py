"""Watch streams: what is there, then every change, a JSON object per line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from airside.apiserver import status
from airside.apiserver.options import ListOptions
from airside.apiserver.reads import selector_of
from airside.apiserver.render import Renderer
from airside.apiserver.transitions import selected_event
from airside.apiserver.writes import shown
from airside.store import Expired, Store, Stored, StoreEvent, Watch

BOOKMARK_EVERY, BOOKMARK_BEFORE_END = 60.0, 2.0
"""Seconds between bookmarks, and how long before its end a watch with a timeout gets one."""


class WatchStream:
    """One watch of one client."""

    def __init__(self, store: Store, options: ListOptions, renderer: Renderer) -> None:
        """Raises ApiError for a selector that does not parse, or a version that is not there yet."""
        self._store, self._options, self._renderer = store, options, renderer
        self._selector = selector_of(renderer.address, options)
        if (options.revision or 0) > store.revision:
            raise status.too_large_version(options.revision or 0, store.revision)
        self._first = True
        self._told = 0  # the revision the client last heard of

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines, until the timeout the client asked for, or the end of the store."""
        now = asyncio.get_running_loop().time
        end = now() + self._options.timeout if self._options.timeout else None
        marking = self._next_mark(now(), end)
        try:
            watch, start = self._open()
            for line in start:
                yield line
            while end is None or now() < end:
                try:
                    async with asyncio.timeout_at(min(marking, end or marking)):
                        events = await watch.batch()
                except TimeoutError:
                    if now() >= marking:
                        marking = self._next_mark(marking, None)
                        if self._options.bookmarks and watch.revision > self._told:
                            yield self._bookmark(watch.revision)
                    continue
                if not events:
                    return
                for line in self._changes(events):
                    yield line
        except Expired as error:
            yield _line("ERROR", status.expired(f"too old resource version: {error}").to_json())

    def _next_mark(self, last: float, end: float | None) -> float:
        return max(last, end - BOOKMARK_BEFORE_END) if end is not None else last + BOOKMARK_EVERY

    def _open(self) -> tuple[Watch, list[bytes]]:
        """The watch, and the lines for what is there already. Nothing comes between the two."""
        address, options = self._renderer.address, self._options
        kind, namespace = address.kind, address.namespace or None
        if options.revision and not options.initial_events:
            self._told = options.revision
            return self._store.watch(options.revision, kind.group, kind.kind), []
        found, revision = self._store.list(kind.group, kind.kind, namespace)
        self._told = revision
        lines = [self._event("ADDED", stored) for stored in found if self._selector.selects(stored.raw)]
        if options.initial_events and options.bookmarks:
            lines.append(self._bookmark(revision, ends_start=True))
        return self._store.watch(revision, kind.group, kind.kind), lines

    def _changes(self, events: Iterable[StoreEvent]) -> Iterator[bytes]:
        for event in events:
            seen = selected_event(event, self._selector, self._renderer.address.namespace)
            if seen is not None:
                self._told = event.revision
                yield self._event(*seen)

    def _event(self, type: str, stored: Stored) -> bytes:
        return self._said(type, self._renderer.event(shown(self._renderer.address, stored.raw), self._first))

    def _bookmark(self, revision: int, ends_start: bool = False) -> bytes:
        self._told = revision
        return self._said("BOOKMARK", self._renderer.bookmark(revision, ends_start, self._first))

    def _said(self, type: str, body: Mapping[str, object]) -> bytes:
        self._first = False
        return _line(type, body)


def _line(type: str, body: Mapping[str, object]) -> bytes:
    return json.dumps({"type": type, "object": body}, separators=(",", ":")).encode() + b"\n"
