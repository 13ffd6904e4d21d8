"""The yardstick: the least delta ADS server that serves Envoys, by hand. It answers subscriptions, pushes bytes, and counts answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import grpc.aio
from envoy.service.discovery.v3.discovery_pb2 import DeltaDiscoveryRequest, DeltaDiscoveryResponse

METHOD = "DeltaAggregatedResources"
SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"


class RawAds:
    """Serves one table to everybody. No versions, no order, no merging, no memory of who has what."""

    def __init__(self, tables: dict[str, dict[str, bytes]]) -> None:
        self.tables = tables
        self._contexts: list[grpc.aio.ServicerContext] = []  # type: ignore[type-arg]
        self._acks = 0
        self._all = asyncio.Event()
        self._pushed = ""
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str) -> None:
        handler = grpc.stream_stream_rpc_method_handler(
            self._serve,
            request_deserializer=DeltaDiscoveryRequest.FromString,
            response_serializer=DeltaDiscoveryResponse.SerializeToString,
        )
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),))
        self._server.add_insecure_port(address)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)

    async def push(self, type: str, name: str, body: bytes, nonce: str) -> None:
        """Send one resource to everybody; done when all have acknowledged it."""
        self._acks, self._pushed = 0, nonce
        self._all.clear()
        response = _response(type, {name: body}, nonce)
        for context in self._contexts:
            await context.write(response)
        await self._all.wait()

    async def _serve(self, requests: AsyncIterator[DeltaDiscoveryRequest], context: grpc.aio.ServicerContext) -> None:  # type: ignore[type-arg]
        self._contexts.append(context)
        asked: set[str] = set()
        async for request in requests:
            if request.response_nonce == self._pushed:
                self._acks += 1
                if self._acks == len(self._contexts):
                    self._all.set()
            table = self.tables.get(request.type_url, {})
            first = request.type_url not in asked
            asked.add(request.type_url)
            names = list(request.resource_names_subscribe) or (list(table) if first else [])
            if names:
                await context.write(_response(request.type_url, {name: table[name] for name in names}, "initial"))


def _response(type: str, resources: dict[str, bytes], nonce: str) -> DeltaDiscoveryResponse:
    response = DeltaDiscoveryResponse(type_url=type, nonce=nonce, system_version_info=nonce)
    for name, body in resources.items():
        resource = response.resources.add(name=name, version=nonce)
        resource.resource.type_url, resource.resource.value = type, body
    return response
