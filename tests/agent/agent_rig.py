"""An agent with real processes and an API of a few dictionaries."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from airside.agent.app import Node, read_catalogue
from airside.agent.client import Gone
from airside.agent.places import Places
from airside.agent.run import Workshop
from airside.agent.watch import Prober
from airside.client.errors import Unreachable
from airside.client.mirror import WatchEvent
from airside.installation import process
from airside.installation.home import Home
from airside.installation.process import Reporter
from airside.installation.records import ContainerRecord
from airside.installation.registry.run import claim, release
from airside.installation.watch import is_free
from airside.resources.core import ConfigMap
from airside.resources.pod import Pod
from airside.runtime.command import Surroundings
from airside.runtime.environment import Sources
from airside.runtime.network import Loopback

Raw = dict[str, object]
SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if not os.path.exists("ill") else 503); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *words): print("served", self.path, flush=True)
signal.signal(signal.SIGTERM, lambda *_: (open("bye", "w").close(), sys.exit(0)))
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ.get("WRONG") or os.environ["PORT"])), Handler).serve_forever()
"""


class FakeApi:
    """Pods and Events in memory; says what changed as the real one does."""

    def __init__(self) -> None:
        self.pods: dict[str, Raw] = {}
        self.events: dict[str, Raw] = {}
        self.maps: dict[str, ConfigMap] = {}
        self.away = False
        self._changed = asyncio.Condition()
        self._streams: set[asyncio.Queue[WatchEvent]] = set()

    async def _notify(self, event: WatchEvent | None) -> None:
        for stream in self._streams:
            if event is not None:
                stream.put_nowait(event)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, holds: Callable[[], object], seconds: float = 20) -> None:
        """Wait for the agent to say something that makes it true."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            raise AssertionError(f"never: {self.pods} {[each['message'] for each in self.events.values()]}") from None

    async def create(self, raw: Raw) -> str:
        uid = str(raw["metadata"]["uid"])  # type: ignore[index]
        self.pods[uid] = raw
        await self._notify(WatchEvent("ADDED", raw))
        return uid

    async def change(self, uid: str, **metadata: object) -> None:
        raw = self.pods[uid]
        self.pods[uid] = {**raw, "metadata": {**raw["metadata"], **metadata}}  # type: ignore[dict-item]
        await self._notify(WatchEvent("MODIFIED", self.pods[uid]))

    async def leave(self, uid: str, grace: int = 30) -> None:
        await self.change(uid, deletionTimestamp="2026-01-01T00:00:00Z", deletionGracePeriodSeconds=grace)

    async def erase(self, uid: str) -> None:
        raw = self.pods.pop(uid)
        await self._notify(WatchEvent("DELETED", raw))

    def pod(self, uid: str) -> Pod:
        return Pod.of(self.pods[uid])

    def reasons(self, uid: str) -> set[object]:
        return {event["reason"] for event in self.events.values() if event["involvedObject"]["uid"] == uid}  # type: ignore[index]

    # What the agent calls.

    async def follow(self) -> AsyncGenerator[WatchEvent, None]:
        stream: asyncio.Queue[WatchEvent] = asyncio.Queue()
        for raw in list(self.pods.values()):
            stream.put_nowait(WatchEvent("ADDED", raw))
        stream.put_nowait(WatchEvent("SYNCED", {}))
        self._streams.add(stream)
        try:
            while True:
                yield await stream.get()
        finally:
            self._streams.discard(stream)

    def _reach(self, pod: Pod | None = None) -> None:
        if self.away:
            raise Unreachable("away")
        if pod is not None and pod.metadata.uid not in self.pods:
            raise Gone(pod.metadata.name)

    async def annotate(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        self._reach(pod)
        await self.change(pod.metadata.uid, annotations={**pod.metadata.annotations, **annotations})

    async def report(self, pod: Pod, status: Mapping[str, object]) -> None:
        self._reach(pod)
        raw = self.pods[pod.metadata.uid]
        old = raw.get("status")
        merged = {**(old if isinstance(old, dict) else {}), **status}
        new = {**raw, "status": {name: value for name, value in merged.items() if value is not None}}
        self.pods[pod.metadata.uid] = new
        await self._notify(WatchEvent("MODIFIED", new))

    async def remove(self, pod: Pod) -> None:
        self._reach(pod)
        await self.erase(pod.metadata.uid)

    async def tell(self, event: Mapping[str, object]) -> None:
        self._reach()
        self.events[str(event["metadata"]["name"])] = dict(event)  # type: ignore[index]
        await self._notify(None)

    async def sources(self, namespace: str, config_maps: Iterable[str], secrets: Iterable[str]) -> Sources:
        self._reach()
        return Sources({name: self.maps.get(name) for name in config_maps}, {name: None for name in secrets})


class Rig:
    """An agent that can be ended and begun again; `close` leaves no process."""

    def __init__(self) -> None:
        self.home = Home(Path(tempfile.mkdtemp(prefix="as-", dir="/tmp")))
        self.home.pods.mkdir()
        self.home.run.mkdir()
        self.claim = claim(self.home)  # as an installation does: others use this machine too
        self.api = FakeApi()
        self._task: asyncio.Task[None] | None = None
        self._prober: Prober | None = None
        (self.home.root / "server.py").write_text(SERVER)

    async def begin(self) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        around = Surroundings(self.home, Loopback(), read_catalogue(self.home), {"PATH": path}, Path("/no/envoy/here"))
        self._prober = Prober()
        places = Places(self.claim, is_free)
        node = Node(Workshop(self.api, around, places, self._prober), self.home)
        self._task = asyncio.create_task(node.run(Reporter(None)))

    async def end(self) -> None:
        """The agent ends; its pods do not."""
        assert self._task is not None and self._prober is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._prober.close()

    async def close(self) -> None:
        await self.end()
        process.end(process.owned(self.home.root), 0.0)
        release(self.home)
        shutil.rmtree(self.home.root)

    async def create(self, *containers: Raw, **spec: object) -> str:
        uid = str(uuid.uuid4())
        metadata = {"name": f"pod-{uid[:8]}", "namespace": "default", "uid": uid}
        return await self.api.create(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": list(containers), **spec}}
        )

    def server(self, **fields: object) -> Raw:
        """A container that serves on the port it is given."""
        return {
            "name": "app",
            "image": "x",
            "command": ["python", str(self.home.root / "server.py")],
            "ports": [{"containerPort": 8080}],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
            **fields,
        }

    def shell(self, script: str, **fields: object) -> Raw:
        return {"name": "app", "image": "x", "command": ["sh", "-c", script], **fields}

    def record(self, uid: str, name: str = "app") -> ContainerRecord:
        return ContainerRecord.parse(self.home.pod(uid).container(name).read_text())

    def work(self, uid: str) -> Path:
        return self.home.pod(uid).work

    async def ready(self, uid: str) -> None:
        await self.api.until(lambda: self.api.pod(uid).ready)

    async def gone(self, uid: str) -> None:
        await self.api.until(lambda: uid not in self.api.pods)
