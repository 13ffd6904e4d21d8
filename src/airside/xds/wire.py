"""The protocol's messages on the wire: protobuf in, protobuf out. Envoy's shapes of xDS end here."""

from __future__ import annotations

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
    message = DeltaDiscoveryResponse(
        system_version_info=response.version, type_url=response.type, nonce=response.nonce, removed_resources=response.removed
    )
    for resource in response.resources:
        added = message.resources.add(name=resource.name, version=resource.version)
        added.resource.type_url = response.type
        added.resource.value = resource.body
    encoded: bytes = message.SerializeToString()
    return encoded
