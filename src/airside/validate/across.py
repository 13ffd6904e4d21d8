"""What an object says of others that are not there: warnings, since the others may come later.

Only what can be looked at is judged: the view holds what is stored, and the other documents of the same apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from airside.resources.apps import Deployment
from airside.resources.core import Pod, Service
from airside.resources.destination_rule import DestinationRule
from airside.resources.gateway import Gateway
from airside.resources.istio import Destination
from airside.resources.keys import ObjectKey
from airside.resources.kinds import ISTIO_NETWORKING
from airside.resources.objects import Object
from airside.resources.virtual_service import VirtualService
from airside.validate.finding import Finding, Findings
from airside.validate.host import covers, hosts_overlap, is_ip
from airside.validate.view import View

_SUFFIX = ".svc.cluster.local"
Kept = TypeVar("Kept", bound=Object)


def check_across(found: Object, view: View) -> Findings:
    match found:
        case VirtualService():
            yield from _check_destinations(found, view)
            yield from _check_gateways(found, view)
            yield from _check_mesh_hosts(found, view)
        case DestinationRule():
            yield from _check_rule(found, view)
        case Gateway():
            yield from _check_listeners(found, view)
        case _:
            return


def full_host(host: str, namespace: str) -> str:
    """A short name is a service of the namespace it is written in."""
    return host if "." in host or host == "*" or is_ip(host) else f"{host}.{namespace}{_SUFFIX}"


def _all(view: View, group: str, kind: str, model: type[Kept]) -> Iterator[Kept]:
    return (found for found in view.all(group, kind) if isinstance(found, model))


def _find_service(host: str, view: View) -> Service | None:
    name, _, namespace = host.removesuffix(_SUFFIX).partition(".")
    if not host.endswith(_SUFFIX) or not name or not namespace or "." in namespace:
        return None
    service = view.find(ObjectKey("", "Service", namespace, name))
    return service if isinstance(service, Service) else None


def _destinations(found: VirtualService) -> Iterator[tuple[str, Destination]]:
    for index, route in enumerate(found.spec.http):
        path = f"spec.http[{index}]"
        for at, target in enumerate(route.route):
            yield f"{path}.route[{at}].destination", target.destination
        if route.mirror is not None:
            yield f"{path}.mirror", route.mirror
        for at, mirror in enumerate(route.mirrors):
            yield f"{path}.mirrors[{at}].destination", mirror.destination
    plain = [(f"spec.tls[{index}]", route.route) for index, route in enumerate(found.spec.tls)]
    plain += [(f"spec.tcp[{index}]", route.route) for index, route in enumerate(found.spec.tcp)]
    for path, goals in plain:
        for at, goal in enumerate(goals):
            yield f"{path}.route[{at}].destination", goal.destination


def _check_destinations(found: VirtualService, view: View) -> Findings:
    rules = list(_all(view, ISTIO_NETWORKING, "DestinationRule", DestinationRule))
    for path, destination in _destinations(found):
        host = full_host(destination.host, found.metadata.namespace)
        service = _find_service(host, view)
        if service is None:
            yield Finding("AIR2002", f"{path}.host", _unknown_host(destination.host, host, view))
        else:
            yield from _check_port(destination, service, path)
        if destination.subset:
            yield from _check_subset(destination.subset, host, rules, path)


def _unknown_host(written: str, host: str, view: View) -> str:
    name, _, namespace = host.removesuffix(_SUFFIX).removesuffix(".svc").partition(".")
    if view.find(ObjectKey("", "Service", namespace, name)) is not None:
        return f'no Service has the host "{written}"; write "{name}.{namespace}{_SUFFIX}", since only a name without dots is completed'
    here = sorted(service.metadata.name for service in view.all("", "Service") if service.metadata.namespace == namespace)
    others = f"; Services of namespace {namespace}: {', '.join(here)}" if host.endswith(_SUFFIX) and here else ""
    return f'no Service for host "{host}"{others}'


def _check_port(destination: Destination, service: Service, path: str) -> Findings:
    ports = [port.port for port in service.spec.ports]
    listed = ", ".join(map(str, ports))
    name = service.metadata.name
    if destination.port is None and len(ports) > 1:
        yield Finding("AIR2006", path, f"Service {name} has ports {listed}: say which, as port: {{number: {ports[0]}}}")
    elif destination.port is not None and ports and destination.port.number not in ports:
        yield Finding("AIR2006", f"{path}.port.number", f"Service {name} has no port {destination.port.number}; it has {listed}")


def _check_subset(subset: str, host: str, rules: list[DestinationRule], path: str) -> Findings:
    for_host = [rule for rule in rules if covers(full_host(rule.spec.host, rule.metadata.namespace), host)]
    if any(subset == there.name for rule in for_host for there in rule.spec.subsets):
        return
    known = "; ".join(
        f"DestinationRule {rule.metadata.name} has {', '.join(there.name for there in rule.spec.subsets) or 'no subsets'}"
        for rule in for_host
    )
    yield Finding("AIR2001", f"{path}.subset", f'no subset "{subset}" for host "{host}"; {known or "no DestinationRule is for this host"}')


def _gateway_key(written: str, namespace: str) -> ObjectKey:
    """`name`, `namespace/name`, `./name`, and the older `name.namespace.svc...`."""
    space, slash, name = written.rpartition("/")
    if not slash and "." in name:
        name, _, rest = name.partition(".")
        space = rest.partition(".")[0]
    return ObjectKey(ISTIO_NETWORKING, "Gateway", namespace if space in ("", ".") else space, name)


def _check_gateways(found: VirtualService, view: View) -> Findings:
    namespace = found.metadata.namespace
    for index, written in enumerate(found.spec.gateways):
        if written == "mesh":
            continue
        key = _gateway_key(written, namespace)
        gateway = view.find(key)
        if not isinstance(gateway, Gateway):
            there = sorted(
                str(other.metadata.name) for other in view.all(ISTIO_NETWORKING, "Gateway") if other.metadata.namespace == key.namespace
            )
            known = f"it has {', '.join(there)}" if there else "it has none"
            yield Finding("AIR2003", f"spec.gateways[{index}]", f'no Gateway "{key.name}" in namespace {key.namespace}; {known}')
            continue
        served = [entry for server in gateway.spec.servers for entry in server.hosts]
        for at, host in enumerate(found.spec.hosts):
            if not any(_serves(entry, gateway, host, namespace) for entry in served):
                text = f'"{host}" is none of the hosts of Gateway {key.namespace}/{key.name} ({", ".join(served)})'
                yield Finding("AIR2008", f"spec.hosts[{at}]", text)


def _serves(entry: str, gateway: Gateway, host: str, namespace: str) -> bool:
    space, slash, name = entry.rpartition("/")
    space = gateway.metadata.namespace if space == "." else space
    return hosts_overlap(name, full_host(host, namespace)) and (not slash or space in ("*", namespace))


def _mesh_hosts(found: VirtualService) -> dict[str, int]:
    if found.spec.gateways and "mesh" not in found.spec.gateways:
        return {}
    return {full_host(host, found.metadata.namespace).lower(): index for index, host in enumerate(found.spec.hosts)}


def _check_mesh_hosts(found: VirtualService, view: View) -> Findings:
    hosts = _mesh_hosts(found)
    if not hosts:
        return
    for other in _all(view, ISTIO_NETWORKING, "VirtualService", VirtualService):
        if other.key == found.key:
            continue
        for host in hosts.keys() & _mesh_hosts(other).keys():
            name = f"{other.metadata.namespace}/{other.metadata.name}"
            text = (
                f'VirtualService {name} is for "{host}" in the mesh too; they are not merged, the older one holds. Put all routes into one'
            )
            yield Finding("AIR2004", f"spec.hosts[{hosts[host]}]", text)


def _check_rule(found: DestinationRule, view: View) -> Findings:
    host = full_host(found.spec.host, found.metadata.namespace)
    if "*" not in host and _find_service(host, view) is None:
        yield Finding("AIR2005", "spec.host", _unknown_host(found.spec.host, host, view))
    rules = [rule for rule in _all(view, ISTIO_NETWORKING, "DestinationRule", DestinationRule) if rule.key != found.key]
    reported: set[str] = set()
    for user in _all(view, ISTIO_NETWORKING, "VirtualService", VirtualService):
        for path, destination in _destinations(user):
            goal = full_host(destination.host, user.metadata.namespace)
            if not destination.subset or destination.subset in reported or not covers(host, goal):
                continue
            for _ in _check_subset(destination.subset, goal, [*rules, found], path):
                reported.add(destination.subset)
                name = f"{user.metadata.namespace}/{user.metadata.name}"
                text = f'VirtualService {name} ({path}) sends to subset "{destination.subset}", which is not here'
                yield Finding("AIR2001", "spec.subsets", text)


def _check_listeners(found: Gateway, view: View) -> Findings:
    selector = found.spec.selector
    pods = [pod.metadata.labels for pod in _all(view, "", "Pod", Pod)]
    pods += [deployment.spec.template.metadata.labels for deployment in _all(view, "apps", "Deployment", Deployment)]
    if pods and not any(selector.items() <= labels.items() for labels in pods):
        wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
        yield Finding(
            "AIR2010", "spec.selector", f"no pod has the labels {wanted}; the gateway of an installation has istio=ingressgateway"
        )
