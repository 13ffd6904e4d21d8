"""Rules of Service, Endpoints and EndpointSlice, in Kubernetes' words."""

from __future__ import annotations

from ipaddress import ip_address

from airside.resources.core import Endpoints, Service, ServicePort
from airside.resources.discovery import EndpointSlice
from airside.validate.finding import Finding, Findings
from airside.validate.metadata import check_labels
from airside.validate.names import dns_label, dns_subdomain, invalid
from airside.validate.pod import BETWEEN
from airside.validate.probe import check_port
from airside.validate.unsupported import UNSUPPORTED

NODE_PORTS = range(1024, 65536)
"""Kubernetes' range is a setting of its API server; here whatever an ordinary user can listen on."""
_NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def check_service(service: Service) -> Findings:
    spec = service.spec
    yield from check_labels(spec.selector, "spec.selector")
    if spec.type == "ExternalName":
        if not spec.external_name:
            yield Finding("AIR0022", "spec.externalName", "Required value")
        for text in dns_subdomain(spec.external_name.rstrip(".")) if spec.external_name else ():
            yield Finding("AIR1033", "spec.externalName", invalid(spec.external_name, text))
        if spec.cluster_ip not in ("", "None"):
            yield Finding("AIR1034", "spec.clusterIPs", "Forbidden: may not be set for ExternalName services")
    elif not spec.ports and not spec.headless:
        yield Finding("AIR1030", "spec.ports", "Required value")
    if spec.cluster_ip not in ("", "None") and not _is_ip(spec.cluster_ip):
        yield Finding("AIR1034", "spec.clusterIPs[0]", invalid(spec.cluster_ip, _NOT_AN_IP))
    if spec.headless and spec.type in ("NodePort", "LoadBalancer"):
        yield Finding("AIR1034", "spec.clusterIPs[0]", invalid("None", f"may not be set to 'None' for {spec.type} services"))
    if spec.session_affinity == "ClientIP":
        text = f"ClientIP: {UNSUPPORTED}; for calls from the mesh, use a DestinationRule with consistentHash: {{useSourceIp: true}}"
        yield Finding("AIR0040", "spec.sessionAffinity", text)
    yield from _check_ports(spec.ports, takes_node_ports=spec.type in ("NodePort", "LoadBalancer"))


def _check_ports(ports: tuple[ServicePort, ...], takes_node_ports: bool) -> Findings:
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        if not port.name and len(ports) > 1:
            yield Finding("AIR1030", f"{path}.name", "Required value")
        if port.name:
            for text in dns_label(port.name):
                yield Finding("AIR1030", f"{path}.name", invalid(port.name, text))
            if port.name in names:
                yield Finding("AIR1035", f"{path}.name", f'Duplicate value: "{port.name}"')
            names.add(port.name)
        if (port.protocol, port.port) in numbers:
            yield Finding("AIR1035", path, f"Duplicate value: port {port.port}/{port.protocol} is here already")
        numbers.add((port.protocol, port.port))
        if not 1 <= port.port <= 65535:
            yield Finding("AIR1031", f"{path}.port", invalid(port.port, BETWEEN))
        if port.target_port is not None:
            yield from check_port(port.target_port, f"{path}.targetPort", "AIR1031")
        if port.node_port and not takes_node_ports:
            yield Finding("AIR1032", f"{path}.nodePort", "Forbidden: may not be used when `type` is 'ClusterIP'")
        elif port.node_port and port.node_port not in NODE_PORTS:
            text = f"provided port is not in the valid range. The range of valid ports is {NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            yield Finding("AIR1036", f"{path}.nodePort", invalid(port.node_port, text))


def check_endpoints(endpoints: Endpoints) -> Findings:
    for index, subset in enumerate(endpoints.subsets):
        path = f"subsets[{index}]"
        if not subset.addresses and not subset.not_ready_addresses:
            yield Finding("AIR0022", path, "Required value: must specify `addresses` or `notReadyAddresses`")
        for field, addresses in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
            for at, address in enumerate(addresses):
                if not _is_ip(address.ip):
                    yield Finding("AIR1041", f"{path}.{field}[{at}].ip", invalid(address.ip, _NOT_AN_IP))
                    yield Finding("AIR1041", f"{path}.{field}[{at}].ip", invalid(address.ip, "must be a valid IP address"))
        for at, port in enumerate(subset.ports):
            if not port.name and len(subset.ports) > 1:
                yield Finding("AIR0022", f"{path}.ports[{at}].name", "Required value")
            if not 1 <= port.port <= 65535:
                yield Finding("AIR1041", f"{path}.ports[{at}].port", invalid(port.port, BETWEEN))


def check_endpoint_slice(found: EndpointSlice) -> Findings:
    for index, endpoint in enumerate(found.endpoints):
        path = f"endpoints[{index}].addresses"
        if not endpoint.addresses:
            yield Finding("AIR0022", path, "Required value: must contain at least 1 address")
        for at, address in enumerate(endpoint.addresses):
            if found.address_type != "FQDN" and not _is_ip(address):
                yield Finding("AIR1041", f"{path}[{at}]", invalid(address, _NOT_AN_IP))
    names = [port.name for port in found.ports]
    for index, port in enumerate(found.ports):
        if names.index(port.name) != index:
            yield Finding("AIR1035", f"ports[{index}].name", f'Duplicate value: "{port.name}"')
        if port.port is not None and not 1 <= port.port <= 65535:
            yield Finding("AIR1041", f"ports[{index}].port", invalid(port.port, BETWEEN))


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
