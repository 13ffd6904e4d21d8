"""LoadBalancer: which endpoint of a cluster gets the next call."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster

from airside.resources.destination_rule import ConsistentHash, LoadBalancer
from airside.translate.profile import Profile
from airside.translate.wire import set_duration

_POLICIES = {
    "UNSPECIFIED": Cluster.LEAST_REQUEST,
    "LEAST_CONN": Cluster.LEAST_REQUEST,
    "LEAST_REQUEST": Cluster.LEAST_REQUEST,
    "RANDOM": Cluster.RANDOM,
    "ROUND_ROBIN": Cluster.ROUND_ROBIN,
    # There are no original destinations to pass to where nothing is intercepted; the next best is to choose blindly.
    "PASSTHROUGH": Cluster.RANDOM,
}
_ISTIO_RING_SIZE = 1024


def apply_balancer(cluster: Cluster, balancer: LoadBalancer | None, profile: Profile) -> None:
    if balancer is not None and balancer.consistent_hash is not None:
        _apply_hash(cluster, balancer.consistent_hash)
        return
    simple = balancer.simple if balancer is not None else None
    cluster.lb_policy = _POLICIES[profile.balancer if simple in (None, "UNSPECIFIED") else simple or ""]
    if balancer is not None:
        _apply_warmup(cluster, balancer)


def _apply_hash(cluster: Cluster, hashed: ConsistentHash) -> None:
    if hashed.maglev is not None:
        cluster.lb_policy = Cluster.MAGLEV
        if hashed.maglev.table_size:
            cluster.maglev_lb_config.table_size.value = hashed.maglev.table_size
        return
    cluster.lb_policy = Cluster.RING_HASH
    size = hashed.ring_hash.minimum_ring_size if hashed.ring_hash is not None else hashed.minimum_ring_size or _ISTIO_RING_SIZE
    if size:
        cluster.ring_hash_lb_config.minimum_ring_size.value = size


def _apply_warmup(cluster: Cluster, balancer: LoadBalancer) -> None:
    """Slow start; only these two balancers of Envoy know it."""
    match cluster.lb_policy:
        case Cluster.ROUND_ROBIN:
            slow_start = cluster.round_robin_lb_config.slow_start_config
        case Cluster.LEAST_REQUEST:
            slow_start = cluster.least_request_lb_config.slow_start_config
        case _:
            return
    if balancer.warmup is not None:
        set_duration(slow_start.slow_start_window, balancer.warmup.duration)
        slow_start.aggression.default_value = balancer.warmup.aggression or 1.0
        slow_start.aggression.runtime_key = "airside.slow_start.aggression"
        slow_start.min_weight_percent.value = 10.0 if balancer.warmup.minimum_percent is None else balancer.warmup.minimum_percent
