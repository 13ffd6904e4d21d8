"""Gateways: which ports their pods open, and the routes of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from envoy.config.route.v3.route_components_pb2 import VirtualHost
from envoy.config.route.v3.route_pb2 import RouteConfiguration

from airside.model.audience import Audience
from airside.model.gateway import Gateway, Server, ServerHost
from airside.model.names import Host, covers, gateway_routes
from airside.model.reader import Reader
from airside.model.routing import Routing
from airside.model.service import Service
from airside.translate.match import is_catch_all
from airside.translate.profile import Profile
from airside.translate.routes import RouteContext, RouteList, build_rule_routes
from airside.translate.wire import on_clusters, resource_of, serialise
from airside.xds.resource import Resource


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A port the gateway's pods listen on, and every server behind it; the Service that exposes it and its node port, if any."""

    target: int
    servers: tuple[tuple[Gateway, Server], ...]
    service: Service | None
    node_port: int


def open_ports(audience: Audience, reader: Reader) -> list[OpenPort]:
    """The plain HTTP ports; servers of several Gateways share one."""
    services = reader.services_of(audience.namespace, dict(audience.labels))
    ports: dict[int, OpenPort] = {}
    for gateway in reader.gateways(audience):
        for server in gateway.servers:
            if not server.plain_http:
                continue
            service, target, node_port = _expose(server.port, services, reader)
            before = ports.get(target)
            servers = (*(before.servers if before is not None else ()), (gateway, server))
            if before is not None and before.node_port:
                service, node_port = before.service, before.node_port
            ports[target] = OpenPort(target, servers, service, node_port)
    return list(ports.values())


def _expose(number: int, services: Iterable[Service], reader: Reader) -> tuple[Service | None, int, int]:
    """The first Service of the gateway with that port says where it really is; without one it is what it says."""
    for service in services:
        port = service.port(number)
        if port is not None:
            target = port.target
            if isinstance(target, str):  # a container port's name: pods of one audience are alike, so any of them will do
                target = next((found for pod in reader.gateway_pods(service) if (found := pod.target_port(target)) is not None), number)
            return service, target, port.node_port if service.node_ported else 0
    return None, number, 0


def build_gateway_tables(audience: Audience, reader: Reader, profile: Profile) -> dict[str, Resource]:
    """The route tables of all ports of a gateway."""
    built = {}
    for port in open_ports(audience, reader):
        name = gateway_routes(port.target)
        hosts = _collect_hosts(port, audience, reader, profile)
        table = RouteConfiguration(name=name, ignore_port_in_host_matching=True)
        table.validate_clusters.value = False
        table.max_direct_response_body_size_bytes.value = 1 << 20
        for host, (number, redirect, routes) in sorted(hosts.items()):
            _add_host(table.virtual_hosts.add(), host, number, routes)
            if redirect:
                table.virtual_hosts[-1].require_tls = VirtualHost.ALL
        if not hosts:
            table.virtual_hosts.add(name=f"blackhole:{port.target}", domains=["*"])
        clusters = {cluster for _, _, routes in hosts.values() for cluster in routes.clusters}
        origins = dict.fromkeys(str(gateway.key) for gateway, _ in port.servers)
        for _, _, routes in hosts.values():
            origins |= routes.origins
        built[name] = resource_of(name, serialise(table), on_clusters(clusters), origins)
    return built


Hosts = dict[Host, tuple[int, bool, RouteList]]


def _collect_hosts(port: OpenPort, audience: Audience, reader: Reader, profile: Profile) -> Hosts:
    """The routes of every VirtualService bound to a server of this port, by host. Several rules of a host are joined, oldest first."""
    hosts: Hosts = {}
    for gateway, server in port.servers:
        context = RouteContext(audience, reader, server.port, profile, gateway.name)
        for rule in reader.gateway_routing(gateway.name, audience):
            shared = [host for wanted in rule.hosts for host in _narrower(server.hosts, wanted, rule)]
            if not shared:
                continue
            routes = build_rule_routes(rule, context)
            if not routes.routes:
                continue  # nothing of it is for this port: the host is left to a wider one
            for host in dict.fromkeys(shared):
                before = _open_host(hosts, host, server)
                before.routes += routes.routes
                before.clusters |= routes.clusters
                before.origins |= routes.origins
        if server.redirect:
            for server_host in server.hosts:
                _open_host(hosts, server_host.host, server)
    return hosts


def _open_host(hosts: Hosts, host: Host, server: Server) -> RouteList:
    """The host's routes so far. It redirects to HTTPS if any of its servers does."""
    port, redirect, routes = hosts.get(host, (server.port, False, RouteList()))
    hosts[host] = (port, redirect or server.redirect, routes)
    return routes


def _narrower(served: Iterable[ServerHost], wanted: Host, rule: Routing) -> Iterator[Host]:
    """The domains a rule's host gets on a server: of each pair that meets, the narrower."""
    for server in served:
        if server.namespace not in ("*", rule.namespace):
            continue
        if covers(server.host, wanted):
            yield wanted
        elif covers(wanted, server.host):
            yield server.host


def _add_host(target: VirtualHost, host: Host, port: int, routes: RouteList) -> None:
    """Routes that take everything go last: they may come from an older rule than ones that take something special."""
    target.name = f"{host}:{port}"
    target.domains.append(host)
    target.include_request_attempt_count = True
    target.routes.extend(route for route in routes.routes if not is_catch_all(route.match))
    target.routes.extend(route for route in routes.routes if is_catch_all(route.match))
