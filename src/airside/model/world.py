"""The world: everything accepted, as a mesh understands it. A frozen snapshot; a change gives the next one and tells what is different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from airside.model.destination import DestinationRules
from airside.model.endpoint import EndpointSets
from airside.model.facts import LITERALS, SELECTORS, Aspect, Fact
from airside.model.gateway import Gateways
from airside.model.labels import Selector
from airside.model.names import Host, covers, patterns_over
from airside.model.routing import RoutingRules
from airside.model.service import Services
from airside.model.workload import Pods
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object

ObjectChange = tuple[ObjectKey, Object | None]
"""An object as it is now; None: it is gone."""

CORE, DISCOVERY, NETWORKING = "", "discovery.k8s.io", "networking.istio.io"


@dataclass(frozen=True)
class World:
    """All services, endpoints, pods and rules."""

    services: Services = field(default_factory=Services)
    endpoints: EndpointSets = field(default_factory=EndpointSets)
    pods: Pods = field(default_factory=Pods)
    routing: RoutingRules = field(default_factory=RoutingRules)
    destinations: DestinationRules = field(default_factory=DestinationRules)
    gateways: Gateways = field(default_factory=Gateways)

    @property
    def selectors(self) -> frozenset[Selector]:
        """Every selector by which a rule tells proxies apart."""
        return self.routing.selectors | self.destinations.selectors | self.gateways.selectors

    def change(self, events: Iterable[ObjectChange]) -> tuple[World, frozenset[Fact]]:
        """The world after these changes, and every fact that is no longer what it was. Kinds that no proxy depends on are passed over."""
        by_kind: dict[tuple[str, str], list[ObjectChange]] = defaultdict(list)
        for key, object in events:
            by_kind[key.group, key.kind].append((key, object))
        facts: set[Fact] = set()
        new = self
        # Services first: what a rule's host covers is asked of the services as they will be.
        if changes := by_kind[CORE, "Service"]:
            services, changed = new.services.change(changes)
            new, facts = replace(new, services=services), facts | changed | self._literals_of(changed)
        if changes := by_kind[DISCOVERY, "EndpointSlice"]:
            endpoints, changed = new.endpoints.change(changes)
            new, facts = replace(new, endpoints=endpoints), facts | changed
        if changes := by_kind[CORE, "Pod"]:
            pods, changed = new.pods.change(changes)
            new, facts = replace(new, pods=pods), facts | changed
        if changes := by_kind[NETWORKING, "VirtualService"]:
            routing, changed = new.routing.change(changes, new.services_under)
            new, facts = replace(new, routing=routing), facts | changed
        if changes := by_kind[NETWORKING, "DestinationRule"]:
            destinations, changed = new.destinations.change(changes, new.services_under)
            new, facts = replace(new, destinations=destinations), facts | changed
        if changes := by_kind[NETWORKING, "Gateway"]:
            gateways, changed = new.gateways.change(changes)
            new, facts = replace(new, gateways=gateways), facts | changed
        if new.selectors != self.selectors:
            facts.add(SELECTORS)
        return new, frozenset(facts)

    def services_under(self, pattern: Host) -> list[Host]:
        """The hosts of services that a rule's host covers."""
        hosts = self.services.by_host
        if "*" not in pattern:
            return [pattern] if pattern in hosts else []
        return [host for host in hosts if covers(pattern, host)]

    def _literals_of(self, facts: Iterable[Fact]) -> set[Fact]:
        """A rule's host that had no service may have one now, or the other way round."""
        hosts = (fact.name for fact in facts if fact.aspect is Aspect.SERVICE)
        return {LITERALS} if any(pattern in self.routing.mesh for host in hosts for pattern in patterns_over(host)) else set()
