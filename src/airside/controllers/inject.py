"""Sidecar injection as Istio's webhook does it: which pods get a proxy container, and what else is written on them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from airside.controllers.held import part

PROXY = "istio-proxy"
IMAGE = "airside/envoy:1.40"
STATUS = "sidecar.istio.io/status"
INJECT = "sidecar.istio.io/inject"
TEMPLATES = "inject.istio.io/templates"
NEVER = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})

Raw = Mapping[str, object]


def inject(pod: Raw, namespace: Raw) -> dict[str, object]:
    """The pod with its sidecar, or with the gateway's `image: auto` filled in; as it is where neither applies or it was done before."""
    metadata = part(pod, "metadata")
    if STATUS in part(metadata, "annotations"):
        return dict(pod)
    if part(metadata, "annotations").get(TEMPLATES) == "gateway":
        return _fill_gateway(pod)
    if not wants_sidecar(pod, namespace):
        return dict(pod)
    spec = part(pod, "spec")
    containers = _containers(spec)
    names = [str(container.get("name")) for container in containers]
    if PROXY in names:  # the user gave overrides for the sidecar, as Istio allows
        containers = [_proxy("sidecar") | container if container.get("name") == PROXY else container for container in containers]
    else:
        containers.append(_proxy("sidecar"))
    first = next((name for name in names if name != PROXY), PROXY)
    return {**pod, "metadata": _marked(metadata, first), "spec": {**spec, "containers": containers}}


def wants_sidecar(pod: Raw, namespace: Raw) -> bool:
    """Istio's rule: the pod's own word, unless the namespace says never; else the namespace's."""
    metadata = part(pod, "metadata")
    room = part(namespace, "metadata")
    if part(pod, "spec").get("hostNetwork") is True or room.get("name", metadata.get("namespace")) in NEVER:
        return False
    rooms = part(room, "labels").get("istio-injection")
    own = part(metadata, "labels").get(INJECT, part(metadata, "annotations").get(INJECT))
    if rooms == "disabled" or own == "false":
        return False
    return rooms == "enabled" or own == "true"


def _fill_gateway(pod: Raw) -> dict[str, object]:
    spec, metadata = part(pod, "spec"), part(pod, "metadata")
    containers = [
        {**_proxy("router"), **container, "image": IMAGE} if container.get("name") == PROXY else container
        for container in _containers(spec)
    ]
    return {**pod, "metadata": _marked(metadata, PROXY), "spec": {**spec, "containers": containers}}


def _containers(spec: Raw) -> list[dict[str, object]]:
    found = spec.get("containers")
    return [dict(container) for container in found] if isinstance(found, list) else []


def _proxy(role: str) -> dict[str, object]:
    return {
        "name": PROXY,
        "image": IMAGE,
        "args": ["proxy", role],
        "ports": [{"name": "http-proxy", "containerPort": 15080, "protocol": "TCP"}] if role == "sidecar" else [],
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


def _marked(metadata: Raw, first: str) -> dict[str, object]:
    labels = part(metadata, "labels")
    name = labels.get("service.istio.io/canonical-name") or labels.get("app.kubernetes.io/name") or labels.get("app") or _workload(metadata)
    revision = (
        labels.get("service.istio.io/canonical-revision") or labels.get("app.kubernetes.io/version") or labels.get("version") or "latest"
    )
    status = {"initContainers": None, "containers": [PROXY], "volumes": None, "imagePullSecrets": None, "revision": "default"}
    return {
        **metadata,
        "labels": {**labels, "service.istio.io/canonical-name": name, "service.istio.io/canonical-revision": revision},
        "annotations": {
            "kubectl.kubernetes.io/default-container": first,
            "kubectl.kubernetes.io/default-logs-container": first,
            **part(metadata, "annotations"),
            STATUS: json.dumps(status, separators=(",", ":")),
        },
    }


def _workload(metadata: Raw) -> str:
    """The name of the workload that made the pod: what its generated name begins with."""
    stem = metadata.get("generateName") or metadata.get("name") or ""
    digest = part(metadata, "labels").get("pod-template-hash")
    words = str(stem).rstrip("-")
    return words.removesuffix(f"-{digest}") if digest else words
