"""The server over gRPC: what it does with streams, good and bad."""

from __future__ import annotations

import asyncio
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from envoy.service.discovery.v3.discovery_pb2 import DeltaDiscoveryRequest, DeltaDiscoveryResponse
from google.rpc.status_pb2 import Status
from xds_client import ALL, cluster, update

from airside.xds.resource import CLUSTER, ProxyId, Update
from airside.xds.serve import Unavailable, XdsServer
from airside.xds.session import TYPES_LIMIT
from airside.xds.status import Notice, Rejection
from airside.xds.wire import METHOD, SERVICE

P = ProxyId("sidecar~127.0.0.1~a.default~default.svc.cluster.local")
PATH = f"/{SERVICE}/{METHOD}"

Call = grpc.aio.StreamStreamCall[DeltaDiscoveryRequest, DeltaDiscoveryResponse]


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as path:  # short: a UNIX socket's path has little room
        yield Path(path)


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
async def server(directory: Path, notices: list[Notice]) -> AsyncIterator[XdsServer]:
    server = XdsServer(notices.append)
    await server.start(f"unix:{directory}/xds.sock")
    yield server
    await server.stop()


@asynccontextmanager
async def stream(directory: Path, proxy: str = P) -> AsyncIterator[Call]:
    """A stream that has asked for all clusters."""
    async with grpc.aio.insecure_channel(f"unix:{directory}/xds.sock") as channel:
        serializer, deserializer = DeltaDiscoveryRequest.SerializeToString, DeltaDiscoveryResponse.FromString
        call = channel.stream_stream(PATH, request_serializer=serializer, response_deserializer=deserializer)()
        first = DeltaDiscoveryRequest(type_url=CLUSTER)
        first.node.id = proxy
        await call.write(first)
        yield call
        call.cancel()


async def test_a_change_reaches_a_client_and_is_applied_when_acknowledged(server: XdsServer, directory: Path) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as call:
        first = await call.read()
        await call.write(DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=first.nonce))
        server.publish(update(2, {CLUSTER: [cluster("b")]}))
        second = await call.read()
        waiting = await server.applied(2, since=1, timeout=0)
        await call.write(DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=second.nonce))
        async with asyncio.timeout(10):
            applied = await server.applied(2, since=1, timeout=10)

    assert [resource.name for resource in first.resources] == ["a"]
    assert [(resource.name, resource.version, resource.resource.value) for resource in second.resources] == [
        ("b", "1", cluster("b").body),
    ]
    assert (waiting.applied, waiting.pending) == (False, (P,))
    assert (applied.applied, applied.proxies, applied.pending, applied.absent) == (True, (P,), (), ())
    assert applied.milliseconds > 0


async def test_applied_waits_for_a_revision_that_is_not_published_yet(server: XdsServer) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(server.applied(7, since=6, timeout=10))
        await asyncio.sleep(0)
        assert not waiting.done()
        server.publish(Update(7))

    assert waiting.result().applied
    assert not (await server.applied(8, since=7, timeout=0)).applied


async def test_a_proxy_that_is_not_connected_is_told_of_and_not_waited_for(server: XdsServer) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))

    applied = await server.applied(1, since=0, timeout=10)
    assert (applied.applied, applied.absent) == (True, (P,))


async def test_a_proxy_that_dies_with_a_change_in_flight_holds_nobody_up(server: XdsServer, directory: Path) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as call:
        first = await call.read()
        await call.write(DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=first.nonce))
        server.publish(update(2, {CLUSTER: [cluster("b")]}))
        await call.read()

    applied = await server.applied(2, since=1, timeout=10)
    assert (applied.applied, applied.absent) == (True, (P,))


async def test_a_rejection_is_reported_with_what_it_was_made_from(server: XdsServer, directory: Path, notices: list[Notice]) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as call:
        first = await call.read()
        error = Status(code=13, message="no such thing")
        await call.write(DeltaDiscoveryRequest(type_url=CLUSTER, response_nonce=first.nonce, error_detail=error))
        server.publish(update(2, {CLUSTER: [cluster("b")]}))
        await call.read()

    assert notices[0] == Rejection(P, CLUSTER, "a", "1", 1, "no such thing", ("DestinationRule/a",))


async def test_a_first_request_without_a_node_is_refused(server: XdsServer, directory: Path) -> None:
    async with stream(directory, proxy="") as call:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_garbage_ends_its_own_stream_only(server: XdsServer, directory: Path) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as good, grpc.aio.insecure_channel(f"unix:{directory}/xds.sock") as channel:
        bad = channel.stream_stream(PATH)()
        await bad.write(b"\xff\xff\xff")
        assert await bad.code() is not grpc.StatusCode.OK

        assert [resource.name for resource in (await good.read()).resources] == ["a"]


async def test_a_client_that_asks_for_ever_more_is_cut_off(server: XdsServer, directory: Path) -> None:
    async with stream(directory) as call:
        for number in range(TYPES_LIMIT):
            await call.write(DeltaDiscoveryRequest(type_url=f"type.googleapis.com/nonsense.{number}"))

        assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_second_stream_of_a_proxy_ends_the_first(server: XdsServer, directory: Path) -> None:
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as first:
        await first.read()
        async with stream(directory) as second:
            assert await second.read()
            assert await first.read() is grpc.aio.EOF
            server.publish(update(2, {CLUSTER: [cluster("b")]}))
            assert [status.connected for status in server.status()] == [True]


async def test_a_client_that_does_not_read_holds_no_other_up(server: XdsServer, directory: Path) -> None:
    lazy = ProxyId("lazy")
    big = [cluster(f"c{number}") for number in range(20_000)]
    server.publish(Update(1, update(1, {CLUSTER: big}).tables, {P: (ALL,), lazy: (ALL,)}))
    async with stream(directory, lazy), stream(directory) as reader:
        assert len((await reader.read()).resources) == len(big)
        for revision in range(2, 50):
            server.publish(update(revision, {CLUSTER: [cluster("c0", str(revision))]}))
        assert {status.id: status.connected for status in server.status()} == {P: True, lazy: True}


async def test_only_the_user_can_connect(server: XdsServer, directory: Path) -> None:
    assert stat.S_IMODE((directory / "xds.sock").stat().st_mode) == 0o600


async def test_a_taken_port_is_named() -> None:
    first, second = XdsServer(lambda notice: None), XdsServer(lambda notice: None)
    address = await first.start("127.0.0.1:0")
    try:
        with pytest.raises(Unavailable, match=address):
            await second.start(address)
    finally:
        await first.stop()


async def test_a_path_that_is_too_long_is_named(directory: Path) -> None:
    with pytest.raises(Unavailable, match="xxxx"):
        await XdsServer(lambda notice: None).start(f"unix:{directory}/{'x' * 120}")


async def test_a_socket_that_a_killed_server_left_is_taken_over(directory: Path) -> None:
    path = directory / "xds.sock"
    first = await asyncio.create_subprocess_exec("python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).bind({str(path)!r})")
    assert await first.wait() == 0
    assert path.exists()
    server = XdsServer(lambda notice: None)
    await server.start(f"unix:{path}")
    server.publish(Update(1, update(1, {CLUSTER: [cluster("a")]}).tables, {P: (ALL,)}))
    async with stream(directory) as call:
        assert await call.read()
    await server.stop()
