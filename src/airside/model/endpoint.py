"""Endpoints of services, from EndpointSlices; what each one is, is its pod's to say (see `workload`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airside.model.facts import Aspect, Fact
from airside.model.names import Host, service_host
from airside.resources.discovery import EndpointSlice
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object, ObjectReference


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address and its ports, by the names of the service's ports. `pod` is namespace/name, or "" where no pod is behind it."""

    address: str
    ports: tuple[tuple[str, int], ...]
    ready: bool
    pod: str

    def port(self, name: str) -> int | None:
        return next((number for port, number in self.ports if port == name), None)


def endpoints_of(slice: EndpointSlice) -> tuple[Endpoint, ...]:
    """A slice's endpoints; those that are going away get no new calls and are left out."""
    ports = tuple((port.name, port.port) for port in slice.ports if port.port is not None and port.protocol == "TCP")
    return tuple(
        Endpoint(
            address=endpoint.addresses[0],
            ports=ports,
            ready=endpoint.conditions.ready is not False,
            pod=_pod_of(endpoint.target_ref, slice.metadata.namespace),
        )
        for endpoint in slice.endpoints
        if endpoint.addresses and not endpoint.conditions.terminating
    )


def _pod_of(target: ObjectReference | None, namespace: str) -> str:
    return f"{target.namespace or namespace}/{target.name}" if target is not None and target.kind == "Pod" else ""


@dataclass(frozen=True)
class EndpointSets:
    """All endpoints by host; `slices` keeps apart what one host's several slices say."""

    by_host: Mapping[Host, tuple[Endpoint, ...]] = field(default_factory=dict)
    slices: Mapping[Host, Mapping[ObjectKey, tuple[Endpoint, ...]]] = field(default_factory=dict)
    hosts: Mapping[ObjectKey, Host] = field(default_factory=dict)

    def change(self, changes: Iterable[tuple[ObjectKey, Object | None]]) -> tuple[EndpointSets, set[Fact]]:
        slices: dict[Host, dict[ObjectKey, tuple[Endpoint, ...]]] = {}
        hosts = dict(self.hosts)

        def opened(host: Host) -> dict[ObjectKey, tuple[Endpoint, ...]]:
            if host not in slices:
                slices[host] = dict(self.slices.get(host, {}))
            return slices[host]

        for key, object in changes:
            if (before := hosts.pop(key, None)) is not None:
                opened(before).pop(key, None)
            if isinstance(object, EndpointSlice) and object.service:
                host = hosts[key] = service_host(object.service, key.namespace)
                opened(host)[key] = endpoints_of(object)
        by_host = dict(self.by_host)
        facts: set[Fact] = set()
        for host, parts in slices.items():
            # By address, so that the order in which slices came cannot show.
            merged = {endpoint.address: endpoint for key in sorted(parts, reverse=True) for endpoint in parts[key]}
            endpoints = tuple(sorted(merged.values(), key=lambda endpoint: endpoint.address))
            if endpoints != by_host.get(host, ()):
                facts.add(Fact(Aspect.ENDPOINTS, host))
            by_host[host] = endpoints
        kept = defaultdict(dict, self.slices) | slices
        return EndpointSets({h: e for h, e in by_host.items() if e}, {h: s for h, s in kept.items() if s}, hosts), facts
