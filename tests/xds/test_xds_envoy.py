"""Real Envoys: that what the machine believes of them is so."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from xds_envoy import Envoy, broken_cluster, broken_routes, eds_cluster, endpoints, listener, routes, running_envoy

from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Resource, Scope, TypeUrl, Update
from airside.xds.serve import Applied, XdsServer
from airside.xds.status import Notice, Recovery, Rejection, State

pytestmark = pytest.mark.envoy

ALL = Scope("all")
P = ProxyId("sidecar~127.0.0.1~a.default~default.svc.cluster.local")


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as path:
        yield Path(path)


class Mesh:
    """A server, the state it serves, and news from it as events."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.notices: list[Notice] = []
        self.server = XdsServer(self.notices.append)
        self.revision = 0
        self.tables: dict[tuple[TypeUrl, Scope], dict[str, Resource | None]] = {}

    @property
    def socket(self) -> Path:
        return self.directory / "xds.sock"

    async def start(self) -> None:
        await self.server.start(f"unix:{self.socket}")

    async def restart(self) -> None:
        """Another process would: nothing is remembered but what is served."""
        await self.server.stop()
        self.server = XdsServer(self.notices.append)
        self.server.publish(Update(self.revision, self.tables, {P: (ALL,)}))
        await self.start()

    def publish(self, put: dict[TypeUrl, list[Resource]] | None = None, drop: dict[TypeUrl, list[str]] | None = None) -> None:
        tables: dict[tuple[TypeUrl, Scope], dict[str, Resource | None]] = {}
        for type, resources in (put or {}).items():
            tables.setdefault((type, ALL), {}).update({resource.name: resource for resource in resources})
        for type, names in (drop or {}).items():
            tables.setdefault((type, ALL), {}).update(dict.fromkeys(names))
        for place, table in tables.items():
            self.tables.setdefault(place, {}).update(table)
        self.revision += 1
        self.server.publish(Update(self.revision, tables, {P: (ALL,)}))

    async def applied(self) -> Applied:
        applied = await self.server.applied(self.revision, self.revision - 1, timeout=20)
        assert applied.applied, applied
        return applied


