"""The protocol's messages on the wire: protobuf in, protobuf out. Envoy's shapes of xDS end here."""

from __future__ import annotations

from functools import lru_cache

from envoy.service.discovery.v3.discovery_pb2 import DeltaDiscoveryRequest, DeltaDiscoveryResponse

from .part import Response
from .protocol import Request
from .resource import TypeUrl

METHOD = "DeltaAggregatedResources"
SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"


def parse_request(message: DeltaDiscoveryRequest) -> Request:
    """The envelope's node is not in it: only the first message of a stream has one."""
    return Request(
        type=TypeUrl(message.type_url),
        subscribe=tuple(message.resource_names_subscribe),
        unsubscribe=tuple(message.resource_names_unsubscribe),
        known=dict(message.initial_resource_versions),
        nonce=message.response_nonce,
        error=message.error_detail.message if message.HasField("error_detail") else None,
    )


def build_response(response: Response) -> bytes:
    """The serialised message; what goes to many proxies alike is the same bytes."""
    frames = tuple(_frame(response.type, resource.name, resource.version, resource.body) for resource in response.resources)
    return _message(response.type, response.nonce, response.version, response.removed, frames)


@lru_cache(maxsize=4)  # a change goes to all at once, and such a message may be large
def _message(type: TypeUrl, nonce: str, version: str, removed: tuple[str, ...], frames: tuple[bytes, ...]) -> bytes:
    envelope: bytes = DeltaDiscoveryResponse(
        system_version_info=version, type_url=type, nonce=nonce, removed_resources=removed
    ).SerializeToString()
    return b"".join((envelope, *frames))  # serialised messages of one type, put together, are one message


@lru_cache(maxsize=64)
def _frame(type: TypeUrl, name: str, version: str, body: bytes) -> bytes:
    """A response with nothing but this resource."""
    message = DeltaDiscoveryResponse()
    added = message.resources.add(name=name, version=version)
    added.resource.type_url = type
    added.resource.value = body
    encoded: bytes = message.SerializeToString()
    return encoded
