"""The control plane's process: builds every part, wires them, and holds the tasks. Nothing is decided here.

The data's way through it: the API writes to the store; the feed hands each change to the translator, and what that makes to the xDS server.
What Envoy refuses comes back as a condition on the objects it was made from.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from airside.apiserver.context import Context, Json
from airside.apiserver.run import end_namespaces
from airside.apiserver.serve import build_app
from airside.controllers.conditions import Refusal, with_condition
from airside.controllers.inject import STATUS, inject
from airside.controllers.node import NODE
from airside.controllers.run import Controllers, random_suffix
from airside.controllers.system import build_system
from airside.installation.home import Home
from airside.installation.run import at, read_settings
from airside.installation.settings import Settings
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object
from airside.store import Conflict, Missing, Put, Store, StoreEvent, Unavailable
from airside.telemetry.top import TopRow
from airside.telemetry.watch import Target, Telemetry
from airside.translate.profile import PROFILES
from airside.translate.translator import Translator
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, SECRET, TypeUrl, Update
from airside.xds.serve import XdsServer
from airside.xds.status import Notice, ProxyStatus, Recovery, Rejection

LOG = logging.getLogger("airside")
CONCERNED = (
    ("", "Service"),
    ("", "Pod"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("networking.istio.io", "VirtualService"),
    ("networking.istio.io", "DestinationRule"),
    ("networking.istio.io", "Gateway"),
)
"""Group and kind of what proxies depend on; nothing else is given to the translator."""
SHORT: Mapping[TypeUrl, str] = {SECRET: "SDS", CLUSTER: "CDS", ENDPOINTS: "EDS", LISTENER: "LDS", ROUTES: "RDS"}


def now() -> datetime:
    return datetime.now(UTC)


class Feed:
    """Store -> translator -> xDS. What happens while a change is translated is merged into the next."""

    def __init__(self, store: Store, translator: Translator, xds: XdsServer) -> None:
        self._store, self._translator, self._xds = store, translator, xds
        self._fed = 0
        self._moved = asyncio.Event()

    def begin(self) -> int:
        """Publish everything that is there; the revision it was read at."""
        revision = self._store.revision
        changes = [(stored.key, _typed(stored.key, stored.raw)) for group, kind in CONCERNED for stored in self._store.list(group, kind)[0]]
        self._publish(revision, changes)
        return revision

    async def run(self, since: int) -> None:
        watch = self._store.watch(since)
        while batch := await watch.batch():
            self._publish(batch[-1].revision, _changes(batch))

    def _publish(self, revision: int, changes: Sequence[tuple[ObjectKey, Object | None]]) -> None:
        self._xds.publish(self._translator.follow(revision, changes) if changes else Update(revision))
        self._fed = revision
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def reached(self, revision: int) -> None:
        """Return once every change up to `revision` was published."""
        while self._fed < revision:
            await self._moved.wait()


def _changes(batch: Iterable[StoreEvent]) -> list[tuple[ObjectKey, Object | None]]:
    newest = {event.object.key: event for event in batch if (event.object.key.group, event.object.key.kind) in CONCERNED}
    return [(key, None if event.type == "DELETED" else _typed(key, event.object.raw)) for key, event in newest.items()]


def _typed(key: ObjectKey, raw: Mapping[str, object]) -> Object:
    kind = find_kind(key.group, key.kind)
    assert kind is not None, f"the store holds {key}, which is no served kind"
    return kind.model.of(raw)


class Refusals:
    """What proxies refuse now, and the task that writes it on the objects it came from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[tuple[str, str, str], Rejection] = {}
        self._dirty: set[str] = set()
        self._rang = asyncio.Event()

    def hear(self, notice: Notice) -> None:
        rejection = notice.rejection if isinstance(notice, Recovery) else notice
        place = (rejection.proxy, rejection.type, rejection.resource)
        before = self._held.pop(place, None)
        if isinstance(notice, Rejection):
            self._held[place] = notice
            LOG.warning("%s refused %s: %s", notice.proxy, notice.resource, notice.message)
        self._dirty.update(rejection.origins, before.origins if before is not None else ())
        self._rang.set()

    async def run(self) -> None:
        while True:
            await self._rang.wait()
            self._rang.clear()
            dirty, self._dirty = self._dirty, set()
            for origin in dirty:
                await self._write(ObjectKey.parse(origin))

    async def _write(self, key: ObjectKey) -> None:
        said = [Refusal(r.proxy, r.resource, r.message) for r in self._held.values() if str(key) in r.origins]
        while (stored := self._store.get(key)) is not None:
            changed = with_condition(stored.raw, said, now().strftime("%Y-%m-%dT%H:%M:%SZ"))
            if changed is None:
                return
            try:
                await self._store.write([Put(key, changed, stored.revision)])
            except (Conflict, Missing):
                continue  # someone was faster: look again
            except Unavailable as error:
                LOG.warning("the condition of %s is not written: %s", key, error)
            return


class ControlPlane:
    """What the API's own endpoints ask (`apiserver.context.Mesh`)."""

    def __init__(self, feed: Feed, xds: XdsServer, telemetry: Telemetry) -> None:
        self._feed, self._xds, self._telemetry = feed, xds, telemetry

    async def applied(self, revision: int, since: int, timeout: float) -> Json:
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._feed.reached(revision)
        found = await self._xds.applied(revision, since, max(0.0, timeout - (time.monotonic() - began)))
        return {
            "applied": found.applied,
            "revision": revision,
            "proxies": list(found.proxies),
            "pending": list(found.pending),
            "absent": list(found.absent),
            "rejected": [_rejection(each) for each in found.rejected],
            "milliseconds": round(found.milliseconds, 3),
        }

    def proxies(self) -> list[Json]:
        return [_proxy(status) for status in self._xds.status()]

    async def query(self, text: str, at: float | None) -> Json:
        await self._telemetry.refresh()
        return {"status": "success", "data": self._telemetry.query(text, time.time() if at is None else at)}

    async def top(self, window: float) -> Json:
        await self._telemetry.refresh()
        return {"window": window, "rows": [_row(row) for row in self._telemetry.top(timedelta(seconds=window), time.time())]}


