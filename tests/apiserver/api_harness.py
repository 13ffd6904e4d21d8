"""A real API server on a real port, in a thread with its own loop: what the tests of this part speak to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from airside.apiserver.context import Context, Mesh
from airside.apiserver.serve import build_app
from airside.client.client import ApiClient
from airside.client.config import ClientConfig
from airside.installation.home import Home
from airside.resources.keys import ObjectKey
from airside.store import Put, Store

Raw = Mapping[str, object]
TOKEN = "the-installation-token"
_suffixes = itertools.count()


@dataclass(frozen=True)
class Server:
    url: str
    home: Home
    store: Store
    loop: asyncio.AbstractEventLoop

    def client(self) -> ApiClient:
        return ApiClient(ClientConfig(self.url, TOKEN))


@contextlib.contextmanager
def running(
    root: Path, mesh: Mesh | None = None, node: str = "", keep: int = 10_000, certificate: tuple[Path, Path] | None = None
) -> Iterator[Server]:
    home = Home(root)
    store = Store.open(home.database, keep)
    context = Context(
        home=home,
        token=TOKEN,
        now=lambda: datetime.now(UTC),
        new_uid=lambda: str(uuid.uuid4()),
        new_suffix=lambda: "".join(secrets.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5)),
        admit_pod=lambda pod, namespace: pod,
        mesh=mesh,
        node=node,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    tls = {"ssl_certfile": str(certificate[0]), "ssl_keyfile": str(certificate[1])} if certificate else {}
    config = uvicorn.Config(
        build_app(store, context), ws="wsproto", log_level="warning", lifespan="off", timeout_graceful_shutdown=1, **tls
    )
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []
    ready = threading.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await store.write([Put(ObjectKey("", "Namespace", "", name), _namespace(name), 0) for name in ("default", "kube-system")])
        ready.set()
        await server.serve([listening])
        await store.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    scheme = "https" if certificate else "http"
    try:
        yield Server(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", home, store, loops[0])
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        assert not thread.is_alive()


def _namespace(name: str) -> Raw:
    metadata = {
        "name": name,
        "uid": f"{name}-uid",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"kubernetes.io/metadata.name": name},
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": metadata,
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
