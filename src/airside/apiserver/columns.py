"""The columns of each kind's Table, as kube-apiserver and Istio's CRDs have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from airside.apiserver.ages import age_of
from airside.apiserver.pod_status import part, parts, summarise_pod
from airside.apiserver.scale import format_selector
from airside.resources.kinds import Kind

Raw = Mapping[str, object]
Cell = Callable[[Raw, datetime], object]
NONE = "<none>"


@dataclass(frozen=True, slots=True)
class Column:
    """`priority` 1 is shown by `-o wide` only."""

    name: str
    cell: Cell
    type: str = "string"
    priority: int = 0

    def definition(self) -> dict[str, object]:
        form = "name" if self.name == "Name" else ""
        return {"name": self.name, "type": self.type, "format": form, "description": self.name, "priority": self.priority}


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """Each begins with the name, save events, whose names say nothing."""
    rest = _COLUMNS[kind.kind]
    return rest if kind.kind == "Event" else (_NAME, *rest)


def _wide(name: str, cell: Cell) -> Column:
    return Column(name, cell, priority=1)


def _meta(raw: Raw, field: str) -> object:
    return part(raw, "metadata").get(field)


def _age(raw: Raw, now: datetime) -> str:
    return age_of(_meta(raw, "creationTimestamp"), now)


def _count(*path: str) -> Cell:
    def cell(raw: Raw, _: datetime) -> object:
        found = _at(raw, path)
        return found if isinstance(found, int) else 0

    return cell


def _text(*path: str, empty: str = NONE) -> Cell:
    return lambda raw, _: _at(raw, path) or empty


def _at(raw: Raw, path: tuple[str, ...]) -> object:
    here: object = raw
    for step in path:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here


def _size(*fields: str) -> Cell:
    return lambda raw, _: sum(len(part(raw, field)) for field in fields)


def _listed(*path: str) -> Cell:
    """A list as Istio's printer columns show it: JSON without spaces, nothing when absent."""

    def cell(raw: Raw, _: datetime) -> object:
        found = _at(raw, path)
        return "[" + ",".join(f'"{entry}"' for entry in found) + "]" if isinstance(found, list) else ""

    return cell


def _joined(values: list[str], most: int = 3) -> str:
    shown = ",".join(values[:most])
    return f"{shown} + {len(values) - most} more..." if len(values) > most else shown or NONE


def _containers(field: str) -> Cell:
    return lambda raw, _: ",".join(
        str(container.get(field, "")) for container in parts(part(part(part(raw, "spec"), "template"), "spec"), "containers")
    )


def _selector(raw: Raw, _: datetime) -> str:
    return format_selector(part(part(raw, "spec"), "selector")) or NONE


def _deployment_ready(raw: Raw, now: datetime) -> str:
    return f"{_count('status', 'readyReplicas')(raw, now)}/{_count('spec', 'replicas')(raw, now)}"


def _pod_ready(raw: Raw, now: datetime) -> str:
    summary = summarise_pod(raw, now)
    return f"{summary.ready}/{summary.containers}"


def _service_ports(raw: Raw, _: datetime) -> str:
    texts = []
    for entry in parts(part(raw, "spec"), "ports"):
        node = f":{entry['nodePort']}" if entry.get("nodePort") else ""
        texts.append(f"{entry.get('port')}{node}/{entry.get('protocol', 'TCP')}")
    return ",".join(texts) or NONE


def _external_ip(raw: Raw, _: datetime) -> str:
    spec = part(raw, "spec")
    outside = spec.get("externalIPs")
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    if isinstance(outside, list) and outside:
        return ",".join(map(str, outside))
    if spec.get("type") != "LoadBalancer":
        return NONE
    given = parts(part(part(raw, "status"), "loadBalancer"), "ingress")
    return ",".join(str(entry.get("ip") or entry.get("hostname")) for entry in given) or "<pending>"


def _service_selector(raw: Raw, _: datetime) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(part(part(raw, "spec"), "selector").items())) or NONE


def _endpoints(raw: Raw, _: datetime) -> str:
    pairs = []
    for subset in parts(raw, "subsets"):
        for port in parts(subset, "ports") or [{}]:
            pairs += [f"{address.get('ip')}:{port['port']}" if port else str(address.get("ip")) for address in parts(subset, "addresses")]
    return _joined(pairs)


def _slice_ports(raw: Raw, _: datetime) -> str:
    return _joined([str(port.get("port", "*")) for port in parts(raw, "ports")]) if parts(raw, "ports") else "<unset>"


