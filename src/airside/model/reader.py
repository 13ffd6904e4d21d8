"""The one way to read the world when making configuration: every answer is noted as a fact the asker depends on.

A question that finds nothing is noted too: what is not there yet may come.
"""

from __future__ import annotations

from collections.abc import Mapping

from airside.model.audience import Audience
from airside.model.destination import DestinationPolicy
from airside.model.endpoint import Endpoint
from airside.model.facts import GATEWAY_PODS, GATEWAYS, LITERALS, Aspect, Fact
from airside.model.gateway import Gateway
from airside.model.names import Host, Role
from airside.model.routing import Routing, visible_in_order
from airside.model.service import Service
from airside.model.workload import Identity, Proxy
from airside.model.world import World


class Reader:
    """Reads one world on behalf of one part; `reads` is what the part turned out to depend on."""

    __slots__ = ("_world", "reads")

    def __init__(self, world: World) -> None:
        self._world = world
        self.reads: set[Fact] = set()

    def service(self, host: Host) -> Service | None:
        self.reads.add(Fact(Aspect.SERVICE, host))
        return self._world.services.by_host.get(host)

    def endpoints(self, host: Host) -> tuple[Endpoint, ...]:
        self.reads.add(Fact(Aspect.ENDPOINTS, host))
        return self._world.endpoints.by_host.get(host, ())

    def identity(self, pod: str) -> Identity | None:
        self.reads.add(Fact(Aspect.POD, pod))
        return self._world.pods.identities.get(pod)

    def routing(self, host: Host, audience: Audience) -> list[Routing]:
        """The VirtualServices that may route calls to a service, best first."""
        self.reads.add(Fact(Aspect.ROUTING, host))
        return self._world.routing.over_host(host, audience.namespace)

    def literals(self, audience: Audience) -> list[tuple[Host, Routing, list[Service]]]:
        """Hosts of VirtualServices that no service has, each with the rule that has it first and the services among that rule's hosts."""
        self.reads.add(LITERALS)
        found = []
        rules = self._world.routing
        for host in map(Host, sorted(rules.mesh)):
            if not self._services_under(host) and (visible := visible_in_order(rules.on_host(host), audience.namespace)):
                rule = visible[0]
                found.append((host, rule, [service for other in rule.hosts for service in self._services_under(other)]))
        return found

    def _services_under(self, host: Host) -> list[Service]:
        services = self._world.services.by_host
        return [services[each] for each in self._world.services_under(host)]

    def policy(self, host: Host, audience: Audience) -> DestinationPolicy | None:
        """The DestinationRule that holds for these callers of a service; one for a host that is no service has no effect."""
        service = self.service(host)
        if service is None:
            return None
        self.reads.add(Fact(Aspect.DESTINATION, host))
        return self._world.destinations.policy(host, service.namespace, audience.namespace, audience.traits)

    def own_policy(self, service: Service) -> DestinationPolicy | None:
        """The DestinationRule that holds for the service's own workloads; those for single callers do not count."""
        self.reads.add(Fact(Aspect.DESTINATION, service.host))
        return self._world.destinations.policy(service.host, service.namespace, service.namespace, frozenset())

    def gateways(self, audience: Audience) -> list[Gateway]:
        self.reads.add(GATEWAYS)
        return self._world.gateways.selecting(audience.traits)

    def gateway_routing(self, gateway: str, audience: Audience) -> list[Routing]:
        """The VirtualServices bound to a gateway, in Istio's order."""
        self.reads.add(Fact(Aspect.GATEWAY_ROUTING, gateway))
        return visible_in_order(self._world.routing.on_gateway(gateway), audience.namespace)

    def proxy(self, proxy: str) -> Proxy | None:
        self.reads.add(Fact(Aspect.PROXY, proxy))
        return self._world.pods.proxies.get(proxy)

    def gateway_pods(self, service: Service) -> list[Proxy]:
        """The gateways a service selects, oldest first."""
        self.reads.add(GATEWAY_PODS)
        proxies = (proxy for proxy in self._world.pods.proxies.values() if proxy.name.role is Role.GATEWAY)
        found = [p for p in proxies if p.name.namespace == service.namespace and service.selector <= p.identity.labels.items()]
        return sorted(found, key=lambda proxy: proxy.age)

    def services_of(self, namespace: str, labels: Mapping[str, str]) -> list[Service]:
        """The services that select a workload, oldest first."""
        services = self._world.services
        self.reads.update(Fact(Aspect.SELECTED, handle) for handle in services.handles(namespace, labels))
        return services.selecting(namespace, labels)
