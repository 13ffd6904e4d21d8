"""Meshes for tests: YAML in, the changes a store would tell out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import yaml

from airside.model.world import ObjectChange
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ORDERED = ("VirtualService", "DestinationRule", "Gateway")


def key_of(raw: dict) -> ObjectKey:
    group, slash, _ = raw["apiVersion"].rpartition("/")
    return ObjectKey(group if slash else "", raw["kind"], raw["metadata"].get("namespace", ""), raw["metadata"]["name"])


def object_of(raw: dict) -> Object:
    key = key_of(raw)
    kind = find_kind(key.group, key.kind)
    assert kind is not None, raw
    return kind.model.of(raw)


def changes_of(text: str) -> list[ObjectChange]:
    """Objects in the namespace `default` unless they say otherwise; rules are each a second younger than the one before."""
    changes: list[ObjectChange] = []
    for number, raw in enumerate(yaml.safe_load_all(text)):
        if raw is None:
            continue
        raw["metadata"].setdefault("namespace", "default")
        raw["metadata"].setdefault(
            "creationTimestamp", (_START + timedelta(seconds=number if raw["kind"] in _ORDERED else 0)).isoformat().replace("+00:00", "Z")
        )
        changes.append((key_of(raw), object_of(raw)))
    return changes


def gone(changes: Iterable[ObjectChange]) -> list[ObjectChange]:
    return [(key, None) for key, _ in changes]


def service(name: str, namespace: str = "default", port: int = 8080, app: str = "", **spec: object) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"app": app or name}, "ports": [{"name": "http", "port": port, "targetPort": port}], **spec},
        }
    )


def pod(name: str, ip: str, *, app: str = "", version: str = "v1", namespace: str = "default", port: int = 0, **more: object) -> str:
    """An injected pod of a Deployment `<app>-<version>`; its 8080 is really loopback `port`, or 20000 + the last number of its address."""
    app = app or name
    labels = {"app": app, "version": version, "pod-template-hash": "5d4f", **more.pop("labels", {})}  # type: ignore[dict-item]
    annotations = {
        "sidecar.istio.io/status": "{}",
        "airside.dev/app-ports": json.dumps({"8080": port or 20000 + int(ip.rpartition(".")[2] or 0)}),
        **more.pop("annotations", {}),  # type: ignore[dict-item]
    }
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{app}-{version}-5d4f", "uid": "u", "controller": True}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations, "ownerReferences": [owner]},
            "spec": {"containers": [{"name": "app", "ports": [{"name": "web", "containerPort": 8080}]}]},
            "status": {"podIP": ip, **more.pop("status", {})},  # type: ignore[dict-item]
        }
    )


def gateway_pod(name: str, ip: str) -> str:
    labels = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
    annotations = {"inject.istio.io/templates": "gateway"}
    return pod(name, ip, app="istio-ingressgateway", namespace="istio-system", labels=labels, annotations=annotations)


GATEWAY_SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec:
  type: NodePort
  selector: {app: istio-ingressgateway, istio: ingressgateway}
  ports: [{name: http2, port: 80, targetPort: 8080, nodePort: 31221}]
"""


def endpoints(service: str, pods: dict[str, str], namespace: str = "default", port: int = 8080, unready: tuple[str, ...] = ()) -> str:
    """The slice of a service: pods' addresses by their names."""
    return yaml.safe_dump(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{service}-abcde", "namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
            "endpoints": [
                {
                    "addresses": [ip],
                    "conditions": {"ready": name not in unready},
                    "targetRef": {"kind": "Pod", "name": name, "namespace": namespace},
                }
                for name, ip in pods.items()
            ],
        }
    )


def documents(*texts: str) -> str:
    return "\n---\n".join(texts)
