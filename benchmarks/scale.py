"""1,000 services and 200 sidecars: what one changed object costs from the object to the last acknowledgement, and what a cold start costs.

The real translator and xDS server, over a socket; the sidecars are streams in another process (`crowd.py`) that shares the machine.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from airside.model.world import ObjectChange
from airside.translate.translator import Translator
from airside.xds.resource import ROUTES, ProxyId
from airside.xds.serve import XdsServer
from airside.xds.status import State

from .ratio import Ratio, spread
from .town import one_endpoint_more, one_rule, town


@dataclass
class Plane:
    """Translator and server, and the revisions between them."""

    translator: Translator = field(default_factory=Translator)
    server: XdsServer = field(default_factory=lambda: XdsServer(lambda notice: print(f"  {notice}")))
    revision: int = 0
    proxies: set[ProxyId] = field(default_factory=set)

    def change(self, *changes: ObjectChange) -> float:
        """Seconds of translation."""
        self.revision += 1
        began = time.perf_counter()
        update = self.translator.follow(self.revision, changes)
        took = time.perf_counter() - began
        self.server.publish(update)
        self.proxies.update(update.proxies)
        return took

    async def arrived(self) -> None:
        applied = await self.server.applied(self.revision, self.revision - 1, timeout=60)
        if not applied.applied or applied.rejected:
            raise RuntimeError(f"the change did not arrive: {applied.pending} {applied.rejected[:1]}")


@asynccontextmanager
async def _crowd(socket: Path, nodes: set[ProxyId]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.crowd", str(socket), stdin=asyncio.subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write("\n".join(sorted(nodes)).encode())
    process.stdin.close()
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def measure(services: int = 1000, sidecars: int = 200, rounds: int = 20) -> list[Ratio]:
    plane = Plane()
    translation = plane.change(*town(services, sidecars), one_rule(1))
    print(f"{services} services, {sidecars} sidecars: translated from nothing in {translation:.2f} s")
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as directory:
        socket = Path(directory) / "xds.sock"
        await plane.server.start(f"unix:{socket}")
        began = time.perf_counter()
        async with _crowd(socket, plane.proxies):
            await _all_served(plane, sidecars)
            cold = time.perf_counter() - began
            rule = [await _timed(plane, one_rule(number + 2)) for number in range(rounds)]
            endpoint = [await _timed(plane, one_endpoint_more(number % sidecars)) for number in range(rounds)]
        await plane.server.stop()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  one VirtualService   {spread([both for both, _ in rule], 'ms')}; of it translation {_median(rule):.2f} ms")
    print(f"  one endpoint         {spread([both for both, _ in endpoint], 'ms')}; of it translation {_median(endpoint):.2f} ms")
    return [
        Ratio(f"one VirtualService -> {sidecars} sidecars", statistics.median(both for both, _ in rule), 100, "ms", 1.0),
        Ratio(f"cold start of {sidecars} sidecars", cold + translation, 20, "s", 1.0),
        Ratio("RSS of translator and xDS server", rss, 500, "MiB", 1.0),
    ]


async def _timed(plane: Plane, change: ObjectChange) -> tuple[float, float]:
    """Milliseconds: from the object to the last acknowledgement, and of that the translation."""
    began = time.perf_counter()
    translation = plane.change(change)
    await plane.arrived()
    return (time.perf_counter() - began) * 1000, translation * 1000


async def _all_served(plane: Plane, sidecars: int) -> None:
    """Until every sidecar has acknowledged its routes, which come last."""
    served = 0
    async with asyncio.timeout(120):
        while served < sidecars:
            await asyncio.sleep(0.05)
            served = sum(status.types[ROUTES].state is State.SYNCED for status in plane.server.status())


def _median(times: list[tuple[float, float]]) -> float:
    return statistics.median(translation for _, translation in times)
