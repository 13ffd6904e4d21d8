"""ConnectionPool: circuit breaker thresholds, connection and protocol options of a cluster."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.core.v3.address_pb2 import TcpKeepalive as EnvoyKeepalive
from envoy.extensions.upstreams.http.v3.http_protocol_options_pb2 import HttpProtocolOptions

from airside.model.service import Protocol
from airside.resources.destination_rule import ConnectionPool, HttpPool, RetryBudget, TcpKeepalive, TcpPool
from airside.translate.profile import Profile
from airside.translate.wire import set_duration

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

_UNLIMITED = 2**32 - 1
_NO_TCP = TcpPool()
_NO_HTTP = HttpPool()


def apply_pool(cluster: Cluster, pool: ConnectionPool | None, protocol: Protocol, profile: Profile) -> None:
    """Without a rule nothing is limited: Envoy's own defaults (1024 connections and requests) would be a surprise."""
    tcp = pool.tcp if pool is not None and pool.tcp is not None else _NO_TCP
    http = pool.http if pool is not None and pool.http is not None else _NO_HTTP
    set_duration(cluster.connect_timeout, tcp.connect_timeout or profile.connect_timeout)
    limits = cluster.circuit_breakers.thresholds.add()
    limits.max_connections.value = tcp.max_connections or _UNLIMITED
    limits.max_pending_requests.value = http.http1_max_pending_requests or _UNLIMITED
    limits.max_requests.value = http.http2_max_requests or _UNLIMITED
    limits.max_retries.value = http.max_retries or _UNLIMITED
    if tcp.tcp_keepalive is not None:
        _set_keepalive(cluster.upstream_connection_options.tcp_keepalive, tcp.tcp_keepalive)
    options = build_http_options(tcp, http, protocol)
    if options is not None:
        cluster.typed_extension_protocol_options[HTTP_OPTIONS].Pack(options)


def apply_retry_budget(cluster: Cluster, budget: RetryBudget | None) -> None:
    """A share of the active requests instead of a fixed number of retries."""
    if budget is None:
        return
    limits = cluster.circuit_breakers.thresholds[0]
    limits.ClearField("max_retries")
    limits.retry_budget.budget_percent.value = 20.0 if budget.percent is None else budget.percent
    limits.retry_budget.min_retry_concurrency.value = 3 if budget.min_retry_concurrency is None else budget.min_retry_concurrency


def build_http_options(tcp: TcpPool, http: HttpPool, protocol: Protocol) -> HttpProtocolOptions | None:
    """HTTP/1.1 upstream unless the port says otherwise; None where nothing differs from Envoy's own."""
    options = HttpProtocolOptions()
    common = options.common_http_protocol_options
    idle = http.idle_timeout or tcp.idle_timeout
    if idle is not None:
        set_duration(common.idle_timeout, idle)
    if tcp.max_connection_duration is not None:
        set_duration(common.max_connection_duration, tcp.max_connection_duration)
    if http.max_requests_per_connection > 0:
        common.max_requests_per_connection.value = http.max_requests_per_connection
    if protocol.http2 or http.h2_upgrade_policy == "UPGRADE":
        _set_http2(options, http)
    elif http.use_client_protocol or protocol is Protocol.AUTO:
        options.use_downstream_protocol_config.http_protocol_options.SetInParent()
        options.use_downstream_protocol_config.http2_protocol_options.SetInParent()
    elif options.ByteSize():
        options.explicit_http_config.http_protocol_options.SetInParent()
    return options if options.ByteSize() else None


def _set_http2(options: HttpProtocolOptions, http: HttpPool) -> None:
    http2 = options.explicit_http_config.http2_protocol_options
    http2.SetInParent()
    if http.max_concurrent_streams > 0:
        http2.max_concurrent_streams.value = http.max_concurrent_streams
    if (ping := http.http2_keep_alive) is not None:
        if ping.interval is not None:
            set_duration(http2.connection_keepalive.interval, ping.interval)
        if ping.timeout is not None:
            set_duration(http2.connection_keepalive.timeout, ping.timeout)


def _set_keepalive(target: EnvoyKeepalive, keepalive: TcpKeepalive) -> None:
    target.SetInParent()  # an empty one turns probes on, with the system's numbers
    if keepalive.probes:
        target.keepalive_probes.value = keepalive.probes
    if keepalive.time is not None:
        target.keepalive_time.value = int(keepalive.time.total_seconds())
    if keepalive.interval is not None:
        target.keepalive_interval.value = int(keepalive.interval.total_seconds())
