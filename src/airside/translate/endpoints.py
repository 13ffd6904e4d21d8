"""Endpoint sets: for each cluster of a service, the endpoints that take its calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from envoy.config.core.v3.base_pb2 import Metadata
from envoy.config.core.v3.health_check_pb2 import UNHEALTHY
from envoy.config.endpoint.v3.endpoint_components_pb2 import LocalityLbEndpoints
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment

from airside.model.destination import DestinationPolicy
from airside.model.endpoint import Endpoint
from airside.model.service import Service
from airside.model.workload import Identity
from airside.translate.clusters import ClusterPlan, plan_clusters
from airside.translate.wire import resource_of, serialise
from airside.xds.resource import Resource

Identities = Callable[[str], Identity | None]
"""Who the pod namespace/name is; None for one that is not, or no longer, there."""

Known = tuple[Endpoint, Identity | None]


def identify(endpoints: Iterable[Endpoint], identities: Identities) -> list[Known]:
    """Each endpoint with who it is."""
    return [(endpoint, identities(endpoint.pod) if endpoint.pod else None) for endpoint in endpoints]


def build_endpoint_sets(service: Service, rule: DestinationPolicy | None, known: list[Known]) -> dict[str, Resource]:
    origins = (str(service.key), *(rule.origins if rule is not None else ()))
    built: dict[str, Resource] = {}
    for plan in plan_clusters(service, rule):
        name = str(plan.name)
        if name not in built:
            built[name] = resource_of(name, serialise(_build_set(plan, rule, known)), (), origins)
    return built


def _build_set(plan: ClusterPlan, rule: DestinationPolicy | None, known: list[Known]) -> ClusterLoadAssignment:
    built = ClusterLoadAssignment(cluster_name=str(plan.name))
    subset = rule.subset(plan.name.subset) if rule is not None and plan.name.subset else None
    wanted = subset.labels.items() if subset is not None else {}.items()
    outlier = plan.policy.outlier_detection
    # With a health percentage to keep, unready endpoints must not count; else Envoy is told of them and why they get nothing.
    with_unready = outlier is None or outlier.min_health_percent <= 0
    chosen = [
        (endpoint, identity, number)
        for endpoint, identity in known
        if (number := endpoint.port(plan.port.name)) is not None
        and (endpoint.ready or with_unready)
        and wanted <= (identity.labels.items() if identity is not None else {}.items())
    ]
    if chosen:
        locality = built.endpoints.add()
        locality.load_balancing_weight.value = len(chosen)
        locality.locality.SetInParent()
        for endpoint, identity, number in chosen:
            _add(locality, endpoint, identity, number)
    return built


def _add(locality: LocalityLbEndpoints, endpoint: Endpoint, identity: Identity | None, port: int) -> None:
    added = locality.lb_endpoints.add()
    address = added.endpoint.address.socket_address
    address.address, address.port_value = endpoint.address, port
    added.load_balancing_weight.value = 1
    if not endpoint.ready:
        added.health_status = UNHEALTHY
    if identity is not None:
        describe(added.metadata, identity)


def describe(metadata: Metadata, identity: Identity) -> None:
    """For logs and metrics: whose endpoint this is. `workload` in one string is Istio's form; ours has a key for each label."""
    name, namespace = identity.workload, identity.namespace
    service, revision = identity.canonical_service, identity.canonical_revision
    metadata.filter_metadata["istio"].fields["workload"].string_value = f"{name};{namespace};{service};{revision};Kubernetes"
    ours = metadata.filter_metadata["airside"].fields
    for key, value in (
        ("workload", name),
        ("namespace", namespace),
        ("app", identity.app),
        ("version", identity.version),
        ("service", service),
        ("revision", revision),
    ):
        ours[key].string_value = value or "unknown"
