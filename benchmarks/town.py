"""A mesh as large as the design speaks of: services, the pods behind them, and one VirtualService that changes."""

from __future__ import annotations

import json

from airside.model.world import ObjectChange
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind

_CREATED = "2026-01-01T00:00:00Z"


def change(raw: dict[str, object]) -> ObjectChange:
    group, slash, _ = str(raw["apiVersion"]).rpartition("/")
    metadata = raw["metadata"]
    assert isinstance(metadata, dict)
    key = ObjectKey(group if slash else "", str(raw["kind"]), str(metadata["namespace"]), str(metadata["name"]))
    kind = find_kind(key.group, key.kind)
    assert kind is not None
    return key, kind.model.of(raw)


def address(pod: int) -> str:
    return f"127.200.{pod // 250}.{pod % 250 + 1}"


def town(services: int, pods: int) -> list[ObjectChange]:
    """Service n has pod n modulo `pods` behind it."""
    return [
        *(change(_service(number)) for number in range(services)),
        *(change(_pod(number)) for number in range(pods)),
        *(change(_slice(number, number % pods)) for number in range(services)),
    ]


def _metadata(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "namespace": "default", "creationTimestamp": _CREATED, **more}


def _service(number: int) -> dict[str, object]:
    ports = [{"name": "http", "port": 8080, "targetPort": 8080}]
    metadata = _metadata(f"service-{number}")
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"app": f"service-{number}"}, "ports": ports}}


def _pod(number: int) -> dict[str, object]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"service-{number}-v1-5d4f", "uid": "u", "controller": True}
    annotations = {"sidecar.istio.io/status": "{}", "airside.dev/app-ports": json.dumps({"8080": 20000 + number})}
    labels = {"app": f"service-{number}", "version": "v1", "pod-template-hash": "5d4f"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(f"pod-{number}", labels=labels, annotations=annotations, ownerReferences=[owner]),
        "spec": {"containers": [{"name": "app", "ports": [{"name": "web", "containerPort": 8080}]}]},
        "status": {"podIP": address(number)},
    }


def _slice(number: int, pod: int, *extra: int) -> dict[str, object]:
    endpoints = [
        {
            "addresses": [address(each)],
            "conditions": {"ready": True},
            "targetRef": {"kind": "Pod", "name": f"pod-{each}", "namespace": "default"},
        }
        for each in (pod, *extra)
    ]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "metadata": _metadata(f"service-{number}-1", labels={"kubernetes.io/service-name": f"service-{number}"}),
        "ports": [{"name": "http", "port": 8080}],
        "endpoints": endpoints,
    }


def one_rule(timeout: int) -> ObjectChange:
    """The VirtualService of service-0, with a timeout that tells versions apart."""
    route = {"route": [{"destination": {"host": "service-0", "port": {"number": 8080}}}], "timeout": f"{timeout}s"}
    spec = {"hosts": ["service-0"], "http": [route]}
    return change({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": _metadata("rule"), "spec": spec})


def one_endpoint_more(pod: int) -> ObjectChange:
    """Service 0 gets another endpoint."""
    return change(_slice(0, 0, pod))
