"""Virtual hosts of a sidecar's outbound calls: one for each service and port, and for each other host that a VirtualService has.

In `loopback` all ports share one table, so a port is part of a domain: `collector:8080`. Only for port 80 is it left out, as in Istio's
`http_proxy` table.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoy.config.route.v3.route_components_pb2 import VirtualHost
from envoy.config.route.v3.route_pb2 import RouteConfiguration

from airside.model.audience import Audience
from airside.model.names import HTTP_PROXY_CLUSTER, Host
from airside.model.reader import Reader
from airside.model.service import Resolution, Service
from airside.translate.profile import Profile
from airside.translate.routes import RouteContext, RouteList, build_default_route, build_rule_routes
from airside.translate.unknown_hosts import build_tunnel
from airside.translate.wire import Needs, field_bytes, on_clusters, serialise

HTTP_PORT = 80

VIRTUAL_HOSTS = RouteConfiguration.DESCRIPTOR.fields_by_name["virtual_hosts"].number
_NAME, _DOMAINS = VirtualHost.DESCRIPTOR.fields_by_name["name"].number, VirtualHost.DESCRIPTOR.fields_by_name["domains"].number


@dataclass(frozen=True, slots=True)
class BuiltHost:
    """A virtual host as bytes. `domains`: the host itself first, lower case. `rest`: all but name and domains.

    `entry`: the whole of it, as it stands in a route table.
    """

    name: str
    domains: tuple[str, ...]
    rest: bytes
    entry: bytes
    needs: Needs
    origins: tuple[str, ...]

    def entry_with(self, domains: tuple[str, ...]) -> bytes:
        return _entry(self.name, domains, self.rest)


def build_service_hosts(service: Service, audience: Audience, reader: Reader, profile: Profile) -> tuple[BuiltHost, ...]:
    """The virtual hosts of all HTTP ports of a service."""
    built = []
    rules = reader.routing(service.host, audience)
    for port in service.ports:
        if not port.protocol.http:
            continue
        context = RouteContext(audience, reader, port.number, profile)
        routes = next((routes for rule in rules if (routes := build_rule_routes(rule, context)).routes), None)
        if routes is None:
            routes = build_default_route(service.host, context)
        routes.origins = {str(service.key): None} | routes.origins
        routes.routes.insert(0, build_tunnel(HTTP_PROXY_CLUSTER))  # clients of gRPC and WebSocket speak to a proxy by CONNECT
        built.append(_build(service.host, _with_port(domains_of(service, audience), port.number), port.number, routes))
    return tuple(built)


def build_literal_hosts(audience: Audience, reader: Reader, profile: Profile) -> tuple[BuiltHost, ...]:
    """Hosts that no service has are there on the ports of the services that the rule has beside them, else on port 80, as in Istio."""
    built = []
    for host, rule, services in reader.literals(audience):
        ports = sorted({port.number for service in services for port in service.ports if port.protocol.http}) or [HTTP_PORT]
        for port in ports:
            routes = build_rule_routes(rule, RouteContext(audience, reader, port, profile))
            if routes.routes:
                built.append(_build(host, _with_port([host], port), port, routes))
    return tuple(built)


def domains_of(service: Service, audience: Audience) -> list[str]:
    """Every name a caller may use: in full, and cut as far as the caller's own namespace lets it."""
    short = f"{service.name}.{service.namespace}"
    names = [service.host, f"{service.host}."]
    if audience.namespace == service.namespace:
        names.append(service.name)
    names += [short, f"{short}.svc"]
    if service.resolution is Resolution.HEADLESS:
        names += [f"*.{name}" for name in names]
    return names + [f"[{address}]" if ":" in address else address for address in service.addresses]


def _with_port(names: list[str], port: int) -> tuple[str, ...]:
    with_port = [f"{name}:{port}" for name in names]
    return tuple(dict.fromkeys((*names, *with_port) if port == HTTP_PORT else with_port))


def _build(host: Host, domains: tuple[str, ...], port: int, routes: RouteList) -> BuiltHost:
    message = VirtualHost(include_request_attempt_count=True)
    message.routes.extend(routes.routes)
    name, rest = f"{host}:{port}", serialise(message)
    return BuiltHost(name, domains, rest, _entry(name, domains, rest), on_clusters(routes.clusters), tuple(routes.origins))


def _entry(name: str, domains: tuple[str, ...], rest: bytes) -> bytes:
    fields = (field_bytes(_NAME, name.encode()), *(field_bytes(_DOMAINS, domain.encode()) for domain in domains), rest)
    return field_bytes(VIRTUAL_HOSTS, b"".join(fields))