def _rejection(rejection: Rejection) -> Json:
    return {
        "proxy": rejection.proxy,
        "type": SHORT[rejection.type],
        "resource": rejection.resource,
        "message": rejection.message,
        "origins": list(rejection.origins),
    }


def _proxy(status: ProxyStatus) -> Json:
    _, ip, name, _ = (status.id.split("~") + ["", "", ""])[:4]
    pod, _, namespace = name.rpartition(".")
    return {
        "id": status.id,
        "pod": pod,
        "namespace": namespace,
        "ip": ip,
        "known": status.known,
        "connected": status.connected,
        "types": {
            SHORT[type]: {"state": found.state.value, "version": found.acked, "sent": found.sent, "resources": found.resources}
            for type, found in status.types.items()
        },
        "rejected": [_rejection(each) for each in status.rejected],
    }


def _row(row: TopRow) -> Json:
    figures = asdict(row)
    return {**figures.pop("traffic"), **figures}


class ApiServer(uvicorn.Server):
    """uvicorn that says when it listens and leaves the signals to us."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Progress:
    """Tells whoever started this process how far it is: JSON lines on a pipe, as `installation.run` reads them."""

    def __init__(self, descriptor: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._descriptor, self._clock, self._began = descriptor, clock, clock()

    def part(self, name: str) -> None:
        self._say({"part": name, "seconds": round(self._clock() - self._began, 3)})
        self._began = self._clock()

    def ready(self) -> None:
        self._say({"ready": True})
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _say(self, what: Json) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
                os.write(self._descriptor, json.dumps(what).encode() + b"\n")


def targets(store: Store, home: Home) -> list[Target]:
    """Every pod with a proxy that has been started."""
    found = []
    for stored in store.list("", "Pod")[0]:
        metadata = stored.raw.get("metadata")
        assert isinstance(metadata, dict)
        admin = home.pod(str(metadata["uid"])).admin_socket
        if STATUS in (metadata.get("annotations") or {}) and admin.exists():
            key = stored.key
            found.append(Target(f"{key.namespace}/{key.name}", admin, (("namespace", key.namespace), ("pod", key.name))))
    return found


async def seed(store: Store, http: httpx.AsyncClient, settings: Settings) -> None:
    """Make the first objects through the API, as anyone would: admission and validation apply. Only in a store that has never held any."""
    for raw in build_system(settings.gateway_port):
        metadata = raw["metadata"]
        assert isinstance(metadata, dict)
        answer = await http.post(_collection(raw, metadata.get("namespace")), json=raw)
        answer.raise_for_status()


def _collection(raw: Mapping[str, object], namespace: object) -> str:
    version = str(raw["apiVersion"])
    kind = find_kind(version.rpartition("/")[0], str(raw["kind"]))
    assert kind is not None
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


async def serve(home: Home, progress: Progress) -> None:
    """The control plane of `home`, until SIGTERM or SIGINT."""
    settings = read_settings(home)
    store = Store.open(home.database)
    progress.part("store")
    refusals = Refusals(store)
    xds = XdsServer(refusals.hear)
    feed = Feed(store, Translator(profile=PROFILES[settings.profile]), xds)
    telemetry = Telemetry(lambda: targets(store, home))
    token = home.token.read_text().strip()
    context = Context(
        home=home,
        token=token,
        now=now,
        new_uid=lambda: str(uuid.uuid4()),
        new_suffix=random_suffix,
        admit_pod=inject,
        mesh=ControlPlane(feed, xds, telemetry),
        node=NODE,
    )
    api = build_app(store, context)
    if store.revision == 0:
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://127.0.0.1", headers={"authorization": f"Bearer {token}"}
        ) as http:
            await seed(store, http, settings)
    since = feed.begin()
    progress.part("configuration")
    home.xds_socket.unlink(missing_ok=True)  # left by a process that was killed; a living one is known by its record
    await xds.start(f"unix:{home.xds_socket}")
    server = ApiServer(_uvicorn(api, home))
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)
    with _listen(settings.api_port) as listener:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(feed.run(since), name="feed"),
                group.create_task(Controllers(store).run(), name="controllers"),
                group.create_task(end_namespaces(store, context), name="namespaces"),
                group.create_task(refusals.run(), name="refusals"),
                group.create_task(telemetry.run(), name="telemetry"),
            ]
            serving = group.create_task(server.serve(sockets=[listener]), name="api")
            await server.listening.wait()
            progress.part("servers")
            progress.ready()
            await ended.wait()
            server.should_exit = True
            for task in tasks:
                task.cancel()
            await xds.stop()
            await store.close()  # ends the watches, and with them the requests that follow them
            await serving


def _listen(port: int) -> socket.socket:
    # Said with its protocol: without, asyncio does not know it for TCP and leaves Nagle's algorithm on, 40 ms on each answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _uvicorn(api: Starlette, home: Home) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        http="httptools",
        ws="wsproto",  # the other backend refuses port-forward's subprotocol
        ssl_certfile=home.pki / "apiserver.crt",
        ssl_keyfile=home.pki / "apiserver.key",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m airside.app", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the installation's directory")
    parser.add_argument("--ready-fd", type=int, help="where to say, in JSON lines, how far the start is")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    progress = Progress(arguments.ready_fd)
    asyncio.run(serve(at(arguments.home), progress))


if __name__ == "__main__":
    main()
