"""Which blocks of a DestinationRule hold for one port and subset. Blocks replace each other whole; nothing is mixed inside one."""

from __future__ import annotations

from dataclasses import dataclass

from airside.model.destination import DestinationPolicy
from airside.resources.destination_rule import (
    ClientTls,
    ConnectionPool,
    LoadBalancer,
    OutlierDetection,
    PortTrafficPolicy,
    RetryBudget,
    TrafficPolicy,
)


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """What is left to apply; None: the mesh's defaults."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    retry_budget: RetryBudget | None = None


NONE = EffectivePolicy()


def effective_policy(rule: DestinationPolicy | None, port: int | None, subset: str) -> EffectivePolicy:
    """`port` None: the caller did not name one, so what is said of single ports does not count."""
    if rule is None:
        return NONE
    base = _on_port(rule.policy, port)
    chosen = rule.subset(subset) if subset else None
    own = chosen.traffic_policy if chosen is not None else None
    if own is None:
        return base
    if (entry := _entry(own, port)) is not None:
        return EffectivePolicy(
            entry.load_balancer, entry.connection_pool, entry.outlier_detection, entry.tls, own.retry_budget or base.retry_budget
        )
    return EffectivePolicy(
        load_balancer=own.load_balancer or base.load_balancer,
        connection_pool=own.connection_pool or base.connection_pool,
        outlier_detection=own.outlier_detection or base.outlier_detection,
        tls=own.tls or base.tls,
        retry_budget=own.retry_budget or base.retry_budget,
    )


def _on_port(policy: TrafficPolicy | None, port: int | None) -> EffectivePolicy:
    if policy is None:
        return NONE
    if (entry := _entry(policy, port)) is not None:
        return EffectivePolicy(entry.load_balancer, entry.connection_pool, entry.outlier_detection, entry.tls)
    return EffectivePolicy(policy.load_balancer, policy.connection_pool, policy.outlier_detection, policy.tls, policy.retry_budget)


def _entry(policy: TrafficPolicy, port: int | None) -> PortTrafficPolicy | None:
    return next((entry for entry in policy.port_level_settings if entry.port is not None and entry.port.number == port), None)
