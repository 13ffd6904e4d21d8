"""Listeners of the `loopback` network mode, on the pod's own address: a forward proxy for calls out, one for each port called."""

from __future__ import annotations

from collections.abc import Iterator

from envoy.config.core.v3.base_pb2 import INBOUND, OUTBOUND
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from google.protobuf.message import Message

from airside.model.audience import Audience
from airside.model.names import HTTP_PROXY_ROUTES, InboundCluster, gateway_routes, listener_name
from airside.model.reader import Reader
from airside.model.service import Port, Service
from airside.model.workload import Proxy
from airside.translate.clusters import build_inbound_cluster, build_loop_cluster
from airside.translate.gateways import OpenPort, open_ports
from airside.translate.http_connections import HTTP_CONNECTION_MANAGER, build_gateway, build_inbound, build_outbound
from airside.translate.metrics import destination_labels
from airside.translate.profile import Profile
from airside.translate.wire import resource_of, serialise
from airside.xds.resource import CLUSTER, ROUTES, Resource

OUTBOUND_PORT = 15080
PRIVILEGED_PORTS = 1024
HOST_ADDRESS = "127.0.0.1"


def build_sidecar(proxy: Proxy, reader: Reader, profile: Profile) -> tuple[dict[str, Resource], dict[str, Resource]]:
    """Listeners, and the clusters only they lead to."""
    outbound = build_outbound_listener(proxy)
    listeners = {outbound.name: resource_of(outbound.name, serialise(outbound), ((ROUTES, HTTP_PROXY_ROUTES),), (str(proxy.key),))}
    loop = build_loop_cluster((proxy.name.ip, OUTBOUND_PORT), profile)
    clusters = {loop.name: resource_of(loop.name, serialise(loop), (), (str(proxy.key),))}
    for target, (service, port) in sorted(_called_ports(proxy, reader).items()):
        origins = (str(proxy.key), str(service.key))
        rule = reader.own_policy(service)
        address = (HOST_ADDRESS, proxy.app_ports.get(target, target))
        cluster = build_inbound_cluster(port, target, address, rule, profile)
        clusters[cluster.name] = resource_of(cluster.name, serialise(cluster), (), (*origins, *(rule.origins if rule is not None else ())))
        listener = build_inbound_listener(proxy, service, port, target, profile)
        listeners[listener.name] = resource_of(listener.name, serialise(listener), ((CLUSTER, cluster.name),), origins)
    return listeners, clusters


def _called_ports(proxy: Proxy, reader: Reader) -> dict[int, tuple[Service, Port]]:
    """The container ports that services call. Of several services on one, the oldest says what is spoken there."""
    found: dict[int, tuple[Service, Port]] = {}
    for service in reader.services_of(proxy.identity.namespace, proxy.identity.labels):
        for port in service.ports:
            target = proxy.target_port(port.target)
            if target is not None and target >= PRIVILEGED_PORTS:
                found.setdefault(target, (service, port))
    return found


def build_outbound_listener(proxy: Proxy) -> Listener:
    listener = _listener(proxy.name.ip, OUTBOUND_PORT, OUTBOUND)
    _set_manager(listener, build_outbound(proxy.identity, f"outbound_{listener.name}", HTTP_PROXY_ROUTES))
    return listener


def build_inbound_listener(proxy: Proxy, service: Service, port: Port, target: int, profile: Profile) -> Listener:
    listener = _listener(proxy.name.ip, target, INBOUND)
    manager = build_inbound(f"inbound_{listener.name}", destination_labels(proxy.identity, service.host, service.name))
    manager.route_config.CopyFrom(build_inbound_routes(service, port, target, profile))
    _set_manager(listener, manager)
    return listener


def build_inbound_routes(service: Service, port: Port, target: int, profile: Profile) -> RouteConfiguration:
    cluster = str(InboundCluster(target))
    table = RouteConfiguration(name=cluster)
    table.validate_clusters.value = False
    host = table.virtual_hosts.add(name=f"inbound|http|{port.number}", domains=["*"])
    route = host.routes.add(name="default")
    route.match.prefix = "/"
    route.route.cluster = cluster
    route.route.timeout.SetInParent()
    route.route.max_stream_duration.max_stream_duration.SetInParent()
    route.route.max_stream_duration.grpc_timeout_header_max.SetInParent()
    if profile.attempts and not port.protocol.grpc:
        # The application may close an idle connection just when it is used again; nothing was done yet then.
        route.route.retry_policy.retry_on = "reset-before-request"
        route.route.retry_policy.num_retries.value = 2
    route.decorator.operation = f"{service.host}:{port.number}/*"
    return table


def build_gateway_listeners(proxy: Proxy, audience: Audience, reader: Reader) -> dict[str, Resource]:
    """A listener for each open port, and one for its Service's node port on this machine's own loopback address.

    Two listeners and not one with two addresses: without reuse_port Envoy refuses any change of a listener's addresses, and the node port
    changes hands when the pod that has it goes.
    """
    built = {}
    for port in open_ports(audience, reader):
        routes = gateway_routes(port.target)
        origins = dict.fromkeys((str(proxy.key), *(str(gateway.key) for gateway, _ in port.servers)))
        for ip, number in _addresses(port, proxy, reader):
            listener = _listener(ip, number, OUTBOUND)
            _set_manager(listener, build_gateway(proxy.identity, f"outbound_{listener.name}", routes))
            built[listener.name] = resource_of(listener.name, serialise(listener), ((ROUTES, routes),), origins)
    return built


def _addresses(port: OpenPort, proxy: Proxy, reader: Reader) -> Iterator[tuple[str, int]]:
    if port.target >= PRIVILEGED_PORTS:
        yield proxy.name.ip, port.target
    if port.node_port and port.service is not None and reader.gateway_pods(port.service)[0].name == proxy.name:
        yield HOST_ADDRESS, port.node_port


def _listener(ip: str, port: int, direction: int) -> Listener:
    listener = Listener(name=listener_name(ip, port), traffic_direction=direction)
    listener.address.socket_address.address, listener.address.socket_address.port_value = ip, port
    # Two Envoys given one address would share it in silence.
    listener.enable_reuse_port.value = False
    listener.max_connections_to_accept_per_socket_event.value = 1
    return listener


def _set_manager(listener: Listener, manager: Message) -> None:
    chain = listener.filter_chains.add()
    chain.filters.add(name=HTTP_CONNECTION_MANAGER).typed_config.Pack(manager)
