"""VirtualServices with their names resolved, found by host for sidecars and by gateway for gateways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from airside.model.export import Export
from airside.model.facts import LITERALS, Aspect, Fact
from airside.model.labels import Age, Selector, age_of, selector_of
from airside.model.names import MESH, Host, Namespace, covers, resolve_gateway, resolve_host, wildcards_of
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object
from airside.resources.virtual_service import HttpRoute, VirtualService


@dataclass(frozen=True)
class Routing:
    """One VirtualService. `selectors`: the sourceLabels it tells callers apart by. `origins`: itself and its delegates."""

    key: ObjectKey
    namespace: Namespace
    hosts: tuple[Host, ...]
    gateways: frozenset[str]
    export: Export
    http: tuple[HttpRoute, ...]
    selectors: frozenset[Selector]
    age: Age
    origins: tuple[str, ...]

    @property
    def in_mesh(self) -> bool:
        return MESH in self.gateways


def routing_of(key: ObjectKey, object: VirtualService) -> Routing:
    spec = object.spec
    return Routing(
        key=key,
        namespace=Namespace(key.namespace),
        hosts=tuple(resolve_host(host, key.namespace) for host in spec.hosts),
        gateways=frozenset(resolve_gateway(gateway, key.namespace) for gateway in spec.gateways or (MESH,)),
        export=Export.of(spec.export_to, key.namespace),
        http=spec.http,
        selectors=frozenset(selector_of(match.source_labels) for route in spec.http for match in route.match if match.source_labels),
        age=age_of(key, object),
        origins=(str(key),),
    )


def visible_in_order(rules: Iterable[Routing], namespace: str) -> list[Routing]:
    """Istio's order for a caller: rules private to its namespace, rules exported to it by name, public ones; oldest first in each."""

    def nearness(rule: Routing) -> int:
        if rule.export.namespaces is None:
            return 2
        return 0 if rule.export.only(namespace) else 1

    return sorted((rule for rule in rules if rule.export.reaches(namespace)), key=lambda rule: (nearness(rule), rule.age))


@dataclass(frozen=True)
class RoutingRules:
    """All VirtualServices. `mesh`: by each of their hosts, which may be a pattern; `by_gateway`: by namespace/name of a Gateway."""

    by_key: Mapping[ObjectKey, Routing] = field(default_factory=dict)
    mesh: Mapping[str, frozenset[ObjectKey]] = field(default_factory=dict)
    by_gateway: Mapping[str, frozenset[ObjectKey]] = field(default_factory=dict)
    wildcards: tuple[Host, ...] = ()
    selectors: frozenset[Selector] = frozenset()

    def change(
        self, changes: Iterable[tuple[ObjectKey, Object | None]], services_under: Callable[[Host], Iterable[Host]]
    ) -> tuple[RoutingRules, set[Fact]]:
        """`services_under` tells which services' hosts a host or pattern covers, so that only those are said to have changed."""
        by_key = dict(self.by_key)
        mesh = defaultdict(frozenset, self.mesh)
        by_gateway = defaultdict(frozenset, self.by_gateway)
        facts: set[Fact] = set()
        for key, object in changes:
            old = by_key.pop(key, None)
            new = routing_of(key, object) if isinstance(object, VirtualService) else None
            if new is not None:
                by_key[key] = new
            if old == new:
                continue
            if old is not None:
                for host, gateway in _bindings(old):
                    index, name = (mesh, host) if gateway == MESH else (by_gateway, gateway)
                    index[name] -= {key}
            if new is not None:
                for host, gateway in _bindings(new):
                    index, name = (mesh, host) if gateway == MESH else (by_gateway, gateway)
                    index[name] |= {key}
            for rule in (old, new):
                facts |= _facts_of(rule, services_under) if rule is not None else set()
        selectors: frozenset[Selector] = frozenset().union(*(rule.selectors for rule in by_key.values() if rule.selectors))
        return RoutingRules(by_key, _filled(mesh), _filled(by_gateway), wildcards_of(mesh), selectors), facts

    def on_host(self, pattern: str) -> list[Routing]:
        """The rules with exactly this host or pattern."""
        return [self.by_key[key] for key in self.mesh.get(pattern, ())]

    def over_host(self, host: Host, namespace: str) -> list[Routing]:
        """The rules that may route a namespace's calls to a host: those for the host itself, then wildcards, longer before shorter."""
        found = visible_in_order(self.on_host(host), namespace)
        for pattern in self.wildcards:
            if covers(pattern, host):
                found += visible_in_order(self.on_host(pattern), namespace)
        return found

    def on_gateway(self, gateway: str) -> list[Routing]:
        return [self.by_key[key] for key in self.by_gateway.get(gateway, ())]


def _bindings(rule: Routing) -> list[tuple[str, str]]:
    """Every host with every gateway it is bound to."""
    return [(host, gateway) for host in rule.hosts for gateway in rule.gateways]


def _facts_of(rule: Routing, services_under: Callable[[Host], Iterable[Host]]) -> set[Fact]:
    facts = {Fact(Aspect.GATEWAY_ROUTING, gateway) for gateway in rule.gateways if gateway != MESH}
    if rule.in_mesh:
        for host in rule.hosts:
            services = set(services_under(host))
            facts |= {Fact(Aspect.ROUTING, service) for service in services}
            if services != {host}:
                facts.add(LITERALS)
    return facts


def _filled(index: Mapping[str, frozenset[ObjectKey]]) -> dict[str, frozenset[ObjectKey]]:
    return {name: keys for name, keys in index.items() if keys}
