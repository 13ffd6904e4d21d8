"""From what was accepted to what Envoys are given: follows changes, and says only what is different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from airside.model.audience import Audience
from airside.model.facts import Aspect, Fact
from airside.model.names import Host, Role
from airside.model.reader import Reader
from airside.model.service import Service
from airside.model.world import ObjectChange, World
from airside.translate.clusters import build_clusters, build_common_clusters
from airside.translate.endpoints import build_endpoint_sets, identify
from airside.translate.gateways import build_gateway_tables
from airside.translate.loopback import build_gateway_listeners, build_sidecar
from airside.translate.network import NetworkMode
from airside.translate.parts import Part, ReadIndex, Step
from airside.translate.profile import DEFAULT, Profile
from airside.translate.roster import Placement, Roster
from airside.translate.route_tables import HttpProxyTable
from airside.translate.shared import Shared
from airside.translate.vhosts import BuiltHost, build_literal_hosts, build_service_hosts
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Resource, Scope, TypeUrl, Update

COMMON = Scope("mesh")
"""What every proxy sees, whoever it is."""

Tables = dict[tuple[TypeUrl, Scope], dict[str, Resource]]
TableChanges = dict[tuple[TypeUrl, Scope], dict[str, Resource | None]]


class Translator:
    """Holds the world as it was last told, and what was made of it. Pure: the same changes give the same updates.

    `computed`: the parts the last change made it compute, for whoever wants to see that the cost follows the change.
    """

    def __init__(self, network: NetworkMode = NetworkMode.LOOPBACK, profile: Profile = DEFAULT) -> None:
        self.network = network
        self.profile = profile
        self.computed: frozenset[Part] = frozenset()
        self._world = World()
        self._roster = Roster()
        self._index = ReadIndex()
        self._served: dict[Part, Tables] = {}
        self._shared = Shared()
        self._http_proxy: dict[str, HttpProxyTable] = defaultdict(HttpProxyTable)
        self._tables: dict[str, Resource] = {}
        self._common: dict[str, Resource] = {}

    def follow(self, revision: int, changes: Iterable[ObjectChange]) -> Update:
        """The world with these changes made at once; what is served differs from before by the update, and by nothing else."""
        self._world, facts = self._world.change(changes)
        out: TableChanges = defaultdict(dict)
        if not self._common:
            self._common = build_common_clusters(self.profile)
            out[CLUSTER, COMMON] = dict(self._common)
        placement = self._roster.place(self._world, facts)
        wanted, unwanted = self._plan(placement, facts)
        for part in unwanted:
            self._drop(part, out)
        dirty = (self._index.touched(facts) | wanted) - unwanted
        self.computed = frozenset(dirty)
        stale_tables = {part.scope for part in unwanted if part.step in (Step.HOSTS, Step.LITERALS)}
        for part in dirty:
            if self._compute(part, out):
                stale_tables.add(part.scope)
        for scope in stale_tables:
            self._join_table(scope, out)
        proxies: dict[ProxyId, tuple[Scope, ...] | None] = {ProxyId(id): self._scopes_of(id) for id in placement.placed}
        proxies |= {ProxyId(id): None for id in placement.gone}
        return Update(revision, {key: table for key, table in out.items() if table}, proxies)

    def snapshot(self) -> Update:
        """Everything served now, as one update: for a server that starts with it, and for checks."""
        out: TableChanges = defaultdict(dict)
        out[CLUSTER, COMMON] = dict(self._common)
        for served in self._served.values():
            for key, resources in served.items():
                out[key].update(resources)
        for scope, table in self._tables.items():
            out[ROUTES, Scope(scope)][table.name] = table
        return Update(
            0, {key: table for key, table in out.items() if table}, {ProxyId(p): self._scopes_of(p) for p in self._roster.members}
        )

    def _scopes_of(self, proxy: str) -> tuple[Scope, ...]:
        return (Scope(proxy), Scope(self._roster.members[proxy]), COMMON)

    def _plan(self, placement: Placement, facts: Iterable[Fact]) -> tuple[set[Part], set[Part]]:
        """The parts there are to be from now on, and those that are to go."""
        services = self._world.services.by_host
        wanted = {Part(Step.PROXY, proxy) for proxy in placement.placed}
        unwanted = {Part(Step.PROXY, proxy) for proxy in placement.gone}
        for scope in placement.vanished:
            unwanted |= {part for part in self._index.reads if part.scope == scope}
        for audience in placement.appeared:
            wanted |= _parts_of(audience, services)
        changed = [Host(fact.name) for fact in facts if fact.aspect is Aspect.SERVICE]
        if changed:
            for audience in self._roster.audiences.values():
                wanted |= _service_parts(audience, (host for host in changed if host in services))
                unwanted |= _service_parts(audience, (host for host in changed if host not in services))
        return wanted, unwanted

    def _compute(self, part: Part, out: TableChanges) -> bool:
        """Computes the part; True if the joined table of its scope is no longer what it was."""
        reader = Reader(self._world)
        if part.step in (Step.HOSTS, Step.LITERALS):
            hosts = self._build_hosts(part, reader)
            self._index.note(part, reader.reads)
            return self._http_proxy[part.scope].put(part.name, hosts)
        tables = self._build(part, reader)
        self._index.note(part, reader.reads)
        _diff(self._served.get(part, {}), tables, out)
        self._served[part] = tables
        return False

    def _build_hosts(self, part: Part, reader: Reader) -> tuple[BuiltHost, ...]:
        audience = self._roster.audiences[part.scope]
        if part.step is Step.LITERALS:
            return build_literal_hosts(audience, reader, self.profile)
        return build_service_hosts(_service_of(part, reader), audience, reader, self.profile)

    def _build(self, part: Part, reader: Reader) -> Tables:
        scope = Scope(part.scope)
        if part.step is Step.PROXY:
            proxy = reader.proxy(part.scope)
            assert proxy is not None, "a proxy's part goes with it"
            if proxy.name.role is Role.GATEWAY:
                return {(LISTENER, scope): build_gateway_listeners(proxy, self._roster.audiences[self._roster.members[part.scope]], reader)}
            listeners, clusters = build_sidecar(proxy, reader, self.profile)
            return {(LISTENER, scope): listeners, (CLUSTER, scope): clusters}
        audience = self._roster.audiences[part.scope]
        if part.step is Step.GATEWAY:
            return {(ROUTES, scope): build_gateway_tables(audience, reader, self.profile)}
        service = _service_of(part, reader)
        rule = reader.policy(service.host, audience)
        if part.step is Step.CLUSTERS:
            role = audience.role
            made_of = (service, rule)
            clusters = self._shared.make((part.step, role, part.name), made_of, lambda: build_clusters(service, rule, role, self.profile))
            return {(CLUSTER, scope): clusters}
        known = identify(reader.endpoints(service.host), reader.identity)
        values = (service, rule, *chain.from_iterable(known))
        sets = self._shared.make((part.step, part.name), values, lambda: build_endpoint_sets(service, rule, known))
        return {(ENDPOINTS, scope): sets}

    def _drop(self, part: Part, out: TableChanges) -> None:
        self._index.drop(part)
        for key in ((part.step, part.name), *((part.step, role, part.name) for role in Role)):
            self._shared.forget(key)
        if part.step in (Step.HOSTS, Step.LITERALS):
            self._http_proxy[part.scope].drop(part.name)
        _diff(self._served.pop(part, {}), {}, out)

    def _join_table(self, scope: str, out: TableChanges) -> None:
        if scope not in self._roster.audiences:
            self._http_proxy.pop(scope, None)
            gone = self._tables.pop(scope, None)
            if gone is not None:
                out[ROUTES, Scope(scope)][gone.name] = None
            return
        table = self._http_proxy[scope].join(self.profile)
        if table != self._tables.get(scope):
            self._tables[scope] = out[ROUTES, Scope(scope)][table.name] = table


def _service_of(part: Part, reader: Reader) -> Service:
    service = reader.service(Host(part.name))
    assert service is not None, "a service's parts go with it"
    return service


def _parts_of(audience: Audience, hosts: Iterable[Host]) -> set[Part]:
    """Everything that is made for an audience."""
    once = Step.GATEWAY if audience.role is Role.GATEWAY else Step.LITERALS
    return {Part(once, str(audience))} | _service_parts(audience, hosts)


def _service_parts(audience: Audience, hosts: Iterable[Host]) -> set[Part]:
    """A gateway's routes come from its Gateways; only sidecars have routes for every service."""
    scope = str(audience)
    steps = (Step.CLUSTERS, Step.ENDPOINTS) if audience.role is Role.GATEWAY else (Step.CLUSTERS, Step.ENDPOINTS, Step.HOSTS)
    return {Part(step, scope, host) for host in hosts for step in steps}


def _diff(old: Mapping[tuple[TypeUrl, Scope], Mapping[str, Resource]], new: Tables, out: TableChanges) -> None:
    """Notes what is different, removals too. A name one part gives up and another takes over in the same change is the other's."""
    for key in old.keys() | new.keys():
        before, after = old.get(key, {}), new.get(key, {})
        for name, resource in after.items():
            if before.get(name) != resource:
                out[key][name] = resource
        for name in before.keys() - after.keys():
            out[key].setdefault(name, None)