def _slice_addresses(raw: Raw, _: datetime) -> str:
    return _joined([str(address) for endpoint in parts(raw, "endpoints") for address in _texts(endpoint.get("addresses"))])


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _node_status(raw: Raw, _: datetime) -> str:
    ready = next((entry for entry in parts(part(raw, "status"), "conditions") if entry.get("type") == "Ready"), {})
    word = "Unknown" if not ready else "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{word},SchedulingDisabled" if part(raw, "spec").get("unschedulable") else word


def _node_roles(raw: Raw, _: datetime) -> str:
    prefix = "node-role.kubernetes.io/"
    return ",".join(sorted(key.removeprefix(prefix) for key in part(part(raw, "metadata"), "labels") if key.startswith(prefix))) or NONE


def _node_address(kind: str) -> Cell:
    def cell(raw: Raw, _: datetime) -> object:
        return next((entry.get("address") for entry in parts(part(raw, "status"), "addresses") if entry.get("type") == kind), NONE)

    return cell


def _event_seen(raw: Raw, now: datetime) -> str:
    return age_of(raw.get("lastTimestamp") or raw.get("eventTime") or _meta(raw, "creationTimestamp"), now)


def _event_object(raw: Raw, _: datetime) -> str:
    about = part(raw, "involvedObject")
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


_NAME = Column("Name", lambda raw, _: _meta(raw, "name") or "")
_AGE = Column("Age", _age)
_WORKLOAD_WIDE = (_wide("Containers", _containers("name")), _wide("Images", _containers("image")), _wide("Selector", _selector))
_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "Pod": (
        Column("Ready", _pod_ready),
        Column("Status", lambda raw, now: summarise_pod(raw, now).reason),
        Column("Restarts", lambda raw, now: summarise_pod(raw, now).restarts),
        _AGE,
        _wide("IP", _text("status", "podIP")),
        _wide("Node", _text("spec", "nodeName")),
        _wide("Nominated Node", _text("status", "nominatedNodeName")),
        _wide("Readiness Gates", lambda raw, _: NONE),
    ),
    "Deployment": (
        Column("Ready", _deployment_ready),
        Column("Up-to-date", _count("status", "updatedReplicas")),
        Column("Available", _count("status", "availableReplicas")),
        _AGE,
        *_WORKLOAD_WIDE,
    ),
    "ReplicaSet": (
        Column("Desired", _count("spec", "replicas"), "integer"),
        Column("Current", _count("status", "replicas"), "integer"),
        Column("Ready", _count("status", "readyReplicas"), "integer"),
        _AGE,
        *_WORKLOAD_WIDE,
    ),
    "Service": (
        Column("Type", _text("spec", "type")),
        Column("Cluster-IP", _text("spec", "clusterIP")),
        Column("External-IP", _external_ip),
        Column("Port(s)", _service_ports),
        _AGE,
        _wide("Selector", _service_selector),
    ),
    "Endpoints": (Column("Endpoints", _endpoints), _AGE),
    "EndpointSlice": (
        Column("AddressType", lambda raw, _: raw.get("addressType")),
        Column("Ports", _slice_ports),
        Column("Endpoints", _slice_addresses),
        _AGE,
    ),
    "ConfigMap": (Column("Data", _size("data", "binaryData")), _AGE),
    "Secret": (Column("Type", lambda raw, _: raw.get("type")), Column("Data", _size("data")), _AGE),
    "ServiceAccount": (Column("Secrets", lambda raw, _: len(parts(raw, "secrets"))), _AGE),
    "Namespace": (Column("Status", _text("status", "phase", empty="")), _AGE),
    "Node": (
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        _AGE,
        Column("Version", _text("status", "nodeInfo", "kubeletVersion", empty="")),
        _wide("Internal-IP", _node_address("InternalIP")),
        _wide("External-IP", _node_address("ExternalIP")),
        _wide("OS-Image", _text("status", "nodeInfo", "osImage", empty="<unknown>")),
        _wide("Kernel-Version", _text("status", "nodeInfo", "kernelVersion", empty="<unknown>")),
        _wide("Container-Runtime", _text("status", "nodeInfo", "containerRuntimeVersion", empty="<unknown>")),
    ),
    "Event": (
        Column("Last Seen", _event_seen),
        Column("Type", lambda raw, _: raw.get("type", "")),
        Column("Reason", lambda raw, _: raw.get("reason", "")),
        Column("Object", _event_object),
        _wide("Source", _text("source", "component", empty="")),
        Column("Message", lambda raw, _: str(raw.get("message", "")).strip()),
        _wide("Count", lambda raw, _: raw.get("count", 1)),
        _wide("Name", lambda raw, _: _meta(raw, "name") or ""),
    ),
    "VirtualService": (Column("Gateways", _listed("spec", "gateways")), Column("Hosts", _listed("spec", "hosts")), _AGE),
    "DestinationRule": (Column("Host", _text("spec", "host", empty="")), _AGE),
    "Gateway": (_AGE,),
}
