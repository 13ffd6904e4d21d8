"""Calls to hosts that nobody in the mesh knows: by DNS to wherever they are, or nowhere, as `outboundTrafficPolicy` says."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.route.v3.route_components_pb2 import Route, VirtualHost
from envoy.extensions.common.dynamic_forward_proxy.v3.dns_cache_pb2 import DnsCacheConfig
from envoy.extensions.filters.http.dynamic_forward_proxy.v3.dynamic_forward_proxy_pb2 import FilterConfig, PerRouteConfig

from airside.model.names import PASSTHROUGH_CLUSTER
from airside.translate.peer import PEER_HEADER
from airside.translate.profile import Profile

DYNAMIC_FORWARD_PROXY_FILTER = "envoy.filters.http.dynamic_forward_proxy"


def set_dns_cache(config: DnsCacheConfig) -> None:
    """Cluster and filter must name the same cache in the same words."""
    config.name = "unknown_hosts"
    config.dns_lookup_family = Cluster.V4_PREFERRED


def build_dynamic_forward_proxy() -> FilterConfig:
    built = FilterConfig()
    set_dns_cache(built.dns_cache_config)
    return built


def build_catch_all(profile: Profile) -> VirtualHost:
    """The last virtual host: Istio's `allow_any` or `block_all`."""
    if profile.outbound == "REGISTRY_ONLY":
        host = VirtualHost(name="block_all", domains=["*"], include_request_attempt_count=True)
        refuse = host.routes.add(name="block_all")
        refuse.match.prefix = "/"
        refuse.direct_response.status = 502
        return host
    host = VirtualHost(name="allow_any", domains=["*"], include_request_attempt_count=True)
    host.request_headers_to_remove.append(PEER_HEADER)  # who calls is the mesh's own business
    host.routes.append(build_tunnel(PASSTHROUGH_CLUSTER))
    anything = host.routes.add(name="allow_any")
    anything.match.prefix = "/"
    anything.route.cluster = PASSTHROUGH_CLUSTER
    _set_endless(anything)
    return host


def build_tunnel(cluster: str) -> Route:
    """CONNECT: what comes through the tunnel goes to the cluster as it is."""
    tunnel = Route(name="allow_any")
    tunnel.match.connect_matcher.SetInParent()
    tunnel.route.cluster = cluster
    upgrade = tunnel.route.upgrade_configs.add(upgrade_type="CONNECT")
    upgrade.connect_config.SetInParent()
    _set_endless(tunnel)
    return tunnel


def pass_through(route: Route, host: str) -> None:
    """Send to the outside host that an ExternalName Service stands for, under that name (Istio leaves the Host header as it was)."""
    route.route.cluster = PASSTHROUGH_CLUSTER
    route.typed_per_filter_config[DYNAMIC_FORWARD_PROXY_FILTER].Pack(PerRouteConfig(host_rewrite_literal=host))


def _set_endless(route: Route) -> None:
    route.route.timeout.SetInParent()
    route.route.max_stream_duration.grpc_timeout_header_max.SetInParent()
