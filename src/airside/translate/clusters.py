"""Clusters: one for every port of a service and every subset of it, and the few that always are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.extensions.clusters.dynamic_forward_proxy.v3.cluster_pb2 import ClusterConfig

from airside.model.destination import DestinationPolicy
from airside.model.names import BLACK_HOLE_CLUSTER, HTTP_PROXY_CLUSTER, PASSTHROUGH_CLUSTER, InboundCluster, OutboundCluster, Role
from airside.model.service import Port, Protocol, Resolution, Service
from airside.translate.policy.balancer import apply_balancer
from airside.translate.policy.effective import EffectivePolicy, effective_policy
from airside.translate.policy.outlier import apply_outlier_detection
from airside.translate.policy.pool import apply_pool, apply_retry_budget
from airside.translate.policy.upstream_http import apply_http_options
from airside.translate.profile import Profile
from airside.translate.unknown_hosts import set_dns_cache
from airside.translate.wire import resource_of, serialise
from airside.xds.resource import ENDPOINTS, Resource

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """A cluster that there is to be: its name and what holds for it."""

    name: OutboundCluster
    port: Port
    policy: EffectivePolicy


def plan_clusters(service: Service, rule: DestinationPolicy | None) -> Iterator[ClusterPlan]:
    """Every port, whole and by subset. An alias has none: routes lead to the host it stands for."""
    if service.resolution is Resolution.ALIAS:
        return
    subsets = ("", *(subset.name for subset in rule.subsets)) if rule is not None else ("",)
    for port in service.ports:
        for subset in subsets:
            yield ClusterPlan(OutboundCluster(port.number, subset, service.host), port, effective_policy(rule, port.number, subset))


def build_clusters(service: Service, rule: DestinationPolicy | None, role: Role, profile: Profile) -> dict[str, Resource]:
    """`role`: of the callers. What a port does not say is as the caller's own client speaks it, but a gateway takes HTTP/1.1 then."""
    if role is Role.GATEWAY:
        service = replace(service, ports=tuple(_declared(port) for port in service.ports))
    origins = (str(service.key), *(rule.origins if rule is not None else ()))
    built: dict[str, Resource] = {}
    for plan in plan_clusters(service, rule):
        name = str(plan.name)
        if name not in built:
            message = build_outbound_cluster(plan, service, rule, profile)
            built[name] = resource_of(name, serialise(message), ((ENDPOINTS, name),), origins)
    return built


def _declared(port: Port) -> Port:
    return replace(port, protocol=Protocol.HTTP) if port.protocol is Protocol.AUTO else port


def build_outbound_cluster(plan: ClusterPlan, service: Service, rule: DestinationPolicy | None, profile: Profile) -> Cluster:
    name = str(plan.name)
    cluster = Cluster(name=name, type=Cluster.EDS)
    source = cluster.eds_cluster_config.eds_config
    source.ads.SetInParent()
    source.resource_api_version = 2  # V3
    source.initial_fetch_timeout.SetInParent()  # zero: a cluster without its endpoints is not ready, however long they take
    cluster.eds_cluster_config.service_name = name
    policy = plan.policy
    apply_pool(cluster, policy.connection_pool, profile)
    apply_http_options(cluster, policy.connection_pool, policy.outlier_detection, plan.port.protocol)
    apply_retry_budget(cluster, policy.retry_budget)
    apply_balancer(cluster, policy.load_balancer, profile)
    apply_outlier_detection(cluster, policy.outlier_detection)
    _describe(cluster, service, plan.name.subset, rule)
    return cluster


def _describe(cluster: Cluster, service: Service, subset: str, rule: DestinationPolicy | None) -> None:
    """For logs and metrics: whose cluster this is. `services` is Istio's form; a log format cannot index a list, hence ours beside it."""
    istio = cluster.metadata.filter_metadata["istio"].fields
    described = istio["services"].list_value.values.add().struct_value.fields
    described["host"].string_value = service.host
    described["name"].string_value = service.name
    described["namespace"].string_value = service.namespace
    if subset:
        istio["subset"].string_value = subset
    if rule is not None:
        istio["config"].string_value = rule.origins[0]
    ours = cluster.metadata.filter_metadata["airside"].fields
    ours["host"].string_value = service.host
    ours["name"].string_value = service.name
    ours["namespace"].string_value = service.namespace


def build_inbound_cluster(port: Port, target: int, address: Address, rule: DestinationPolicy | None, profile: Profile) -> Cluster:
    """The workload's own application, where it really listens. Of a DestinationRule only the pool holds on this side, as in Istio."""
    cluster = _static_cluster(str(InboundCluster(target)), address)
    pool = effective_policy(rule, port.number, "").connection_pool
    if pool is not None and pool.http is not None:  # what callers upgrade to is not what the application speaks
        pool = pool.model_copy(update={"http": pool.http.model_copy(update={"h2_upgrade_policy": "DEFAULT"})})
    apply_pool(cluster, pool, profile)
    apply_http_options(cluster, pool, None, port.protocol)
    return cluster


def build_loop_cluster(address: Address, profile: Profile) -> Cluster:
    """The proxy's own outbound listener, for what comes in tunnels."""
    cluster = _static_cluster(HTTP_PROXY_CLUSTER, address)
    apply_pool(cluster, None, profile)
    apply_http_options(cluster, None, None, Protocol.AUTO)
    return cluster


def _static_cluster(name: str, address: Address) -> Cluster:
    cluster = Cluster(name=name, type=Cluster.STATIC)
    cluster.load_assignment.cluster_name = name
    target = cluster.load_assignment.endpoints.add().lb_endpoints.add().endpoint.address.socket_address
    target.address, target.port_value = address
    return cluster


def build_common_clusters(profile: Profile) -> dict[str, Resource]:
    """What every proxy has: where calls to unknown hosts go, and where they end."""
    passthrough = Cluster(name=PASSTHROUGH_CLUSTER, lb_policy=Cluster.CLUSTER_PROVIDED)
    passthrough.cluster_type.name = "envoy.clusters.dynamic_forward_proxy"
    config = ClusterConfig(allow_insecure_cluster_options=True)  # about names in certificates; nothing here is TLS of ours
    set_dns_cache(config.dns_cache_config)
    passthrough.cluster_type.typed_config.Pack(config)
    apply_pool(passthrough, None, profile)
    apply_http_options(passthrough, None, None, Protocol.AUTO)
    # The bootstrap binds calls to the pod's own loopback address, from which nothing outside this machine can be reached.
    passthrough.upstream_bind_config.source_address.address = "0.0.0.0"
    passthrough.upstream_bind_config.source_address.port_value = 0
    black_hole = Cluster(name=BLACK_HOLE_CLUSTER, type=Cluster.STATIC)
    built = {}
    for cluster in (passthrough, black_hole):
        cluster.connect_timeout.FromTimedelta(profile.connect_timeout)
        ours = cluster.metadata.filter_metadata["airside"].fields
        ours["host"].string_value = ours["name"].string_value = cluster.name
        built[cluster.name] = resource_of(cluster.name, serialise(cluster))
    return built
