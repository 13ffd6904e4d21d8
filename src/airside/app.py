"""The control plane's process: builds every part, wires them, and holds the tasks. Nothing is decided here.

The data's way through it: the API writes to the store; the feed hands each change to the translator, and what that makes to the xDS server.
What Envoy refuses comes back as a condition on the objects it was made from.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from airside.apiserver.context import Context, Json
from airside.apiserver.mesh_answers import applied_json, proxy_json, top_json
from airside.apiserver.process import ApiServer, listen
from airside.apiserver.run import end_namespaces
from airside.apiserver.serve import build_app
from airside.controllers.inject import STATUS, inject
from airside.controllers.node import NODE
from airside.controllers.refusals.run import Refusals
from airside.controllers.run import Controllers, random_suffix
from airside.controllers.system import LAST, build_system
from airside.installation.home import Home
from airside.installation.process import Reporter
from airside.installation.run import at, read_settings
from airside.installation.settings import Settings
from airside.resources.kinds import find_kind
from airside.store import Store
from airside.telemetry.watch import Target, Telemetry
from airside.translate.profile import PROFILES
from airside.translate.translator import Translator
from airside.translate.watch import Feed
from airside.xds.serve import XdsServer


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
        return applied_json(revision, found)

    def proxies(self) -> list[Json]:
        return [proxy_json(status) for status in self._xds.status()]

    async def query(self, text: str, at: float | None) -> Json:
        await self._telemetry.refresh()
        return {"status": "success", "data": self._telemetry.query(text, time.time() if at is None else at)}

    async def top(self, window: float) -> Json:
        await self._telemetry.refresh()
        return {"window": window, "rows": [top_json(row) for row in self._telemetry.top(timedelta(seconds=window), time.time())]}


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
    """Make the first objects through the API, as anyone would: admission and validation apply. Only where not all have been made."""
    if store.get(LAST) is not None:
        return
    for raw in build_system(settings.gateway_port):
        metadata = raw["metadata"]
        assert isinstance(metadata, dict)
        answer = await http.post(_collection(raw, metadata.get("namespace")), json=raw)
        if answer.status_code != 409:  # it is there: a start before this one was killed half-way
            answer.raise_for_status()


def _collection(raw: Mapping[str, object], namespace: object) -> str:
    version = str(raw["apiVersion"])
    kind = find_kind(version.rpartition("/")[0], str(raw["kind"]))
    assert kind is not None
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


async def serve(home: Home, reporter: Reporter) -> None:
    """The control plane of `home`, until SIGTERM or SIGINT."""
    settings = read_settings(home)
    store = Store.open(home.database)
    reporter.part("store")
    refusals = Refusals(store)
    xds = XdsServer(refusals.hear)
    feed = Feed(store, Translator(profile=PROFILES[settings.profile]), xds.publish)
    telemetry = Telemetry(lambda: targets(store, home))
    token = home.token.read_text().strip()
    context = Context(
        home=home,
        token=token,
        now=lambda: datetime.now(UTC),
        new_uid=lambda: str(uuid.uuid4()),
        new_suffix=random_suffix,
        admit_pod=inject,
        mesh=ControlPlane(feed, xds, telemetry),
        node=NODE,
    )
    api = build_app(store, context)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="https://127.0.0.1", headers=headers) as http:
        await seed(store, http, settings)
    since = feed.begin()
    gc.freeze()  # what is there by now mostly stays: a full collection, 31 ms with 1,000 services, would look at it again each time
    reporter.part("configuration")
    home.xds_socket.unlink(missing_ok=True)  # left by a process that was killed; a living one is known by its record
    await xds.start(f"unix:{home.xds_socket}")
    server = ApiServer(api, home)
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)
    with listen(settings.api_port) as listener:
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
            reporter.part("servers")
            reporter.ready()
            await ended.wait()
            server.should_exit = True
            for task in tasks:
                task.cancel()
            await xds.stop()
            await store.close()  # ends the watches, and with them the requests that follow them
            await serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m airside.app", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the installation's directory")
    parser.add_argument("--ready-fd", type=int, help="where to say, in JSON lines, how far the start is")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    reporter = Reporter(arguments.ready_fd)
    reporter.part("import")
    asyncio.run(serve(at(arguments.home), reporter))


if __name__ == "__main__":
    main()
