"""VirtualServices with their names resolved, found by host for sidecars and by gateway for gateways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from airside.model.delegate import merge_delegate, qualify
from airside.model.export import Export
from airside.model.facts import LITERALS, Aspect, Fact
from airside.model.labels import Age, Selector, age_of, selector_of
from airside.model.names import MESH, Host, Namespace, covers, resolve_gateway, resolve_host, wildcards_of
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object
from airside.resources.virtual_service import Delegate, HttpRoute, VirtualService


@dataclass(frozen=True)
class Routing:
    """One VirtualService. `selectors`: the sourceLabels it tells callers apart by. `origins`: itself and its delegates."""

    key: ObjectKey
    namespace: Namespace
    hosts: tuple[Host, ...]
    gateways: frozenset[str]
    export: Export
    http: tuple[HttpRoute, ...]
    age: Age
    origins: tuple[str, ...]
    selectors: frozenset[Selector] = frozenset()
    delegates: frozenset[ObjectKey] = frozenset()

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
        age=age_of(key, object),
        origins=(str(key),),
        delegates=frozenset(_delegate_key(key, route.delegate) for route in spec.http if route.delegate is not None),
    )


def _delegate_key(root: ObjectKey, delegate: Delegate) -> ObjectKey:
    return ObjectKey(root.group, root.kind, delegate.namespace or root.namespace, delegate.name)


def with_delegates(rule: Routing, declared: Mapping[ObjectKey, Routing]) -> Routing:
    """The rule as it works, delegates' routes in it. A delegate that is not there, or not to be seen from here, leaves a gap."""
    http: list[HttpRoute] = []
    origins = dict.fromkeys(rule.origins)
    for route in rule.http:
        if route.delegate is None:
            http.append(route)
            continue
        delegate = declared.get(_delegate_key(rule.key, route.delegate))
        if delegate is not None and not delegate.hosts and delegate.export.reaches(rule.namespace):
            http += merge_delegate(route, qualify(delegate.http, delegate.namespace))
            origins |= dict.fromkeys(delegate.origins)
    selectors = frozenset(selector_of(match.source_labels) for route in http for match in route.match if match.source_labels)
    return replace(rule, http=tuple(http), selectors=selectors, origins=tuple(origins))


def visible_in_order(rules: Iterable[Routing], namespace: str) -> list[Routing]:
    """Istio's order for a caller: rules private to its namespace, rules exported to it by name, public ones; oldest first in each."""

    def nearness(rule: Routing) -> int:
        if rule.export.namespaces is None:
            return 2
        return 0 if rule.export.only(namespace) else 1

    return sorted((rule for rule in rules if rule.export.reaches(namespace)), key=lambda rule: (nearness(rule), rule.age))


@dataclass(frozen=True)
class RoutingRules:
    """All VirtualServices, as written and as they work; by host (or pattern) in the mesh, and by namespace/name of a Gateway."""

    declared: Mapping[ObjectKey, Routing] = field(default_factory=dict)
    by_key: Mapping[ObjectKey, Routing] = field(default_factory=dict)
    mesh: Mapping[str, frozenset[ObjectKey]] = field(default_factory=dict)
    by_gateway: Mapping[str, frozenset[ObjectKey]] = field(default_factory=dict)
    wildcards: tuple[Host, ...] = ()
    selectors: frozenset[Selector] = frozenset()

    def change(
        self, changes: Iterable[tuple[ObjectKey, Object | None]], services_under: Callable[[Host], Iterable[Host]]
    ) -> tuple[RoutingRules, set[Fact]]:
        """`services_under` tells which services' hosts a host or pattern covers, so that only those are said to have changed."""
        declared = dict(self.declared)
        changed: set[ObjectKey] = set()
        for key, object in changes:
            old = declared.pop(key, None)
            if isinstance(object, VirtualService):
                declared[key] = routing_of(key, object)
            if declared.get(key) != old:
                changed.add(key)
        changed |= {key for key, rule in declared.items() if not rule.delegates.isdisjoint(changed)}
        by_key = dict(self.by_key)
        mesh, by_gateway = defaultdict(frozenset, self.mesh), defaultdict(frozenset, self.by_gateway)
        facts: set[Fact] = set()
        for key in changed:
            before = by_key.pop(key, None)
            if key in declared:
                by_key[key] = with_delegates(declared[key], declared)
            for rule in (before, by_key.get(key)):
                if rule is None:
                    continue
                facts |= _facts_of(rule, services_under)
                for host, gateway in _bindings(rule):
                    index, name = (mesh, host) if gateway == MESH else (by_gateway, gateway)
                    index[name] = index[name] - {key} if rule is before else index[name] | {key}
        selectors: frozenset[Selector] = frozenset().union(*(rule.selectors for rule in by_key.values() if rule.selectors))
        return RoutingRules(declared, by_key, _filled(mesh), _filled(by_gateway), wildcards_of(mesh), selectors), facts

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
