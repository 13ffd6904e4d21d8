"""Who sees what alike: proxies of one role and namespace that no rule tells apart share one audience, and all configuration made for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airside.model.labels import Selector, selector_of
from airside.model.names import Namespace, Role
from airside.model.workload import Proxy


@dataclass(frozen=True)
class Audience:
    """`traits`: of all selectors that rules tell proxies apart by, those that select these.

    `labels`: all of them, for gateways only: which Service exposes a gateway's ports hangs on them.
    """

    role: Role
    namespace: Namespace
    traits: frozenset[Selector] = frozenset()
    labels: Selector = frozenset()

    def __str__(self) -> str:
        """The name of its scopes: `sidecar/default`, `router/istio-system[istio=ingressgateway]`."""
        told_apart_by = [self.labels] if self.labels else self.traits
        traits = sorted(",".join(f"{label}={value}" for label, value in sorted(trait)) for trait in told_apart_by if trait)
        return f"{self.role.value}/{self.namespace}" + "".join(f"[{trait}]" for trait in traits)


def audience_of(proxy: Proxy, selectors: Iterable[Selector]) -> Audience:
    items = proxy.identity.labels.items()
    traits = frozenset(selector for selector in selectors if selector <= items)
    labels = selector_of(proxy.identity.labels) if proxy.name.role is Role.GATEWAY else frozenset()
    return Audience(proxy.name.role, proxy.name.namespace, traits, labels)
