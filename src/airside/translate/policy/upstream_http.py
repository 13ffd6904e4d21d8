"""The HTTP half of ConnectionPool and OutlierDetection: which version is spoken upstream, how long, and which answers are errors."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.common.matcher.v3.matcher_pb2 import MatchPredicate
from envoy.extensions.upstreams.http.v3.http_protocol_options_pb2 import HttpProtocolOptions

from airside.model.service import Protocol
from airside.resources.destination_rule import ConnectionPool, HttpPool, OutlierDetection, TcpPool
from airside.translate.policy.pool import NO_HTTP, NO_TCP
from airside.translate.wire import set_duration

HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def apply_http_options(cluster: Cluster, pool: ConnectionPool | None, outlier: OutlierDetection | None, protocol: Protocol) -> None:
    """HTTP/1.1 upstream unless the port says otherwise; nothing where nothing differs from Envoy's own."""
    tcp = pool.tcp if pool is not None and pool.tcp is not None else NO_TCP
    http = pool.http if pool is not None and pool.http is not None else NO_HTTP
    options = HttpProtocolOptions()
    _set_error_codes(options, outlier)
    _set_common(options, tcp, http)
    if protocol.http2 or http.h2_upgrade_policy == "UPGRADE":
        _set_http2(options, http)
    elif http.use_client_protocol or protocol is Protocol.AUTO:
        options.use_downstream_protocol_config.http_protocol_options.SetInParent()
        options.use_downstream_protocol_config.http2_protocol_options.SetInParent()
    elif options.ByteSize():
        options.explicit_http_config.http_protocol_options.SetInParent()
    if options.ByteSize():
        cluster.typed_extension_protocol_options[HTTP_OPTIONS].Pack(options)


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


def _set_common(options: HttpProtocolOptions, tcp: TcpPool, http: HttpPool) -> None:
    common = options.common_http_protocol_options
    idle = http.idle_timeout or tcp.idle_timeout
    if idle is not None:
        set_duration(common.idle_timeout, idle)
    if tcp.max_connection_duration is not None:
        set_duration(common.max_connection_duration, tcp.max_connection_duration)
    if http.max_requests_per_connection > 0:
        common.max_requests_per_connection.value = http.max_requests_per_connection


def _set_error_codes(options: HttpProtocolOptions, outlier: OutlierDetection | None) -> None:
    """Which answers count as errors, where a rule says so; else all of 500 and above."""
    if outlier is None or not outlier.outlier_detection_http_error_codes:
        return
    matches = [_status(code) for code in outlier.outlier_detection_http_error_codes]
    matcher = options.outlier_detection.error_matcher
    if len(matches) == 1:
        matcher.CopyFrom(matches[0])
    else:
        matcher.or_match.rules.extend(matches)


def _status(code: int) -> MatchPredicate:
    built = MatchPredicate()
    header = built.http_response_headers_match.headers.add(name=":status")
    header.string_match.exact = str(code)
    return built
