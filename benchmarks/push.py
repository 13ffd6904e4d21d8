"""One route changes: how long until 11 Envoys have acknowledged it, from Airside's xDS server and from a minimal one.

Both serve their own 11 Envoys at the same time and take turns, so that whatever else the machine does hits both alike.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Resource, Scope, TypeUrl, Update
from airside.xds.serve import XdsServer

from . import mesh_like
from .envoys import fleet
from .ratio import Ratio, spread
from .raw_ads import RawAds

LIMIT = 2.0
_ALL = Scope("all")


class Ours:
    """Airside's server with the same resources, each Envoy's listener in a scope of its own as the mesh has it."""

    def __init__(self) -> None:
        self.server = XdsServer(lambda notice: print(f"  {notice}"))
        self.revision = 0

    async def start(self, address: str, nodes: list[str]) -> None:
        self.revision += 1
        shared: dict[TypeUrl, Mapping[str, bytes]] = {CLUSTER: mesh_like.clusters(), ENDPOINTS: mesh_like.endpoints()}
        tables: dict[tuple[TypeUrl, Scope], dict[str, Resource | None]] = {
            (type, _ALL): {name: _resource(name, body, [(ENDPOINTS, name)] if type == CLUSTER else []) for name, body in table.items()}
            for type, table in shared.items()
        }
        tables[ROUTES, _ALL] = {mesh_like.ROUTES_NAME: self._routes(1)}
        for node in nodes:
            tables[LISTENER, Scope(node)] = {"outbound": _resource("outbound", mesh_like.listener(), [(ROUTES, mesh_like.ROUTES_NAME)])}
        self.server.publish(Update(self.revision, tables, {ProxyId(node): (Scope(node), _ALL) for node in nodes}))
        await self.server.start(address)

    def _routes(self, timeout: int) -> Resource:
        return _resource(mesh_like.ROUTES_NAME, mesh_like.routes(timeout), [(CLUSTER, name) for name in mesh_like.SERVICES])

    async def push(self, timeout: int) -> float:
        """Seconds from the change to the last acknowledgement."""
        resource = self._routes(timeout)
        self.revision += 1
        began = time.perf_counter()
        self.server.publish(Update(self.revision, {(ROUTES, _ALL): {resource.name: resource}}))
        applied = await self.server.applied(self.revision, self.revision - 1, timeout=10)
        took = time.perf_counter() - began
        if not applied.applied or applied.rejected:
            raise RuntimeError(f"the change did not arrive: {applied}")
        return took


class Theirs:
    """The minimal server."""

    def __init__(self) -> None:
        tables = {
            str(CLUSTER): mesh_like.clusters(),
            str(ENDPOINTS): mesh_like.endpoints(),
            str(LISTENER): {"outbound": mesh_like.listener()},
            str(ROUTES): {mesh_like.ROUTES_NAME: mesh_like.routes(1)},
        }
        self.server = RawAds(tables)
        self.pushes = 0

    async def push(self, timeout: int) -> float:
        body = mesh_like.routes(timeout)
        self.pushes += 1
        began = time.perf_counter()
        await self.server.push(str(ROUTES), mesh_like.ROUTES_NAME, body, f"push-{self.pushes}")
        return time.perf_counter() - began


def _resource(name: str, body: bytes, needs: list[tuple[TypeUrl, str]]) -> Resource:
    return Resource(name, hashlib.sha256(body).hexdigest()[:16], body, tuple(needs))


async def measure(envoys: int = 11, rounds: int = 200) -> list[Ratio]:
    """Prints as it goes."""
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as directory:
        root = Path(directory)
        mine, others = ([f"{side}-{number}" for number in range(envoys)] for side in ("ours", "raw"))
        ours, theirs = Ours(), Theirs()
        await ours.start(f"unix:{root}/ours.sock", mine)
        await theirs.server.start(f"unix:{root}/raw.sock")
        try:
            async with fleet(mine, f"{root}/ours.sock", root), fleet(others, f"{root}/raw.sock", root):
                times: dict[str, list[float]] = {"ours": [], "theirs": []}
                for number in range(rounds + 20):
                    took = {"ours": await ours.push(number + 2), "theirs": await theirs.push(number + 2)}
                    if number >= 20:  # the first ones warm caches on both sides
                        for key, seconds in took.items():
                            times[key].append(seconds * 1000)
        finally:
            await ours.server.stop()
            await theirs.server.stop()
    print(f"one route of {len(mesh_like.SERVICES)} changed, acknowledged by {envoys} Envoys")
    print(f"  Airside      {spread(times['ours'], 'ms')}")
    print(f"  by hand      {spread(times['theirs'], 'ms')}")
    medians = {key: statistics.median(values) for key, values in times.items()}
    return [Ratio(f"change -> acknowledged by {envoys} Envoys", medians["ours"], medians["theirs"], "ms", LIMIT)]
