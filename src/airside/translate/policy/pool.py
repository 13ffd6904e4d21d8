"""ConnectionPool: circuit breaker thresholds and connection options of a cluster. What concerns HTTP upstream is in `upstream_http`."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.core.v3.address_pb2 import TcpKeepalive as EnvoyKeepalive

from airside.resources.destination_rule import ConnectionPool, HttpPool, RetryBudget, TcpKeepalive, TcpPool
from airside.translate.profile import Profile
from airside.translate.wire import set_duration

_UNLIMITED = 2**32 - 1
NO_TCP = TcpPool()
NO_HTTP = HttpPool()


def apply_pool(cluster: Cluster, pool: ConnectionPool | None, profile: Profile) -> None:
    """Without a rule nothing is limited: Envoy's own defaults (1024 connections and requests) would be a surprise."""
    tcp = pool.tcp if pool is not None and pool.tcp is not None else NO_TCP
    http = pool.http if pool is not None and pool.http is not None else NO_HTTP
    set_duration(cluster.connect_timeout, tcp.connect_timeout or profile.connect_timeout)
    limits = cluster.circuit_breakers.thresholds.add()
    limits.max_connections.value = tcp.max_connections or _UNLIMITED
    limits.max_pending_requests.value = http.http1_max_pending_requests or _UNLIMITED
    limits.max_requests.value = http.http2_max_requests or _UNLIMITED
    limits.max_retries.value = http.max_retries or _UNLIMITED
    if tcp.tcp_keepalive is not None:
        _set_keepalive(cluster.upstream_connection_options.tcp_keepalive, tcp.tcp_keepalive)


def apply_retry_budget(cluster: Cluster, budget: RetryBudget | None) -> None:
    """A share of the active requests instead of a fixed number of retries."""
    if budget is None:
        return
    limits = cluster.circuit_breakers.thresholds[0]
    limits.ClearField("max_retries")
    limits.retry_budget.budget_percent.value = 20.0 if budget.percent is None else budget.percent
    limits.retry_budget.min_retry_concurrency.value = 3 if budget.min_retry_concurrency is None else budget.min_retry_concurrency


def _set_keepalive(target: EnvoyKeepalive, keepalive: TcpKeepalive) -> None:
    target.SetInParent()  # an empty one turns probes on, with the system's numbers
    if keepalive.probes:
        target.keepalive_probes.value = keepalive.probes
    if keepalive.time is not None:
        target.keepalive_time.value = int(keepalive.time.total_seconds())
    if keepalive.interval is not None:
        target.keepalive_interval.value = int(keepalive.interval.total_seconds())
