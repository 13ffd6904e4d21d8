"""Rules of a VirtualService as a whole, and of its TLS and TCP routes."""

from __future__ import annotations

from airside.resources.virtual_service import TcpMatch, TlsMatch, VirtualService, VirtualServiceSpec
from airside.validate.finding import Finding, Findings
from airside.validate.host import (
    check_export_to,
    check_gateways,
    check_hosts_differ,
    check_port_number,
    check_source_labels,
    check_subnets,
    covers,
    is_ip,
    judge_host,
)
from airside.validate.http_match import check_reach
from airside.validate.http_route import check_destination, check_http_route, check_weights
from airside.validate.names import dns_label


def check_virtual_service(found: VirtualService) -> Findings:
    spec = found.spec
    yield from _check_hosts(spec)
    yield from check_gateways(spec.gateways, "spec.gateways")
    yield from check_export_to(spec.export_to, found.metadata.namespace)
    if not (spec.http or spec.tls or spec.tcp):
        yield Finding("AIR1102", "spec", "no routes: one of http, tls or tcp is needed")
    for index, route in enumerate(spec.http):
        yield from check_http_route(route, f"spec.http[{index}]", delegate_only=not spec.hosts)
    yield from check_reach(spec.http)
    yield from _check_tls(spec)
    yield from _check_tcp(spec)


def _check_hosts(spec: VirtualServiceSpec) -> Findings:
    if not spec.hosts:
        if not spec.http:
            yield Finding("AIR1101", "spec.hosts", "at least one host is needed")
        for field, given in (("gateways", spec.gateways), ("tls", spec.tls), ("tcp", spec.tcp)):
            if given:
                text = "without hosts this VirtualService is a delegate, and a delegate has http routes only; name the hosts"
                yield Finding("AIR1101", f"spec.{field}", text)
    for index, host in enumerate(spec.hosts):
        for text in judge_host(host):
            yield Finding("AIR1105", f"spec.hosts[{index}]", text)
        if host == "*" and (not spec.gateways or "mesh" in spec.gateways):
            text = '"*" would take every call in the mesh; name the hosts, or bind to a Gateway by spec.gateways'
            yield Finding("AIR1103", f"spec.hosts[{index}]", text)
    yield from check_hosts_differ(spec.hosts, "spec.hosts", "AIR1104")


def _check_tls(spec: VirtualServiceSpec) -> Findings:
    for index, route in enumerate(spec.tls):
        path = f"spec.tls[{index}]"
        if not route.match:
            yield Finding("AIR1132", f"{path}.match", "at least one match is needed")
        for at, match in enumerate(route.match):
            yield from _check_sni(match, spec.hosts, f"{path}.match[{at}]")
            yield from _check_place(match, f"{path}.match[{at}]")
        if not route.route:
            yield Finding("AIR1132", f"{path}.route", "at least one destination is needed")
        for at, target in enumerate(route.route):
            yield from check_destination(target.destination, f"{path}.route[{at}].destination")
        yield from check_weights([target.weight for target in route.route], f"{path}.route")


def _check_sni(match: TlsMatch, hosts: tuple[str, ...], path: str) -> Findings:
    if not match.sni_hosts:
        yield Finding("AIR1132", f"{path}.sniHosts", "at least one server name is needed")
    for index, name in enumerate(match.sni_hosts):
        at = f"{path}.sniHosts[{index}]"
        for text in judge_host(name):
            yield Finding("AIR1132", at, text)
        if is_ip(name):
            yield Finding("AIR1133", at, f"{name} is an IP address; clients do not send one as server name")
        elif not any(covers(host, name) for host in hosts):
            yield Finding("AIR1132", at, f'"{name}" is none of the hosts of this VirtualService ({", ".join(hosts) or "none"})')


def _check_tcp(spec: VirtualServiceSpec) -> Findings:
    for index, route in enumerate(spec.tcp):
        path = f"spec.tcp[{index}]"
        for at, match in enumerate(route.match):
            yield from _check_place(match, f"{path}.match[{at}]")
        if not route.route:
            yield Finding("AIR1134", f"{path}.route", "at least one destination is needed")
        for at, target in enumerate(route.route):
            yield from check_destination(target.destination, f"{path}.route[{at}].destination")
        yield from check_weights([target.weight for target in route.route], f"{path}.route")


def _check_place(match: TlsMatch | TcpMatch, path: str) -> Findings:
    yield from check_subnets(match.destination_subnets, f"{path}.destinationSubnets")
    if "port" in match.model_fields_set:
        yield from check_port_number(match.port, f"{path}.port")
    yield from check_source_labels(match.source_labels, f"{path}.sourceLabels")
    yield from check_gateways(match.gateways, f"{path}.gateways")
    for text in dns_label(match.source_namespace) if match.source_namespace else ():
        yield Finding("AIR1119", f"{path}.sourceNamespace", text)
