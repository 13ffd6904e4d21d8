"""Addresses and node ports of services: who has which, and what a service that wants one gets.

What is taken is read from the stored services each time; what writes on their way hold is kept by `Reservations` until they have landed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from airside.apiserver.status import Cause

Raw = Mapping[str, object]
Json = dict[str, object]

CLUSTER_IPS = IPv4Network("10.96.0.0/16")
NODE_PORTS = range(1024, 65536)
"""What may be asked for; Kubernetes' range is a setting of its API server."""
DYNAMIC_NODE_PORTS = range(30000, 32768)
FIRST_DYNAMIC = 10
"""Addresses below are left to those who ask for one by number, such as 10.96.0.1 for the API and .10 for DNS."""
_WITH_NODE_PORTS = frozenset({"NodePort", "LoadBalancer"})


@dataclass(frozen=True, slots=True)
class Claims:
    """Addresses and node ports."""

    addresses: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()

    def __or__(self, other: Claims) -> Claims:
        return Claims(self.addresses | other.addresses, self.ports | other.ports)


@dataclass(slots=True)
class Reservations:
    """What writes on their way hold."""

    _held: list[Claims] = field(default_factory=list)

    @contextmanager
    def hold(self, claims: Claims) -> Iterator[None]:
        self._held.append(claims)
        try:
            yield
        finally:
            self._held.remove(claims)

    def taken(self, services: Iterable[Raw]) -> Claims:
        found = Claims()
        for claims in (*map(claims_of, services), *self._held):
            found |= claims
        return found


def claims_of(service: Raw) -> Claims:
    spec = _spec(service)
    address = spec.get("clusterIP")
    ports = frozenset(port for port in (entry.get("nodePort") for entry in _ports(spec)) if isinstance(port, int))
    return Claims(frozenset({address}) if isinstance(address, str) and address not in ("", "None") else frozenset(), ports)


def allocate(service: Raw, taken: Claims, old: Raw | None = None) -> tuple[Json, list[Cause]]:
    """The service with an address and node ports, and what cannot be had. `old`: the service before an update; `taken` is without it."""
    spec = _carried(_spec(service), _spec(old) if old is not None else {})
    causes: list[Cause] = []
    if spec.get("type") == "ExternalName":
        spec = {name: value for name, value in spec.items() if name not in ("clusterIP", "clusterIPs")}
    else:
        address = spec.get("clusterIP") or next(str(ip) for ip in _free_addresses(taken))
        causes += _check_address(str(address), taken)
        spec = {**spec, "clusterIP": address, "clusterIPs": [address]}
    if spec.get("type") in _WITH_NODE_PORTS:
        ports, more = _with_node_ports(_ports(spec), taken)
        causes += more
        spec = {**spec, "ports": ports}
    return {**service, "spec": spec}, causes


def _carried(spec: Raw, before: Raw) -> Raw:
    """What an update that says nothing of it keeps: the address, and node ports where the type still has them."""
    carried = dict(spec)
    if (
        before.get("type") != "ExternalName"
        and spec.get("type") != "ExternalName"
        and not spec.get("clusterIP")
        and before.get("clusterIP")
    ):
        carried["clusterIP"] = before["clusterIP"]
    known = {(entry.get("port"), entry.get("protocol")): entry.get("nodePort") for entry in _ports(before)}
    if spec.get("type") in _WITH_NODE_PORTS:
        if _ports(spec):
            carried["ports"] = [
                {**entry, **({"nodePort": known[_place(entry)]} if not entry.get("nodePort") and known.get(_place(entry)) else {})}
                for entry in _ports(spec)
            ]
    elif before.get("type") in _WITH_NODE_PORTS:  # the type went away from node ports; they go with it
        carried["ports"] = [
            {name: value for name, value in entry.items() if name != "nodePort" or value != known.get(_place(entry))}
            for entry in _ports(spec)
        ]
    return carried


def _place(entry: Raw) -> tuple[object, object]:
    return entry.get("port"), entry.get("protocol")


def _free_addresses(taken: Claims) -> Iterator[object]:
    numbers = range(FIRST_DYNAMIC + 1, CLUSTER_IPS.num_addresses - 1)
    return (CLUSTER_IPS[number] for number in numbers if str(CLUSTER_IPS[number]) not in taken.addresses)


def _check_address(address: str, taken: Claims) -> list[Cause]:
    if address == "None":
        return []
    prefix = f'Invalid value: ["{address}"]: failed to allocate IP {address}: '
    try:
        inside = IPv4Address(address) in CLUSTER_IPS
    except ValueError:
        return [Cause("FieldValueInvalid", f'Invalid value: "{address}": must be a valid IP address', "spec.clusterIPs[0]")]
    if not inside:
        why = f"the provided IP is not in the valid range. The range of valid IPs is {CLUSTER_IPS}"
        return [Cause("FieldValueInvalid", prefix + why, "spec.clusterIPs")]
    if address in taken.addresses:
        return [Cause("FieldValueInvalid", f"{prefix}provided IP is already allocated", "spec.clusterIPs")]
    return []


def _with_node_ports(entries: list[Raw], taken: Claims) -> tuple[list[Raw], list[Cause]]:
    causes, asked = [], [entry.get("nodePort") for entry in entries]
    for index, port in enumerate(asked):
        path = f"spec.ports[{index}].nodePort"
        if not port:
            continue
        if port not in NODE_PORTS:
            why = f"not in the valid range. The range of valid ports is {NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            causes.append(Cause("FieldValueInvalid", f"Invalid value: {port}: provided port is {why}", path))
        elif port in taken.ports:
            causes.append(Cause("FieldValueInvalid", f"Invalid value: {port}: provided port is already allocated", path))
    free = (port for port in DYNAMIC_NODE_PORTS if port not in taken.ports and port not in asked)
    return [entry if entry.get("nodePort") else {**entry, "nodePort": next(free)} for entry in entries], causes


def _spec(service: Raw) -> Raw:
    spec = service.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _ports(spec: Raw) -> list[Raw]:
    ports = spec.get("ports")
    return ports if isinstance(ports, list) else []
