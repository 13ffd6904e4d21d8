"""Many sidecars without Envoys: streams that subscribe as Envoy does, acknowledge everything and keep nothing. A process of its own.

`python -m benchmarks.crowd SOCKET` reads node ids from standard input, one a line.
"""

from __future__ import annotations

import asyncio
import sys

import grpc
import grpc.aio
from envoy.service.discovery.v3.discovery_pb2 import DeltaDiscoveryRequest, DeltaDiscoveryResponse

from .raw_ads import METHOD, SERVICE

_CONFIG = "type.googleapis.com/envoy.config."
CLUSTER = f"{_CONFIG}cluster.v3.Cluster"
ENDPOINTS = f"{_CONFIG}endpoint.v3.ClusterLoadAssignment"
LISTENER = f"{_CONFIG}listener.v3.Listener"
ROUTES = f"{_CONFIG}route.v3.RouteConfiguration"


async def sidecar(channel: grpc.aio.Channel, node: str) -> None:
    """Clusters, then their endpoints, then listeners and their routes, as a sidecar asks for them."""
    call = channel.stream_stream(
        f"/{SERVICE}/{METHOD}",
        request_serializer=DeltaDiscoveryRequest.SerializeToString,
        response_deserializer=DeltaDiscoveryResponse.FromString,
    )()  # type: ignore[call-arg]  # the stubs know streams that are given their requests, not those that are written to
    first = DeltaDiscoveryRequest(type_url=CLUSTER)
    first.node.id = node
    await call.write(first)
    asked: set[str] = set()
    async for response in call:
        await call.write(DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce))
        if response.type_url == CLUSTER:
            names = [each.name for each in response.resources if each.name.startswith("outbound|") and each.name not in asked]
            asked.update(names)
            if names:
                await call.write(DeltaDiscoveryRequest(type_url=ENDPOINTS, resource_names_subscribe=names))
        if response.type_url == ENDPOINTS and LISTENER not in asked:
            asked.add(LISTENER)
            await call.write(DeltaDiscoveryRequest(type_url=LISTENER))
        if response.type_url == LISTENER and ROUTES not in asked:
            asked.add(ROUTES)
            await call.write(DeltaDiscoveryRequest(type_url=ROUTES, resource_names_subscribe=["http_proxy"]))


async def main() -> None:
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    async with asyncio.TaskGroup() as group:
        for node in sys.stdin.read().split():
            channel = grpc.aio.insecure_channel(f"unix:{sys.argv[1]}", options=options)
            group.create_task(sidecar(channel, node))


if __name__ == "__main__":
    asyncio.run(main())
