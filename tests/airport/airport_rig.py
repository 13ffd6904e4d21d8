"""The airport in process: services joined by a wire that is a function call, and services as processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp

from airport.service import Service, build_app

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
# The same in base64, as it stands in a frame.
IMAGE = "/9j/4CBhIHBpY3R1cmUg/9k="


def frame(**changes: object) -> dict[str, object]:
    """A frame as a camera sends it."""
    return {
        "timestamp": "2020-02-25T14:35:38.204522Z",
        "image": IMAGE,
        "section": 1,
        "event": "exit",
        "frame_uuid": "f-1",
        **changes,
    }


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """Carries calls to whoever listens at a host and port; nobody there is a refused connection."""

    listeners: dict[str, ASGIApp] = field(default_factory=dict)
    calls: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.calls.append((request.method, str(request.url), body))
        app = self.listeners.get(request.url.netloc.decode())
        if app is None:
            raise httpx.ConnectError("connection refused")
        return await httpx.ASGITransport(app).handle_async_request(request)

    def posted(self, url: str) -> list[dict[str, object]]:
        """The documents that were posted there."""
        return [json.loads(body) for method, called, body in self.calls if method == "POST" and called == url]


@dataclass
class Airport:
    """Services as they run, each with its client, on one wire."""

    wire: Wire
    stack: AsyncExitStack

    def client(self) -> httpx.AsyncClient:
        """What a service calls the others with."""
        return httpx.AsyncClient(transport=self.wire, timeout=None)

    async def open(self, service: Service, host: str = "service:8080") -> httpx.AsyncClient:
        """Run a service at a host; somebody to call it with."""
        app = build_app(service)
        await self.stack.enter_async_context(app.router.lifespan_context(app))
        self.wire.listeners[host] = app
        return await self.stack.enter_async_context(httpx.AsyncClient(transport=self.wire, base_url=f"http://{host}", timeout=None))

    def listen(self, host: str, app: ASGIApp) -> None:
        self.wire.listeners[host] = app


@dataclass
class Process:
    """A service in a process of its own, on a port that the system chose."""

    process: asyncio.subprocess.Process
    url: str
    lines: list[dict[str, object]]
    reader: asyncio.Task[None]

    async def end(self, signal_: int = signal.SIGTERM) -> int:
        """Ask it to end; how it ended."""
        if self.process.returncode is None:
            self.process.send_signal(signal_)
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(20):
            await self.reader
            return await self.process.wait()


Start = Callable[..., Awaitable[Process]]


async def run_module(module: str, variables: Mapping[str, str], *arguments: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "TMPDIR") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env={**kept, "HOST": "127.0.0.1", "PORT": "0", **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )


async def read_on(stdout: asyncio.StreamReader, lines: list[dict[str, object]]) -> None:
    while line := await stdout.readline():
        lines.append(json.loads(line))


@asynccontextmanager
async def listening(app: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A bare server of the test's own; its URL."""
    server = await asyncio.start_server(app, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
