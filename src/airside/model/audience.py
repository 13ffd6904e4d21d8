"""Who sees what alike: proxies of one role and namespace that no rule tells apart share one audience, and all configuration made for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airside.model.labels import Selector
from airside.model.names import Namespace, Role
from airside.model.workload import Proxy


@dataclass(frozen=True)
class Audience:
    """`traits`: of all selectors that rules tell proxies apart by, those that select these."""

    role: Role
    namespace: Namespace
    traits: frozenset[Selector] = frozenset()

    def __str__(self) -> str:
        """The name of its scopes: `sidecar/default`, `router/istio-system[istio=ingressgateway]`."""
        traits = sorted(",".join(f"{label}={value}" for label, value in sorted(trait)) for trait in self.traits if trait)
        return f"{self.role.value}/{self.namespace}" + "".join(f"[{trait}]" for trait in traits)


def audience_of(proxy: Proxy, selectors: Iterable[Selector]) -> Audience:
    items = proxy.identity.labels.items()
    return Audience(proxy.name.role, proxy.name.namespace, frozenset(selector for selector in selectors if selector <= items))
