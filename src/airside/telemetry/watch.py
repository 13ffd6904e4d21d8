"""The scrape shell: asks every sidecar for its figures over its admin socket, at an interval and when somebody wants fresh ones."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from airside.telemetry.evaluate import evaluate, render
from airside.telemetry.exposition import Exposition
from airside.telemetry.expression import parse_query
from airside.telemetry.sample import Labels
from airside.telemetry.top import TopRow, build_top
from airside.telemetry.windows import Windows

log = logging.getLogger(__name__)

# Envoy merges histograms when it is asked (bootstrap `stats_flush_on_admin`), but only after it has answered: the first path
# starts the merge and says nothing, the second reads its result.
_MERGE = "/stats/prometheus?filter=^$"
_FIGURES = "/stats/prometheus?usedonly&filter=^istio_|outlier_detection|upstream_rq_(retry|pending_overflow|timeout)|upstream_cx_active$"


@dataclass(frozen=True, slots=True)
class Target:
    """One sidecar. `labels` go on each of its series (Prometheus' pod discovery gives `namespace` and `pod`)."""

    name: str
    admin_socket: Path
    labels: Labels


@dataclass(slots=True)
class _Connection:
    client: httpx.AsyncClient
    exposition: Exposition


class Telemetry:
    """Scraped figures and the answers to questions about them."""

    def __init__(self, targets: Callable[[], Iterable[Target]], interval: timedelta = timedelta(seconds=5)) -> None:
        self._targets = targets
        self._interval = interval.total_seconds()
        self._windows = Windows()
        self._connections: dict[Target, _Connection] = {}
        self._round = asyncio.Lock()

    async def run(self) -> None:
        """Scrapes until cancelled."""
        try:
            while True:
                await self.refresh()
                await asyncio.sleep(self._interval)
        finally:
            for connection in self._connections.values():
                await connection.client.aclose()
            self._connections.clear()

    async def refresh(self) -> None:
        """One round over all targets, so that what was counted until now is in the next answer."""
        async with self._round:
            wanted = {target.name: target for target in self._targets()}
            for target in [known for known in self._connections if wanted.get(known.name) != known]:
                await self._connections.pop(target).client.aclose()
                self._windows.end(target.name, time.time())
            async with asyncio.TaskGroup() as group:
                for target in wanted.values():
                    group.create_task(self._scrape(target))
            self._windows.forget(time.time())

    def query(self, text: str, at: float) -> dict[str, object]:
        """The `data` of Prometheus' answer to an instant query. Raises BadQuery."""
        return render(evaluate(parse_query(text), self._windows, at), at)

    def top(self, window: timedelta, at: float) -> list[TopRow]:
        return build_top(self._windows, window, at)

    async def _scrape(self, target: Target) -> None:
        connection = self._connections.get(target)
        if connection is None:
            connection = self._connections[target] = _connect(target)
        try:
            async with asyncio.timeout(self._interval):
                await connection.client.get(_MERGE)
                answer = await connection.client.get(_FIGURES)
        except (httpx.TransportError, TimeoutError):
            # not up yet, restarting or going: its series end until it answers again
            self._windows.end(target.name, time.time())
            return
        scrape = connection.exposition.parse(answer.text)
        if scrape.malformed:
            log.warning("%s: %d lines of its figures are no Prometheus text: %s", target.name, len(scrape.malformed), scrape.malformed[0])
        self._windows.record(target.name, time.time(), scrape.samples)


def _connect(target: Target) -> _Connection:
    transport = httpx.AsyncHTTPTransport(uds=str(target.admin_socket))
    return _Connection(httpx.AsyncClient(transport=transport, base_url="http://envoy", trust_env=False), Exposition(dict(target.labels)))
