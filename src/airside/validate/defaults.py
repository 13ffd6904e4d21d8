"""What a Kubernetes API server fills in when an object is written: fields that clients then read back.

Works on JSON whose structure the types have judged. What a server gives by its own state (uid, times, clusterIP) is not here.
Istio's kinds have no defaults in their JSON: they stay as written.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType

from airside.resources.fields import Raw
from airside.validate.pod_defaults import child, children, fill_pod, fill_template


def apply_defaults(kind: str, raw: Raw) -> bool:
    """Fill `raw` in place; whether the kind has defaults at all."""
    fill = _FILLS.get(kind)
    if fill is None:
        return False
    fill(raw)
    return True


def _service(raw: Raw) -> None:
    spec = child(raw, "spec")
    kind = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in children(spec, "ports"):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    if kind in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    child(child(raw, "status"), "loadBalancer")


def _deployment(raw: Raw) -> None:
    spec = child(raw, "spec")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = child(spec, "strategy")
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = child(strategy, "rollingUpdate")
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    fill_template(child(spec, "template"))
    child(raw, "status")


def _replica_set(raw: Raw) -> None:
    spec = child(raw, "spec")
    spec.setdefault("replicas", 1)
    if "template" in spec:
        fill_template(child(spec, "template"))
    child(raw, "status").setdefault("replicas", 0)


def _namespace(raw: Raw) -> None:
    child(raw, "spec").setdefault("finalizers", ["kubernetes"])
    child(raw, "status").setdefault("phase", "Active")
    metadata = child(raw, "metadata")
    if metadata.get("name"):
        child(metadata, "labels")["kubernetes.io/metadata.name"] = metadata["name"]


def _secret(raw: Raw) -> None:
    """`stringData` is for writing only: it goes into `data`."""
    raw.setdefault("type", "Opaque")
    plain = raw.pop("stringData", None)
    if isinstance(plain, Mapping):
        data = child(raw, "data")
        data.update({key: b64encode(str(value).encode()).decode() for key, value in plain.items()})


def _endpoints(raw: Raw) -> None:
    for subset in children(raw, "subsets"):
        for port in children(subset, "ports"):
            port.setdefault("protocol", "TCP")


def _endpoint_slice(raw: Raw) -> None:
    for port in children(raw, "ports"):
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


_FILLS: Mapping[str, Callable[[Raw], None]] = MappingProxyType(
    {
        "Deployment": _deployment,
        "EndpointSlice": _endpoint_slice,
        "Endpoints": _endpoints,
        "Namespace": _namespace,
        "Pod": fill_pod,
        "ReplicaSet": _replica_set,
        "Secret": _secret,
        "Service": _service,
    }
)
