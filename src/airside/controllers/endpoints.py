"""Service -> EndpointSlices (and the older Endpoints): the pods its selector finds, with what their readiness says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.controllers.held import Birth, Held, Outcome, owner_reference, part, served
from airside.controllers.naming import encode
from airside.controllers.node import NODE
from airside.resources.core import Endpoints, Service, ServicePort
from airside.resources.discovery import EndpointSlice
from airside.resources.kinds import find_kind
from airside.resources.pod import Pod
from airside.store.changes import Change, Delete, Put

SLICE = served(find_kind("discovery.k8s.io", "EndpointSlice"))
ENDPOINTS = served(find_kind("", "Endpoints"))
SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"


@dataclass(frozen=True, slots=True)
class Behind:
    """What of a service is there already: the slices made for it, and its Endpoints."""

    slices: Sequence[Held[EndpointSlice]] = ()
    endpoints: Held[Endpoints] | None = None


Ports = tuple[tuple[ServicePort, int], ...]


def selects(service: Held[Service], pod: Held[Pod]) -> bool:
    """Whether the pod is one of the service's, ready or not."""
    selector = service.value.spec.selector
    return bool(selector) and selector.items() <= pod.value.metadata.labels.items()


def reconcile_service(service: Held[Service], pods: Sequence[Held[Pod]], behind: Behind, birth: Birth) -> Outcome:
    """`pods`: those of its namespace. A service without selector keeps the endpoints its user wrote."""
    if not service.value.spec.selector or service.leaving or service.value.spec.type == "ExternalName":
        return Outcome()
    chosen = [
        pod for pod in pods if selects(service, pod) and pod.value.status.pod_ip and pod.value.status.phase not in ("Succeeded", "Failed")
    ]
    chosen.sort(key=lambda pod: pod.value.metadata.name)
    groups: dict[Ports, list[Held[Pod]]] = {}
    for pod in chosen:
        groups.setdefault(_resolve(service, pod), []).append(pod)
    wanted = {_slice_name(service, ports): (ports, members) for ports, members in (groups or {_plain(service): []}).items()}
    managed = {held.value.metadata.name: held for held in behind.slices if held.value.metadata.labels.get(MANAGED_BY) == MANAGER}
    changes: list[Change] = [Delete(held.key, held.revision) for name, held in managed.items() if name not in wanted]
    for name, (ports, members) in wanted.items():
        changes += _write_slice(service, managed.get(name), name, _slice_body(service, ports, members), birth)
    return Outcome([*changes, *_write_endpoints(service, behind.endpoints, groups, birth)])


def _resolve(service: Held[Service], pod: Held[Pod]) -> Ports:
    """The pod's port behind each of the service's; a named one is looked up in its containers, and left out where none has it."""
    named = {port.name: port.container_port for container in pod.value.spec.containers for port in container.ports if port.name}
    found = []
    for port in service.value.spec.ports:
        target = port.target_port or port.port
        number = named.get(target) if isinstance(target, str) else target
        if number is not None:
            found.append((port, number))
    return tuple(found)


def _plain(service: Held[Service]) -> Ports:
    """The ports while there is no pod to ask for named ones."""
    return tuple((port, port.target_port if isinstance(port.target_port, int) else port.port) for port in service.value.spec.ports)


def _slice_name(service: Held[Service], ports: Ports) -> str:
    """By service and pod ports, so that planning twice gives the same name."""
    return f"{service.value.metadata.name}-{encode(f'{service.uid} {[(port.name, number) for port, number in ports]}', 5)}"


def _ready(service: Held[Service], pod: Held[Pod]) -> bool:
    return pod.value.ready or service.value.spec.publish_not_ready_addresses


def _reference(pod: Held[Pod]) -> dict[str, object]:
    return {"kind": "Pod", "namespace": pod.value.metadata.namespace, "name": pod.value.metadata.name, "uid": pod.uid}


def _slice_body(service: Held[Service], ports: Ports, members: Sequence[Held[Pod]]) -> dict[str, object]:
    endpoints = [
        {
            "addresses": [pod.value.status.pod_ip],
            "conditions": {
                "ready": _ready(service, pod) and not pod.leaving,
                "serving": _ready(service, pod),
                "terminating": pod.leaving,
            },
            "nodeName": NODE,
            "targetRef": _reference(pod),
        }
        for pod in members
    ]
    return {"addressType": "IPv4", "endpoints": endpoints, "ports": [_port(port, number) for port, number in ports]}


def _port(port: ServicePort, number: int) -> dict[str, object]:
    named = {"appProtocol": port.app_protocol} if port.app_protocol else {}
    return {"name": port.name, "port": number, "protocol": port.protocol, **named}


def _write_slice(
    service: Held[Service], found: Held[EndpointSlice] | None, name: str, body: Mapping[str, object], birth: Birth
) -> list[Put]:
    if found is None:
        labels = {**service.value.metadata.labels, SERVICE_NAME: service.value.metadata.name, MANAGED_BY: MANAGER}
        metadata = {
            "name": name,
            "generateName": f"{service.value.metadata.name}-",
            "namespace": service.value.metadata.namespace,
            "labels": labels,
            "ownerReferences": [owner_reference(service)],
        }
        return [birth.create(SLICE, metadata, body)]
    update = found.put(**body)
    if update.raw == found.raw:
        return []
    moved = {**part(found.raw, "metadata"), "generation": found.value.metadata.generation + 1}
    return [found.put(metadata=moved, **body)]


def _write_endpoints(
    service: Held[Service], found: Held[Endpoints] | None, groups: Mapping[Ports, Sequence[Held[Pod]]], birth: Birth
) -> list[Put]:
    body: dict[str, object] = {"subsets": [_subset(service, ports, members) for ports, members in groups.items()]}
    if found is None:
        meta: dict[str, object] = {"name": service.value.metadata.name, "namespace": service.value.metadata.namespace}
        return [
            birth.create(
                ENDPOINTS, {**meta, "labels": dict(service.value.metadata.labels), "ownerReferences": [owner_reference(service)]}, body
            )
        ]
    update = found.put(**body)
    return [update] if update.raw != found.raw else []


def _subset(service: Held[Service], ports: Ports, members: Sequence[Held[Pod]]) -> dict[str, object]:
    subset: dict[str, object] = {}
    for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
        addresses = [
            {"ip": pod.value.status.pod_ip, "nodeName": NODE, "targetRef": _reference(pod)}
            for pod in members
            if (_ready(service, pod) and not pod.leaving) is wanted
        ]
        if addresses:
            subset[field] = addresses
    return {**subset, "ports": [_port(port, number) for port, number in ports]}
