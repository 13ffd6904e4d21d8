"""A real API server on a real port, in a thread with its own loop: what the tests of this part speak to."""

from __future__ import annotations

import asyncio
import contextlib
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
from airside.apiserver.run import end_namespaces
from airside.apiserver.serve import build_app
from airside.client.client import ApiClient
from airside.installation.home import Home
from airside.installation.run import install
from airside.installation.settings import Settings
from airside.resources.keys import ObjectKey
from airside.store import Change, Put, Store

Raw = Mapping[str, object]
TOKEN = "the-installation-token"


@dataclass(frozen=True)
class Server:
    """`kubeconfig` is what a user of the installation has."""

    url: str
    home: Home
    store: Store
    loop: asyncio.AbstractEventLoop

    def client(self) -> ApiClient:
        return ApiClient.from_kubeconfig(self.home.kubeconfig)

    def write(self, *changes: Change) -> None:
        """Straight into the store, as a controller does."""
        asyncio.run_coroutine_threadsafe(self.store.write(changes), self.loop).result(10)


@contextlib.contextmanager
def running(
    root: Path, mesh: Mesh | None = None, node: str = "", keep: int = 10_000, ending: bool = False, port: int = 0
) -> Iterator[Server]:
    """`keep`: events the log holds; `ending`: deleted namespaces end, as in the control plane."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        port = listening.getsockname()[1]
        home = Home(root / "home")
        install(home, Settings(api_port=port))
        store = Store.open(home.database, keep)
        context = build_context(home, home.token.read_text().strip(), mesh, node)
        config = uvicorn.Config(
            build_app(store, context),
            ws="wsproto",
            log_level="error",
            lifespan="off",
            timeout_graceful_shutdown=1,
            ssl_certfile=home.pki / "apiserver.crt",
            ssl_keyfile=str(home.pki / "apiserver.key"),
        )
        server = uvicorn.Server(config)
        loops: list[asyncio.AbstractEventLoop] = []
        ready = threading.Event()

        async def serve() -> None:
            loops.append(asyncio.get_running_loop())
            if store.revision == 0:
                await store.write([Put(ObjectKey("", "Namespace", "", name), _namespace(name), 0) for name in ("default", "kube-system")])
            ready.set()
            async with asyncio.TaskGroup() as tasks:
                if ending:
                    tasks.create_task(end_namespaces(store, context))
                await server.serve([listening])

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        assert ready.wait(10)
        try:
            yield Server(f"https://127.0.0.1:{port}", home, store, loops[0])
        finally:
            asyncio.run_coroutine_threadsafe(store.close(), loops[0]).result(10)  # ends the watches, so that connections can close
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def build_context(home: Home, token: str = TOKEN, mesh: Mesh | None = None, node: str = "") -> Context:
    return Context(
        home=home,
        token=token,
        now=lambda: datetime.now(UTC),
        new_uid=lambda: str(uuid.uuid4()),
        new_suffix=lambda: "".join(secrets.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5)),
        admit_pod=lambda pod, namespace: pod,
        mesh=mesh,
        node=node,
    )


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