@asynccontextmanager
async def app(answer: bytes) -> AsyncIterator[int]:
    """An HTTP server that says one thing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(answer), answer))

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def live(envoy: Envoy, directory: Path) -> None:
    """Until the listener answers; Envoy opens it when all is warm."""
    async with asyncio.timeout(20):
        while not await envoy.answers("l.sock"):
            assert envoy.process.returncode is None, (directory / "envoy.log").read_text()


@pytest.fixture
async def mesh(directory: Path) -> AsyncIterator[Mesh]:
    mesh = Mesh(directory)
    await mesh.start()
    yield mesh
    await mesh.server.stop()


def everything(directory: Path, port: int, cluster: str = "a") -> dict[TypeUrl, list[Resource]]:
    return {
        CLUSTER: [eds_cluster(cluster)],
        ENDPOINTS: [endpoints(cluster, port)],
        ROUTES: [routes("r", cluster)],
        LISTENER: [listener("l", directory / "l.sock", "r")],
    }


async def test_traffic_never_fails_while_routes_move_between_clusters_that_come_and_go(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one, app(b"two") as two:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            answers: list[tuple[int, str]] = []
            done = asyncio.Event()

            async def call() -> None:
                while not done.is_set():
                    response = await envoy.get("/", "l.sock")
                    answers.append((response.status_code, response.text))

            async with asyncio.TaskGroup() as group:
                group.create_task(call())
                old = "a"
                for number in range(30):
                    new = f"c{number}"
                    change = {
                        CLUSTER: [eds_cluster(new)],
                        ENDPOINTS: [endpoints(new, two if number % 2 else one)],
                        ROUTES: [routes("r", new)],
                    }
                    mesh.publish(change, {CLUSTER: [old], ENDPOINTS: [old]})
                    await mesh.applied()
                    assert await envoy.clusters() == [new]
                    assert (await envoy.get("/", "l.sock")).text == ("two" if number % 2 else "one")
                    old = new
                done.set()

    assert {status for status, _ in answers} == {200}
    assert mesh.notices == []


async def test_an_updated_cluster_is_warm_at_once_because_its_endpoints_come_again(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            for number in range(2, 12):
                mesh.publish({CLUSTER: [eds_cluster("a", f"{number}s")]})
                applied = await mesh.applied()
                assert applied.milliseconds < 5000
            assert (await envoy.stats("cluster_manager.warming_clusters"))["cluster_manager.warming_clusters"] == 0
            assert (await envoy.get("/", "l.sock")).text == "one"


async def test_a_bad_cluster_among_good_ones_is_found_and_the_last_good_one_stays(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            names = [f"n{number}" for number in range(10)]
            good = [eds_cluster(name) for name in names]
            mesh.publish({CLUSTER: [broken_cluster("a"), *good], ENDPOINTS: [endpoints(name, one) for name in names]})
            applied = await mesh.applied()

            assert await envoy.clusters() == ["a", *names]
            assert (await envoy.get("/", "l.sock")).text == "one"
            [rejection] = applied.rejected
            assert (rejection.type, rejection.resource, rejection.origins) == (CLUSTER, "a", ("Thing/default/a",))
            assert "EDS" in rejection.message
            [status] = mesh.server.status()
            assert status.types[CLUSTER].state is State.REJECTED

            mesh.publish({CLUSTER: [eds_cluster("a", "9s")]})
            await mesh.applied()
            assert [type(notice) for notice in mesh.notices] == [Rejection, Recovery]


async def test_bad_routes_leave_the_last_good_ones_and_the_cluster_they_name(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            change = {CLUSTER: [eds_cluster("b")], ENDPOINTS: [endpoints("b", one)], ROUTES: [broken_routes("r", "b")]}
            mesh.publish(change, {CLUSTER: ["a"], ENDPOINTS: ["a"]})
            applied = await mesh.applied()

            assert {rejection.resource for rejection in applied.rejected} == {"r", "a"}  # a: not taken away
            assert (await envoy.get("/", "l.sock")).text == "one"


async def test_a_new_server_brings_a_running_envoy_up_to_date_without_a_failed_request(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one, app(b"two") as two:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            await mesh.server.stop()
            assert (await envoy.get("/", "l.sock")).text == "one"

            change = {CLUSTER: [eds_cluster("b")], ENDPOINTS: [endpoints("b", two)], ROUTES: [routes("r", "b")]}
            mesh.publish(change, {CLUSTER: ["a"], ENDPOINTS: ["a"]})
            await mesh.restart()
            statuses = set()
            async with asyncio.timeout(30):
                while (response := await envoy.get("/", "l.sock")).text != "two" or await envoy.clusters() != ["b"]:
                    statuses.add(response.status_code)
            assert statuses <= {200}


async def test_a_restart_with_nothing_new_says_only_endpoints(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            await mesh.restart()
            async with asyncio.timeout(30):
                while not (await envoy.get("/listeners")).is_success or not mesh.server.status()[0].types[ROUTES].resources:
                    pass
            [status] = mesh.server.status()

    assert [type for type, one_type in status.types.items() if one_type.sent] == [ENDPOINTS]


async def test_the_death_of_one_envoy_is_noticed_and_its_successor_served(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            envoy.process.kill()
            await envoy.process.wait()
        mesh.publish({ENDPOINTS: [endpoints("a", one, one)]})
        assert (await mesh.applied()).pending == ()

        (directory / "l.sock").unlink()
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            assert (await envoy.get("/", "l.sock")).text == "one"


async def test_a_burst_of_changes_ends_in_the_newest(mesh: Mesh, directory: Path) -> None:
    async with app(b"one") as one:
        mesh.publish(everything(directory, one))
        async with running_envoy(P, directory, mesh.socket) as envoy:
            await live(envoy, directory)
            for number in range(500):
                mesh.publish({ROUTES: [routes("r", "a", path=f"/{number}")]})
            applied = await mesh.applied()
            stats = await envoy.stats("rds.r.(update_success|update_rejected)$")

            assert applied.proxies == (P,)
            assert (await envoy.get("/499", "l.sock")).status_code == 200
            assert (await envoy.get("/498", "l.sock")).status_code == 404
            assert max(stats.values()) < 100
