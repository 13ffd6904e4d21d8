"""The xDS server: the hub behind gRPC. One reader and one writer per stream; the writer sleeps until its proxy's turn."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import grpc
import grpc.aio
from envoy.service.discovery.v3.discovery_pb2 import DeltaDiscoveryRequest

from .hub import Hub, Outcome
from .resource import ProxyId, Update
from .session import Session
from .status import Notice, ProxyStatus, Rejection
from .wire import METHOD, SERVICE, build_response, parse_request

log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[DeltaDiscoveryRequest, bytes]

OPTIONS = (
    ("grpc.so_reuseport", 0),  # two servers on one address would share it silently
    ("grpc.max_receive_message_length", 16 << 20),  # a reconnect brings the versions of all that the client has
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
)


GRACE = 1.0
"""Seconds that a stream has to end by itself when the server stops; one whose client does not read is cut off."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether the changes of a span of revisions have arrived.

    `absent` were concerned but not connected when it went: they get it when they come. `rejected`: what of it a proxy does not have because
    it refused it; `applied` does not wait for these.
    """

    applied: bool
    revision: int
    proxies: tuple[ProxyId, ...]
    pending: tuple[ProxyId, ...]
    absent: tuple[ProxyId, ...]
    rejected: tuple[Rejection, ...]
    milliseconds: float


@dataclass(eq=False, slots=True)
class _Stream:
    """One open stream: its session, and the bell that wakes its writer. `over`: it is to end."""

    session: Session
    over: bool = False
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Unavailable(OSError):
    """The address cannot be listened on."""


class _Ended(Exception):
    """One side of a stream is done, so the other is too."""


class XdsServer:
    """Delta ADS for Envoys. `report` hears of each rejection, and of its end; `report` must not block."""

    def __init__(self, report: Callable[[Notice], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._hub = Hub()
        self._streams: dict[ProxyId, _Stream] = {}
        self._moved = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str) -> str:
        """Serve on `unix:/path` or `127.0.0.1:0`; the address as bound. Raises Unavailable when it is taken."""
        method = grpc.stream_stream_rpc_method_handler(self._serve, request_deserializer=DeltaDiscoveryRequest.FromString)
        server = grpc.aio.server(options=OPTIONS)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {METHOD: method}),))
        try:
            port = server.add_insecure_port(address)
        except RuntimeError as problem:
            raise Unavailable(f"the xDS server cannot listen on {address}: is another installation running there?") from problem
        await server.start()
        self._server = server
        scheme, _, rest = address.partition(":")
        if scheme == "unix":
            os.chmod(rest, 0o600)  # whoever can connect can read every proxy's configuration
            return address
        return f"{address.rpartition(':')[0]}:{port}"

    async def stop(self) -> None:
        """End every stream; clients keep what they have."""
        server, self._server = self._server, None
        if server is not None:
            for stream in self._streams.values():
                stream.over = True
                stream.bell.set()
            await server.stop(GRACE)

    def publish(self, update: Update) -> None:
        """Serve this from now on. Synchronous; it costs what the touched proxies cost.

        An update may bring several revisions at once, and one that brings nothing still says how far things are: `applied` waits for it.
        """
        self._follow(self._hub.publish(update, self._clock()))
        self._move()

    def status(self) -> list[ProxyStatus]:
        return self._hub.status()

    async def applied(self, revision: int, since: int, timeout: float) -> Applied:
        """Wait until the changes in (since, revision] have arrived at every connected proxy that they touch, or for `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not self._hub.arrived(since, revision):
                    await self._moved.wait()
        except TimeoutError:
            pass
        progress = self._hub.progress(since, revision)
        return Applied(
            applied=self._hub.arrived(since, revision),
            revision=revision,
            proxies=progress.touched,
            pending=progress.pending,
            absent=progress.absent,
            rejected=tuple(found for proxy in progress.touched for found in self._hub.rejected.get(proxy, ()) if found.revision > since),
            milliseconds=progress.seconds * 1000,
        )

    def _follow(self, outcome: Outcome) -> None:
        for notice in outcome.notices:
            self._report(notice)
        for proxy in outcome.wake:
            self._streams[proxy].bell.set()
        if outcome.arrived:
            self._move()

    def _move(self) -> None:
        """Wake who waits for something to have arrived."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _serve(self, requests: AsyncIterator[DeltaDiscoveryRequest], context: Context) -> None:
        first = await anext(requests, None)
        if first is None:
            return
        proxy = ProxyId(first.node.id)
        if not proxy:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the first request of a stream must carry node.id")
        earlier = self._streams.get(proxy)
        stream = _Stream(self._hub.connect(proxy))
        self._streams[proxy] = stream
        if earlier is not None:
            earlier.over = True
            earlier.bell.set()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(stream, context))
                group.create_task(self._read(stream, first, requests))
        except* _Ended:
            log.debug("stream of %s ended", proxy)
        finally:
            if self._streams.get(proxy) is stream:
                del self._streams[proxy]
            self._follow(self._hub.disconnect(stream.session, self._clock()))
        if stream.session.excessive():
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "more types or names than a proxy has use for")

    async def _read(self, stream: _Stream, first: DeltaDiscoveryRequest, rest: AsyncIterator[DeltaDiscoveryRequest]) -> None:
        self._follow(self._hub.receive(stream.session, parse_request(first), self._clock()))
        async for message in rest:
            self._follow(self._hub.receive(stream.session, parse_request(message), self._clock()))
            if stream.session.excessive():
                break
        raise _Ended

    async def _write(self, stream: _Stream, context: Context) -> None:
        """Send what is due, whenever the bell rings or a response has been open for too long."""
        while not stream.over:
            stream.bell.clear()
            responses, outcome = self._hub.respond(stream.session, self._clock())
            self._follow(outcome)
            for response in responses:
                await context.write(build_response(response))
            await self._rest(stream)
        raise _Ended

    async def _rest(self, stream: _Stream) -> None:
        wake_at = stream.session.wake_at
        if wake_at is None:
            await stream.bell.wait()
            return
        try:
            async with asyncio.timeout(max(0.0, wake_at - self._clock())):
                await stream.bell.wait()
        except TimeoutError:
            pass
