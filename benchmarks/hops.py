"""Two hops through an installation's sidecars beside two hops through Envoys configured by hand with the same filters (`pair.yaml`).

Both ways end at the same application; they take turns. Requests go to the caller's outbound listener with the service as Host; a client
that heeds `http_proxy` says the same.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import httpx
import yaml

from .envoys import Envoy, running
from .load import Load, Target, load
from .ratio import Ratio

LATENCY_LIMIT = 1.15
THROUGHPUT_LIMIT = 1 / 1.15
_CONFIG = Path(__file__).with_name("pair.yaml")


@asynccontextmanager
async def pair(root: Path, host: str, application: tuple[str, int]) -> AsyncIterator[str]:
    """The two Envoys in front of an application; the address of the outbound one."""
    values = {"app_address": application[0], "app_port": str(application[1]), "host": host, "inbound": "0"}
    async with _envoy("inbound", values, root) as inbound, _envoy("outbound", {**values, "inbound": str(inbound)}, root) as outbound:
        yield f"127.0.0.1:{outbound}"


@asynccontextmanager
async def _envoy(name: str, values: dict[str, str], root: Path) -> AsyncIterator[int]:
    config = yaml.safe_load(Template(_CONFIG.read_text()).substitute(values))[name]
    async with running(name, config, root) as envoy:
        await envoy.live()
        yield await _port(envoy)


async def _port(envoy: Envoy) -> int:
    transport = httpx.AsyncHTTPTransport(uds=str(envoy.directory / "admin.sock"), verify=False)
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        listeners = json.loads((await client.get("http://envoy/listeners?format=json")).text)
    port: int = listeners["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
    return port


async def measure(mesh: Target, application: tuple[str, int], rounds: int = 3, seconds: int = 4) -> list[Ratio]:
    """`mesh`: a caller's outbound listener and the service to call; `application`: what stands behind that service."""
    path, host = urlsplit(mesh.url).path or "/", mesh.host.partition(":")[0]
    found: dict[tuple[str, int], list[Load]] = {}
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as directory:
        async with pair(Path(directory), host, application) as address:
            ways = {
                "direct": Target(f"http://{application[0]}:{application[1]}{path}", host),
                "pair": Target(f"http://{address}{path}", host),
                "mesh": mesh,
            }
            for target in ways.values():
                await load(target, 4, 1)  # connections and caches
            for _ in range(rounds):
                for connections in (1, 16):
                    for way, target in ways.items():
                        found.setdefault((way, connections), []).append(await load(target, connections, seconds))
    return _ratios(found)


def _ratios(found: dict[tuple[str, int], list[Load]]) -> list[Ratio]:
    for (way, connections), loads in found.items():
        failed = sum(each.failed for each in loads)
        print(
            f"  {way:<8} {connections:>2} connections: {_median(loads, 'rate'):9.0f}/s  p50 {_median(loads, 'p50'):6.3f} ms  "
            f"p99 {_median(loads, 'p99'):6.3f} ms{f'  {failed} FAILED' if failed else ''}"
        )
    one, many = ((found["mesh", connections], found["pair", connections]) for connections in (1, 16))
    return [
        Ratio("two hops, latency p50, 1 connection", _median(one[0], "p50"), _median(one[1], "p50"), "ms", LATENCY_LIMIT),
        Ratio("two hops, latency p50, 16 connections", _median(many[0], "p50"), _median(many[1], "p50"), "ms", LATENCY_LIMIT),
        Ratio(
            "two hops, throughput, 16 connections",
            _median(many[0], "rate"),
            _median(many[1], "rate"),
            "/s",
            THROUGHPUT_LIMIT,
            more_is_better=True,
        ),
    ]


def _median(loads: list[Load], what: str) -> float:
    return statistics.median(float(getattr(each, what)) for each in loads)
