"""HTTP connection managers: Istio's settings, the same in every network mode."""

from __future__ import annotations

from dataclasses import dataclass

from envoy.extensions.filters.http.cors.v3.cors_pb2 import Cors
from envoy.extensions.filters.http.fault.v3.fault_pb2 import HTTPFault
from envoy.extensions.filters.http.grpc_stats.v3.config_pb2 import FilterConfig as GrpcStats
from envoy.extensions.filters.http.router.v3.router_pb2 import Router
from envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2 import HttpConnectionManager
from google.protobuf.message import Message

from airside.model.workload import Identity
from airside.translate.access_log import add_access_log
from airside.translate.metrics import Labels, add_metrics, source_labels
from airside.translate.peer import build_announcement, build_recognition
from airside.translate.policy.cors import CORS_FILTER
from airside.translate.policy.faults import FAULT_FILTER
from airside.translate.unknown_hosts import DYNAMIC_FORWARD_PROXY_FILTER, build_dynamic_forward_proxy

HTTP_CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager"
SERVER_NAME = "istio-envoy"


@dataclass(frozen=True, slots=True)
class Filter:
    """An HTTP filter by name and configuration."""

    name: str
    config: Message


def build_outbound(identity: Identity, stat_prefix: str, routes: str) -> HttpConnectionManager:
    """For calls of the sidecar's own application, as a forward proxy."""
    built = _build(stat_prefix, source_labels(identity))
    _use_routes(built, routes)
    built.upgrade_configs.add(upgrade_type="CONNECT")
    announce = Filter("airside.peer.announcement", build_announcement(identity))
    forward = Filter(DYNAMIC_FORWARD_PROXY_FILTER, build_dynamic_forward_proxy())
    _set_filters(built, [announce], [forward])
    return built


def build_gateway(identity: Identity, stat_prefix: str, routes: str) -> HttpConnectionManager:
    """For calls from outside: what they claim about themselves is not believed."""
    built = _build(stat_prefix, source_labels(identity))
    _use_routes(built, routes)
    built.server_name = SERVER_NAME
    built.use_remote_address.value = True
    built.forward_client_cert_details = HttpConnectionManager.SANITIZE_SET
    details = built.set_current_client_cert_details
    details.subject.value = details.cert = details.dns = details.uri = True
    _set_filters(built, [Filter("airside.peer.announcement", build_announcement(identity))], [])
    return built


def build_inbound(stat_prefix: str, labels: Labels) -> HttpConnectionManager:
    """For calls to the sidecar's own application. The caller still has to set the routes."""
    built = _build(stat_prefix, labels)
    built.server_name = SERVER_NAME
    built.forward_client_cert_details = HttpConnectionManager.APPEND_FORWARD
    details = built.set_current_client_cert_details
    details.subject.value = details.dns = details.uri = True
    _set_filters(built, [Filter("envoy.filters.http.header_to_metadata", build_recognition())], [])
    return built


def _build(stat_prefix: str, labels: Labels) -> HttpConnectionManager:
    built = HttpConnectionManager(stat_prefix=stat_prefix, codec_type=HttpConnectionManager.AUTO)
    built.stream_idle_timeout.SetInParent()  # zero: Envoy's own five minutes would cut long calls
    built.use_remote_address.value = False
    built.normalize_path.value = True
    built.proxy_100_continue = True
    built.upgrade_configs.add(upgrade_type="websocket")
    add_access_log(built.access_log)
    add_metrics(built.access_log, labels)
    return built


def _use_routes(built: HttpConnectionManager, routes: str) -> None:
    built.rds.route_config_name = routes
    source = built.rds.config_source
    source.ads.SetInParent()
    source.resource_api_version = 2  # V3
    source.initial_fetch_timeout.SetInParent()  # zero: a listener without its routes would answer 404


def _set_filters(built: HttpConnectionManager, first: list[Filter], last: list[Filter]) -> None:
    """fault and cors are always there: a route's configuration for a filter that is not would be accepted and do nothing."""
    grpc_stats = GrpcStats(emit_filter_state=True)
    grpc_stats.stats_for_all_methods.value = False
    middle = [Filter("envoy.filters.http.grpc_stats", grpc_stats), Filter(FAULT_FILTER, HTTPFault()), Filter(CORS_FILTER, Cors())]
    for each in (*first, *middle, *last, Filter("envoy.filters.http.router", Router())):
        built.http_filters.add(name=each.name).typed_config.Pack(each.config)
