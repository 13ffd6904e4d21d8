"""What was served, as tests read it: plain values, Envoy's own field names."""

from __future__ import annotations

import json
from typing import Any

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from google.protobuf import json_format
from translate_meshes import changes_of, documents, endpoints, gateway_pod, pod, service

from airside.translate.profile import DEFAULT, Profile
from airside.translate.translator import Translator
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource, Scope, TypeUrl

MESSAGES = {CLUSTER: Cluster, ENDPOINTS: ClusterLoadAssignment, LISTENER: Listener, ROUTES: RouteConfiguration}
SIDECAR = Scope("sidecar/default")

Dump = dict[str, Any]


def dump(type: TypeUrl, resource: Resource) -> Dump:
    found: Dump = json.loads(json_format.MessageToJson(MESSAGES[type].FromString(resource.body), preserving_proto_field_name=True))
    return found


class Served:
    """A mesh with one caller (`front`), `web` in two versions and `other`, and what else a test says; everything can be looked up."""

    def __init__(self, *texts: str, profile: Profile = DEFAULT, caller: str = "") -> None:
        base = (
            caller or pod("front-1", "127.9.0.2", app="front"),
            service("web"),
            service("other"),
            pod("web-1", "127.9.0.3", app="web"),
            pod("web-2", "127.9.0.4", app="web", version="v2"),
            endpoints("web", {"web-1": "127.9.0.3", "web-2": "127.9.0.4"}),
        )
        self.translator = Translator(profile=profile)
        self.update = self.translator.follow(1, changes_of(documents(*base, *texts)))

    def table(self, type: TypeUrl, scope: str = SIDECAR) -> dict[str, Dump]:
        found = self.update.tables.get((type, Scope(scope)), {})
        return {name: dump(type, resource) for name, resource in found.items() if resource is not None}

    def scope(self, prefix: str) -> Scope:
        """The one scope that begins so."""
        (found,) = {scope for _, scope in self.update.tables if scope.startswith(prefix)}
        return found

    def host(self, name: str, scope: str = SIDECAR, table: str = "http_proxy") -> Dump:
        (found,) = [host for host in self.table(ROUTES, scope)[table]["virtual_hosts"] if host["name"] == name]
        return dict(found)

    def routes(self, name: str = "web.default.svc.cluster.local:8080") -> list[Dump]:
        """Those for calls; each host has one for tunnels before them."""
        tunnel, *routes = self.host(name)["routes"]
        assert tunnel["match"] == {"connect_matcher": {}}
        return routes

    def cluster(self, port: int = 8080, subset: str = "", host: str = "web.default.svc.cluster.local", scope: str = SIDECAR) -> Dump:
        return self.table(CLUSTER, scope)[f"outbound|{port}|{subset}|{host}"]


def virtual_service(http: str, hosts: str = "[web]", name: str = "web", namespace: str = "default", more: str = "") -> str:
    spec = f"{{hosts: {hosts}, http: {http}{more}}}"
    return f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: {namespace}}}
spec: {spec}
"""


def destination_rule(spec: str, host: str = "web", name: str = "web", namespace: str = "default") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{host: {host}, {spec}}}
"""


def pick(value: Any, path: str) -> Any:
    """`a.b[0].c` of nested plain values; None where there is nothing."""
    for step in path.replace("[", ".[").split("."):
        if value is None:
            return None
        if step.startswith("["):
            index = int(step[1:-1])
            value = value[index] if index < len(value) else None
        else:
            value = value.get(step)
    return value


__all__ = ["Served", "destination_rule", "dump", "gateway_pod", "pick", "virtual_service"]
