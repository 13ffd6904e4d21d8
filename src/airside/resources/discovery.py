"""The discovery group: EndpointSlice."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from airside.resources.fields import Bool, Int32, JsonObject, Part, StringMap
from airside.resources.objects import Object, ObjectReference


class EndpointConditions(Part):
    """Whether traffic may go there; unset counts as ready."""

    ready: Bool | None = None
    serving: Bool | None = None
    terminating: Bool | None = None


class Endpoint(Part):
    """One address behind a service."""

    addresses: tuple[str, ...]
    conditions: EndpointConditions = Field(default_factory=EndpointConditions)
    hostname: str = ""
    target_ref: ObjectReference | None = None
    deprecated_topology: StringMap = Field(default_factory=dict)
    node_name: str = ""
    zone: str = ""
    hints: JsonObject | None = None


class SlicePort(Part):
    """One port of all endpoints; the name is the service port's."""

    port: Int32 | None = None
    name: str = ""
    protocol: Literal["TCP", "UDP", "SCTP"] = "TCP"
    app_protocol: str = ""


class EndpointSlice(Object):
    """Endpoints of one service, on one set of ports."""

    address_type: Literal["IPv4", "IPv6", "FQDN"]
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[SlicePort, ...] = ()

    @property
    def service(self) -> str:
        """The name of the service it belongs to, by label."""
        return self.metadata.labels.get("kubernetes.io/service-name", "")
