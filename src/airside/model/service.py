"""Services: hosts with ports. Kubernetes' Service comes in, what a mesh needs to know of it stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from airside.model.facts import Aspect, Fact
from airside.model.labels import Age, Selector, age_of, selector_of
from airside.model.names import Host, Namespace, service_host
from airside.resources import core
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object


class Protocol(StrEnum):
    """What is spoken on a port, by Istio's words; AUTO where the port's name does not say."""

    HTTP = "http"
    HTTP2 = "http2"
    GRPC = "grpc"
    GRPC_WEB = "grpc-web"
    HTTP_PROXY = "http_proxy"
    HTTPS = "https"
    TLS = "tls"
    TCP = "tcp"
    MONGO = "mongo"
    REDIS = "redis"
    MYSQL = "mysql"
    UDP = "udp"
    AUTO = ""

    @property
    def http(self) -> bool:
        """Spoken with requests that can be routed one by one; an undeclared port may well be."""
        return self in _HTTP

    @property
    def http2(self) -> bool:
        return self in (Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB)

    @property
    def grpc(self) -> bool:
        return self in (Protocol.GRPC, Protocol.GRPC_WEB)


_HTTP = frozenset({Protocol.HTTP, Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB, Protocol.HTTP_PROXY, Protocol.AUTO})
_APP_PROTOCOLS = {"kubernetes.io/h2c": Protocol.HTTP2, "kubernetes.io/ws": Protocol.HTTP, "kubernetes.io/wss": Protocol.HTTPS}
_WORDS = frozenset(protocol.value for protocol in Protocol if protocol is not Protocol.AUTO)
# Servers of these speak first, so listening for the client's first bytes would wait for ever.
_SERVER_FIRST_PORTS = frozenset({25, 53, 3306, 27017})


def protocol_of(port: core.ServicePort) -> Protocol:
    """By `appProtocol`, else by the port's name up to the first `-`, as Istio."""
    if port.protocol == "UDP":
        return Protocol.UDP
    if port.app_protocol in _APP_PROTOCOLS:
        return _APP_PROTOCOLS[port.app_protocol]
    name = (port.app_protocol or port.name).lower()
    word = "grpc-web" if name.startswith("grpc-web") else name.partition("-")[0]
    if word in _WORDS:
        return Protocol(word)
    return Protocol.TCP if port.port in _SERVER_FIRST_PORTS else Protocol.AUTO


class Resolution(Enum):
    """How a host is turned into addresses."""

    ENDPOINTS = "endpoints"  # a Service with endpoints we choose from
    HEADLESS = "headless"  # the caller chose an endpoint by DNS
    ALIAS = "alias"  # ExternalName: another name for a host


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a service; `target` is the workload's port, by number or by name."""

    number: int
    name: str
    protocol: Protocol
    target: int | str
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """A host and its ports."""

    host: Host
    name: str
    namespace: Namespace
    ports: tuple[Port, ...]
    resolution: Resolution
    addresses: tuple[str, ...]
    selector: Selector
    alias_of: Host
    node_ported: bool
    age: Age
    key: ObjectKey

    def port(self, number: int) -> Port | None:
        return next((port for port in self.ports if port.number == number), None)


def service_of(key: ObjectKey, object: core.Service) -> Service:
    spec = object.spec
    match spec.type:
        case "ExternalName":
            resolution = Resolution.ALIAS
        case _:
            resolution = Resolution.HEADLESS if spec.headless else Resolution.ENDPOINTS
    return Service(
        host=service_host(key.name, key.namespace),
        name=key.name,
        namespace=Namespace(key.namespace),
        ports=tuple(
            Port(port.port, port.name, protocol, port.target_port if port.target_port is not None else port.port, port.node_port)
            for port in spec.ports
            if (protocol := protocol_of(port)) is not Protocol.UDP  # UDP never enters the mesh
        ),
        resolution=resolution,
        addresses=tuple(address for address in (spec.cluster_ip, *spec.cluster_ips[1:]) if address not in ("", "None")),
        selector=selector_of(spec.selector),
        alias_of=Host(spec.external_name.lower()),
        node_ported=spec.type in ("NodePort", "LoadBalancer"),
        age=age_of(key, object),
        key=key,
    )


def _handle(service: Service) -> str | None:
    """The one label of its selector that the service is filed under."""
    if not service.selector:
        return None
    label, value = min(service.selector)
    return f"{service.namespace}/{label}={value}"


@dataclass(frozen=True)
class Services:
    """All services, by host; and by a label of their selector, so that a workload finds its own."""

    by_host: Mapping[Host, Service] = field(default_factory=dict)
    by_handle: Mapping[str, frozenset[Host]] = field(default_factory=dict)

    def change(self, changes: Iterable[tuple[ObjectKey, Object | None]]) -> tuple[Services, set[Fact]]:
        by_host = dict(self.by_host)
        by_handle = defaultdict(frozenset, self.by_handle)
        facts: set[Fact] = set()
        for key, object in changes:
            host = service_host(key.name, key.namespace)
            old, new = by_host.pop(host, None), service_of(key, object) if isinstance(object, core.Service) else None
            if new is not None:
                by_host[host] = new
            if old == new:
                continue
            facts.add(Fact(Aspect.SERVICE, host))
            if old is not None and (handle := _handle(old)):
                by_handle[handle] -= {host}
                facts.add(Fact(Aspect.SELECTED, handle))
            if new is not None and (handle := _handle(new)):
                by_handle[handle] |= {host}
                facts.add(Fact(Aspect.SELECTED, handle))
        return Services(by_host, {handle: hosts for handle, hosts in by_handle.items() if hosts}), facts

    def handles(self, namespace: str, labels: Mapping[str, str]) -> list[str]:
        """Under these, and nowhere else, are the services that can select a workload with such labels."""
        return [f"{namespace}/{label}={value}" for label, value in labels.items()]

    def selecting(self, namespace: str, labels: Mapping[str, str]) -> list[Service]:
        """The services a workload belongs to, oldest first."""
        items = labels.items()
        found = [self.by_host[host] for handle in self.handles(namespace, labels) for host in self.by_handle.get(handle, ())]
        return sorted((service for service in found if service.selector <= items), key=lambda service: service.age)
