"""Gateways: which servers a gateway's pods run, and for which hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airside.model.facts import GATEWAYS, Fact
from airside.model.labels import Age, Selector, age_of, selector_of
from airside.model.names import Host, Namespace
from airside.resources import gateway as istio
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object


@dataclass(frozen=True, slots=True)
class ServerHost:
    """A host a server answers for, and the namespace its VirtualServices must live in ("*": any)."""

    namespace: str
    host: Host


@dataclass(frozen=True)
class Server:
    """One server of a Gateway; `port` is the port of the gateway's Service."""

    port: int
    protocol: str
    name: str
    bind: str
    hosts: tuple[ServerHost, ...]
    redirect: bool

    @property
    def plain_http(self) -> bool:
        return self.protocol in ("HTTP", "HTTP2", "GRPC", "GRPC-WEB")


@dataclass(frozen=True)
class Gateway:
    """One Gateway; `name` is namespace/name, as VirtualServices bind to it."""

    name: str
    namespace: Namespace
    selector: Selector
    servers: tuple[Server, ...]
    age: Age
    key: ObjectKey


def _host_of(text: str, namespace: str) -> ServerHost:
    head, slash, tail = text.rpartition("/")
    if not slash:
        return ServerHost("*", Host(text.lower()))
    return ServerHost(namespace if head == "." else head, Host(tail.lower()))


def gateway_of(key: ObjectKey, object: istio.Gateway) -> Gateway:
    return Gateway(
        name=f"{key.namespace}/{key.name}",
        namespace=Namespace(key.namespace),
        selector=selector_of(object.spec.selector),
        servers=tuple(
            Server(
                port=server.port.number,
                protocol=server.port.protocol.upper(),
                name=server.port.name,
                bind=server.bind,
                hosts=tuple(_host_of(host, key.namespace) for host in server.hosts),
                redirect=server.tls is not None and server.tls.https_redirect,
            )
            for server in object.spec.servers
        ),
        age=age_of(key, object),
        key=key,
    )


@dataclass(frozen=True)
class Gateways:
    """All Gateways."""

    by_key: Mapping[ObjectKey, Gateway] = field(default_factory=dict)
    selectors: frozenset[Selector] = frozenset()

    def change(self, changes: Iterable[tuple[ObjectKey, Object | None]]) -> tuple[Gateways, set[Fact]]:
        by_key = dict(self.by_key)
        for key, object in changes:
            by_key.pop(key, None)
            if isinstance(object, istio.Gateway):
                by_key[key] = gateway_of(key, object)
        selectors = frozenset(gateway.selector for gateway in by_key.values())
        return Gateways(by_key, selectors), {GATEWAYS} if by_key != self.by_key else set()

    def selecting(self, traits: frozenset[Selector]) -> list[Gateway]:
        """The Gateways of a proxy, oldest first; one without a selector is every gateway's."""
        return sorted((gateway for gateway in self.by_key.values() if gateway.selector in traits), key=lambda gateway: gateway.age)
