"""Looks at running containers: probes, the sidecar's readiness, where an app listens. Each look is one question and one answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from airside.resources.pod import Container, HttpGetAction, Probe
from airside.runtime.network import PROXY_PORT, NetworkMode, Placement

ADMIN_TIMEOUT = 2.0
_STATS = re.compile(r"^(\S+): (\d+)$", re.MULTILINE)
READINESS = (
    r"^(server\.state|listener_manager\.workers_started"
    r"|(cluster_manager\.cds|listener_manager\.lds)\.update_(success|rejected))$"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it is well; if not, why, in Kubernetes' words."""

    well: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a probe is put to."""

    container: Container
    place: Placement
    network: NetworkMode
    env: Mapping[str, str]
    cwd: str

    def address(self, port: int | str) -> tuple[str, int]:
        """Raises LookupError for a port name the container does not have."""
        if isinstance(port, str):
            number = next((each.container_port for each in self.container.ports if each.name == port), None)
            if number is None:
                raise LookupError(f'couldn\'t find port "{port}" of container {self.container.name}')
            port = number
        return self.network.address(self.place, port)


class Prober:
    """Puts probes. One HTTP client for all: it keeps no connections, since a kept one would hide that an app stopped accepting."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        # An HTTPS probe asks whether the app answers, not who it is: as a kubelet's, it checks no certificate.
        self._http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=False, limits=limits), timeout=None)

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, probe: Probe, target: Target) -> Answer:
        """Put the probe once. A gRPC probe is answered by the port being open: less than Kubernetes asks."""
        seconds = max(probe.timeout_seconds, 1)
        try:
            async with asyncio.timeout(seconds):
                if probe.exec is not None:
                    return await _run(probe.exec.command, target)
                if probe.http_get is not None:
                    return await self._get(probe.http_get, target)
                if probe.tcp_socket is not None:
                    return await _connect(*target.address(probe.tcp_socket.port))
                if probe.grpc is not None:
                    return await _connect(*target.address(probe.grpc.port))
        except TimeoutError:
            return Answer(False, f"no answer within {seconds} s")
        except LookupError as error:
            return Answer(False, str(error))
        return Answer(True)

    async def _get(self, action: HttpGetAction, target: Target) -> Answer:
        host, port = target.address(action.port)
        url = f"{action.scheme.lower()}://{host}:{port}/{action.path.lstrip('/')}"
        headers = {"User-Agent": "kube-probe/1.32", **{header.name: header.value for header in action.http_headers}}
        try:
            response = await self._http.get(url, headers=headers)
        except httpx.TransportError as error:
            return Answer(False, f"Get {url!r}: {error or type(error).__name__}")
        return Answer(200 <= response.status_code < 400, f"HTTP probe failed with statuscode: {response.status_code}")


async def _run(command: tuple[str, ...], target: Target) -> Answer:
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            env=target.env,
            cwd=target.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        return Answer(False, f"{command[0] if command else 'empty command'}: {error.strerror}")
    try:
        output, _ = await child.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        raise
    return Answer(child.returncode == 0, output.decode(errors="replace").strip()[:300] or f"exit code {child.returncode}")


async def _connect(host: str, port: int) -> Answer:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return Answer(False, f"dial tcp {host}:{port}: {error.strerror or error}")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Answer(True)


class Admin:
    """Envoy's admin interface, over its UNIX socket."""

    def __init__(self, socket: Path) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket), verify=False), base_url="http://envoy", timeout=ADMIN_TIMEOUT
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def is_ready(self, ip: str, sidecar: bool) -> bool:
        """As Istio's agent judges it: live, workers started, clusters and listeners received; a sidecar's outbound listener is up too."""
        found = {name: int(value) for name, value in _STATS.findall(await self._ask("GET", f"/stats?filter={READINESS}"))}
        updates = ("cluster_manager.cds.update", "listener_manager.lds.update")
        if found.get("server.state") != 0 or not found.get("listener_manager.workers_started"):
            return False
        if not all(found.get(f"{name}_success", 0) + found.get(f"{name}_rejected", 0) for name in updates):
            return False
        return not sidecar or f"{ip}:{PROXY_PORT}" in await self._ask("GET", "/listeners")

    async def drain(self, inbound_only: bool) -> None:
        """Callers are sent away: answers carry `connection: close`. A sidecar's app may still call out (`inbound_only`)."""
        await self._ask("POST", f"/drain_listeners?graceful&skip_exit{'&inboundonly' if inbound_only else ''}")

    async def _ask(self, method: str, path: str) -> str:
        """The answer's text; empty when there is none."""
        try:
            response = await self._http.request(method, path)
        except httpx.TransportError:
            return ""
        return response.text if response.status_code == 200 else ""
