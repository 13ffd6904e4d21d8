"""Writes what proxies refuse on the objects it came from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from airside.controllers.conditions import with_condition
from airside.controllers.refusals.ledger import Ledger
from airside.resources.fields import format_time
from airside.resources.keys import ObjectKey
from airside.store import Conflict, Missing, Put, Store, Unavailable
from airside.xds.status import Notice, Rejection

LOG = logging.getLogger("airside.refusals")


class Refusals:
    """Hears the xDS server at once and writes when it gets to it, merging what was said meanwhile."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store, self._clock = store, clock
        self._ledger = Ledger()
        self._dirty: set[ObjectKey] = set()
        self._rang = asyncio.Event()

    def hear(self, notice: Notice) -> None:
        if isinstance(notice, Rejection):
            LOG.warning("%s refused %s: %s", notice.proxy, notice.resource, notice.message)
        self._dirty |= self._ledger.hear(notice)
        self._rang.set()

    async def run(self) -> None:
        """Write as notices come; never returns."""
        while True:
            await self._rang.wait()
            self._rang.clear()
            dirty, self._dirty = self._dirty, set()
            for key in sorted(dirty):
                await self._write(key)

    async def _write(self, key: ObjectKey) -> None:
        while (stored := self._store.get(key)) is not None:
            changed = with_condition(stored.raw, self._ledger.against(key), format_time(self._clock().replace(microsecond=0)))
            if changed is None:
                return
            try:
                await self._store.write([Put(key, changed, stored.revision)])
            except (Conflict, Missing):
                continue  # someone was faster: look again
            except Unavailable as error:
                LOG.warning("the condition of %s is not written: %s", key, error)
            return
