"""Resources such as an airport's sidecar has: some services with endpoints, one listener, one table of routes that changes."""

from __future__ import annotations

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401  (known to ParseDict by its import)
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2  # noqa: F401
from google.protobuf.json_format import ParseDict

from .envoys import ADS

SERVICES = tuple(f"outbound|8080||service-{number}.default.svc.cluster.local" for number in range(10))
ROUTES_NAME = "http_proxy"
_TYPES = "type.googleapis.com/envoy.extensions.filters"


def clusters() -> dict[str, bytes]:
    source = {**ADS, "initial_fetch_timeout": "0s"}
    made = {}
    for name in SERVICES:
        config = {"name": name, "type": "EDS", "connect_timeout": "1s", "eds_cluster_config": {"eds_config": source}}
        made[name] = ParseDict(config, Cluster()).SerializeToString(deterministic=True)
    return made


def endpoints() -> dict[str, bytes]:
    address = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 9}}}}
    made = {}
    for name in SERVICES:
        config = {"cluster_name": name, "endpoints": [{"lb_endpoints": [address]}]}
        made[name] = ParseDict(config, ClusterLoadAssignment()).SerializeToString(deterministic=True)
    return made


def listener() -> bytes:
    """Listens on a UNIX socket in the Envoy's own directory."""
    manager = {
        "@type": f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "outbound",
        "rds": {"route_config_name": ROUTES_NAME, "config_source": {**ADS, "initial_fetch_timeout": "0s"}},
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{_TYPES}.http.router.v3.Router"}}],
    }
    config = {
        "name": "outbound",
        "address": {"pipe": {"path": "outbound.sock"}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return bytes(ParseDict(config, Listener()).SerializeToString(deterministic=True))


def routes(timeout: int) -> bytes:
    """A virtual host per service; `timeout` makes tables differ."""
    hosts = []
    for number, name in enumerate(SERVICES):
        route = {"match": {"prefix": "/"}, "route": {"cluster": name, "timeout": f"{timeout}s" if number == 0 else "15s"}}
        hosts.append({"name": name, "domains": [f"service-{number}", f"service-{number}:8080"], "routes": [route]})
    table = ParseDict({"name": ROUTES_NAME, "virtual_hosts": hosts}, RouteConfiguration())
    return bytes(table.SerializeToString(deterministic=True))
