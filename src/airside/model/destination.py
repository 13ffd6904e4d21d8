"""DestinationRules: subsets and policies of hosts, merged as Istio merges them, and which one holds for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from airside.model.export import Export
from airside.model.facts import Aspect, Fact
from airside.model.labels import Age, Selector, age_of, selector_of
from airside.model.names import ROOT_NAMESPACE, Host, Namespace, covers, resolve_host, wildcards_of
from airside.resources.destination_rule import DestinationRule, Subset, TrafficPolicy
from airside.resources.keys import ObjectKey
from airside.resources.objects import Object


@dataclass(frozen=True)
class DestinationPolicy:
    """What one DestinationRule says, or several of one namespace and host together. `selector` None: for every caller."""

    namespace: Namespace
    host: Host
    export: Export
    selector: Selector | None
    policy: TrafficPolicy | None
    subsets: tuple[Subset, ...]
    age: Age
    origins: tuple[str, ...]

    def subset(self, name: str) -> Subset | None:
        return next((subset for subset in self.subsets if subset.name == name), None)


def policy_of(key: ObjectKey, object: DestinationRule) -> DestinationPolicy:
    spec = object.spec
    private = spec.workload_selector is not None
    return DestinationPolicy(
        namespace=Namespace(key.namespace),
        host=resolve_host(spec.host, key.namespace),
        export=Export.of((".",) if private else spec.export_to, key.namespace),
        selector=selector_of(spec.workload_selector.match_labels) if spec.workload_selector is not None else None,
        policy=spec.traffic_policy,
        subsets=_distinct(spec.subsets),
        age=age_of(key, object),
        origins=(str(key),),
    )


def _distinct(subsets: Iterable[Subset]) -> tuple[Subset, ...]:
    """The first definition of a name holds."""
    found: dict[str, Subset] = {}
    for subset in subsets:
        found.setdefault(subset.name, subset)
    return tuple(found.values())


def merge_policies(policies: Iterable[DestinationPolicy]) -> tuple[DestinationPolicy, ...]:
    """The rules of one namespace for one host: subsets together, the first trafficPolicy whole, never a mix of two."""
    merged: list[DestinationPolicy] = []
    for new in sorted(policies, key=lambda policy: (policy.selector is None, policy.age)):
        kept_apart = True
        for index, old in enumerate(merged):
            if old.selector != new.selector or not (new.export == old.export or new.export.wider(old.export)):
                continue
            kept_apart = kept_apart and new.export != old.export
            merged[index] = replace(
                old,
                subsets=_distinct((*old.subsets, *new.subsets)),
                policy=old.policy if old.policy is not None else new.policy,
                origins=(*old.origins, *new.origins),
            )
        if kept_apart:
            merged.append(new)
    return tuple(merged)


def choose_policy(policies: Iterable[DestinationPolicy], traits: frozenset[Selector]) -> DestinationPolicy | None:
    """Of the policies of one level: the first that selects the caller, else the last that is for everybody."""
    general: DestinationPolicy | None = None
    for policy in policies:
        if policy.selector is None:
            general = policy
        elif policy.selector in traits:
            return policy
    return general


@dataclass(frozen=True)
class DestinationRules:
    """All DestinationRules by host, which may be a pattern, and namespace."""

    by_key: Mapping[ObjectKey, DestinationPolicy] = field(default_factory=dict)
    by_host: Mapping[Host, Mapping[Namespace, tuple[DestinationPolicy, ...]]] = field(default_factory=dict)
    wildcards: tuple[Host, ...] = ()
    selectors: frozenset[Selector] = frozenset()

    def change(
        self, changes: Iterable[tuple[ObjectKey, Object | None]], services_under: Callable[[Host], Iterable[Host]]
    ) -> tuple[DestinationRules, set[Fact]]:
        by_key = dict(self.by_key)
        touched: set[tuple[Host, Namespace]] = set()
        for key, object in changes:
            old = by_key.pop(key, None)
            new = policy_of(key, object) if isinstance(object, DestinationRule) else None
            if new is not None:
                by_key[key] = new
            if old != new:
                touched |= {(policy.host, policy.namespace) for policy in (old, new) if policy is not None}
        by_host = dict(self.by_host)
        members: dict[tuple[Host, Namespace], list[DestinationPolicy]] = defaultdict(list)
        for policy in by_key.values():
            if (policy.host, policy.namespace) in touched:
                members[policy.host, policy.namespace].append(policy)
        for host, namespace in touched:
            levels = {ns: policies for ns, policies in by_host.pop(host, {}).items() if ns != namespace}
            if members[host, namespace]:
                levels[namespace] = merge_policies(members[host, namespace])
            if levels:
                by_host[host] = levels
        selectors: frozenset[Selector] = frozenset(policy.selector for policy in by_key.values() if policy.selector is not None)
        facts = {Fact(Aspect.DESTINATION, under) for host, _ in touched for under in services_under(host)}
        return DestinationRules(by_key, by_host, wildcards_of(by_host), selectors), facts

    def policy(self, host: Host, owner: Namespace, caller: Namespace, traits: frozenset[Selector]) -> DestinationPolicy | None:
        """Whose rule holds: the caller's namespace's, else the service's, else the root's. Levels are never merged.

        At the second and third level the most specific host is taken first and its visibility asked afterwards, as Istio does.
        """
        if caller != ROOT_NAMESPACE and (found := self._most_specific(host, caller)):
            return choose_policy(found, traits)
        if caller == ROOT_NAMESPACE:
            private = [policy for policy in self._most_specific(host, caller) if policy.export.only(caller)]
            if private:
                return choose_policy(private, traits)
        for level in (owner, ROOT_NAMESPACE):
            visible = [policy for policy in self._most_specific(host, level) if policy.export.reaches(caller)]
            if visible:
                return choose_policy(visible, traits)
        return None

    def _most_specific(self, host: Host, namespace: Namespace) -> tuple[DestinationPolicy, ...]:
        levels = self.by_host.get(host)
        if levels is not None and namespace in levels:
            return levels[namespace]
        for pattern in self.wildcards:
            if covers(pattern, host) and namespace in self.by_host[pattern]:
                return self.by_host[pattern][namespace]
        return ()
