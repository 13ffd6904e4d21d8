"""The bootstrap of a pod's Envoy: who it is, where its configuration comes from, what it counts; everything else comes over xDS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airside.model.names import ProxyName, Role
from airside.model.workload import identity_of
from airside.resources.pod import Pod

XDS_CLUSTER = "xds-grpc"
DRAIN_SECONDS = 5
"""How long a listener that was changed or removed serves the connections it has. Envoy's default is 600."""

CLUSTER_TAG = r"^cluster\.((.+?\.svc\.cluster\.local|[^.]+)\.)"
"""Keeps `outbound|8080|v1|cpanel.default.svc.cluster.local` whole as the label cluster_name; Envoy's own rule stops at the first dot."""
DURATION_BUCKETS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000)
SIZE_BUCKETS = (1, 8, 64, 512, 4096, 32768, 262144, 2097152, 16777216, 134217728, 1073741824)

Raw = dict[str, object]

RECONNECT = {"base_interval": "0.1s", "max_interval": "1s"}
"""The control plane is on this machine: asking often costs nothing, and Envoy's own 30 s would be long after its restart."""


@dataclass(frozen=True, slots=True)
class ProxyPaths:
    """Where the proxy finds the control plane, and where its admin interface is found."""

    xds: Path
    admin: Path
    bootstrap: Path


def build_arguments(envoy: Path, paths: ProxyPaths) -> tuple[str, ...]:
    """Envoy's command line. One worker: pods share the machine's few cores."""
    return (
        str(envoy),
        "--config-path",
        str(paths.bootstrap),
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--drain-time-s",
        str(DRAIN_SECONDS),
        "--drain-strategy",
        "immediate",
        "--file-flush-interval-msec",
        "200",  # so that `logs -f` shows calls as they happen; 10 s by default
        "--log-level",
        "warning",
    )


def build_bootstrap(pod: Pod, role: Role, ip: str, paths: ProxyPaths) -> Raw:
    """As JSON."""
    identity = identity_of(pod.key, pod)
    metadata = {
        "NAME": identity.pod,
        "NAMESPACE": identity.namespace,
        "WORKLOAD_NAME": identity.workload,
        "SERVICE_ACCOUNT": identity.service_account,
        "CLUSTER_ID": "airside",
        "MESH_ID": "cluster.local",
        "INSTANCE_IPS": ip,
        "LABELS": dict(pod.metadata.labels),
        "ANNOTATIONS": {
            name: value for name, value in pod.metadata.annotations.items() if name.startswith(("sidecar.istio.io/", "proxy.istio.io/"))
        },
    }
    return {
        "node": {
            "id": str(ProxyName(role, ip, identity.pod, identity.namespace)),
            "cluster": f"{identity.canonical_service}.{identity.namespace}",
            "metadata": metadata,
        },
        "admin": {"address": {"pipe": {"path": str(paths.admin), "mode": 0o600}}},
        # Calls leave from the pod's own address, so that whoever is called can tell pods apart.
        "cluster_manager": {"upstream_bind_config": {"source_address": {"address": ip, "port_value": 0}}},
        "dynamic_resources": _dynamic(),
        "static_resources": {"clusters": [_xds_cluster(paths.xds)]},
        "stats_config": _stats(),
        # Histograms are merged when the scrape asks, so that it sees all that was; and idle proxies are not woken by a timer.
        "stats_flush_on_admin": True,
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "overload_manager": _no_connection_limit(),
    }


def _dynamic() -> Raw:
    # No timeout on the first fetch, as in Istio: a proxy without configuration must not come up and answer 404.
    source = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    ads = {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "set_node_on_first_message_only": True,
        "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER, "retry_policy": {"retry_back_off": RECONNECT}}}],
    }
    return {"ads_config": ads, "cds_config": source, "lds_config": source}


def _xds_cluster(socket: Path) -> Raw:
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(socket)}}}}
    http2 = {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}},
    }
    return {
        "name": XDS_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": XDS_CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
    }


def _stats() -> Raw:
    def buckets(prefix: str, bounds: tuple[float, ...]) -> Raw:
        return {"match": {"prefix": prefix}, "buckets": list(bounds)}

    return {
        "stats_tags": [{"tag_name": "cluster_name", "regex": CLUSTER_TAG}],
        "histogram_bucket_settings": [
            buckets("istio_request_duration_milliseconds", DURATION_BUCKETS),
            buckets("istio_request_bytes", SIZE_BUCKETS),
            buckets("istio_response_bytes", SIZE_BUCKETS),
        ],
    }


def _no_connection_limit() -> Raw:
    """Said on purpose, since Envoy warns of a limit that nobody set."""
    limit = {
        "@type": "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        "max_active_downstream_connections": 2147483647,
    }
    return {"resource_monitors": [{"name": "envoy.resource_monitors.global_downstream_max_connections", "typed_config": limit}]}
