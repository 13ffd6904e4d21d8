"""Istio's request metrics, made in Envoy by its `stats` access logger: same names, same labels.

The names come out with `envoy_` in front, which scraping takes off; a value that is not there prints as `-` or empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from envoy.config.accesslog.v3.accesslog_pb2 import AccessLog
from envoy.extensions.access_loggers.stats.v3.stats_pb2 import Config
from google.protobuf.wrappers_pb2 import UInt32Value

from airside.model.workload import Identity
from airside.translate.peer import peer_operator
from airside.translate.wire import field_bytes, serialise

Labels = Mapping[str, str]

_MAX_SERIES = 5000
_STATS_SCOPE = 6  # newer than the published protobufs; envoy.type.v3.Scope: 1 max_counters, 3 max_histograms, each a wrapped integer
_GRPC = "application/grpc"

_PEER_FIELDS = {
    "workload": "workload",
    "workload_namespace": "namespace",
    "app": "app",
    "version": "version",
    "canonical_service": "service",
    "canonical_revision": "revision",
}


def source_labels(identity: Identity) -> Labels:
    """For calls that leave a workload: it knows itself, and its peer by the endpoint it chose."""
    return {
        "reporter": "source",
        **_own("source", identity),
        **{f"destination_{label}": f"%UPSTREAM_METADATA(airside:{key})%" for label, key in _PEER_FIELDS.items()},
        "destination_principal": "unknown",
        "destination_cluster": "Kubernetes",
        "destination_service": "%CLUSTER_METADATA(airside:host)%",
        "destination_service_name": "%CLUSTER_METADATA(airside:name)%",
        "destination_service_namespace": "%CLUSTER_METADATA(airside:namespace)%",
        "connection_security_policy": "unknown",
    }


def destination_labels(identity: Identity, host: str, service: str) -> Labels:
    """For calls that come to a workload: it knows itself and its service, and its peer by what the peer's sidecar says."""
    return {
        "reporter": "destination",
        **{f"source_{label}": peer_operator(key) for label, key in _PEER_FIELDS.items()},
        "source_principal": "unknown",
        "source_cluster": "Kubernetes",
        **_own("destination", identity),
        "destination_service": host,
        "destination_service_name": service,
        "destination_service_namespace": identity.namespace,
        "connection_security_policy": "none",
    }


def add_metrics(logs: list[AccessLog], labels: Labels) -> None:
    """Two loggers: gRPC calls have a label more, and are told by their content type."""
    for grpc in (False, True):
        log = AccessLog(name="envoy.access_loggers.stats")
        header = log.filter.header_filter.header
        header.name = "content-type"
        header.string_match.prefix = _GRPC
        header.invert_match = not grpc
        header.treat_missing_header_as_empty = not grpc
        log.typed_config.Pack(_build_config(labels, grpc=grpc))
        logs.append(log)


def _own(side: str, identity: Identity) -> Labels:
    return {
        f"{side}_workload": identity.workload,
        f"{side}_workload_namespace": identity.namespace,
        f"{side}_principal": "unknown",
        f"{side}_app": identity.app or "unknown",
        f"{side}_version": identity.version or "unknown",
        f"{side}_cluster": "Kubernetes",
        f"{side}_canonical_service": identity.canonical_service,
        f"{side}_canonical_revision": identity.canonical_revision,
    }


def _build_config(labels: Labels, *, grpc: bool) -> Config:
    tags = {
        **labels,
        "request_protocol": "grpc" if grpc else "http",
        "response_code": "%RESPONSE_CODE%",
        "response_flags": "%RESPONSE_FLAGS%",
        **({"grpc_response_status": "%GRPC_STATUS_NUMBER%"} if grpc else {}),
    }
    built = Config()
    limit = serialise(UInt32Value(value=_MAX_SERIES))
    built.MergeFromString(field_bytes(_STATS_SCOPE, field_bytes(1, limit) + field_bytes(3, limit)))
    counter = built.counters.add()
    counter.value_fixed.value = 1
    _describe(counter.stat, "istio_requests_total", tags)
    for name, unit, value in (
        ("istio_request_duration_milliseconds", Config.Histogram.Milliseconds, "%DURATION%"),
        ("istio_request_bytes", Config.Histogram.Bytes, "%DOWNSTREAM_WIRE_BYTES_RECEIVED%"),
        ("istio_response_bytes", Config.Histogram.Bytes, "%DOWNSTREAM_WIRE_BYTES_SENT%"),
    ):
        histogram = built.histograms.add(unit=unit, value_format=value)
        _describe(histogram.stat, name, tags)
    return built


def _describe(stat: Config.Stat, name: str, tags: Labels) -> None:
    stat.name = name
    for label, value in tags.items():
        stat.tags.add(name=label, value_format=value)
