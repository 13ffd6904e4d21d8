"""What a Kubernetes API server fills into pods and pod templates."""

from __future__ import annotations

import re
from decimal import Decimal

from airside.resources.fields import Raw
from airside.resources.quantity import canonical_quantity, parse_quantity

_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
"""The priority classes that every Kubernetes has."""
_TAG = re.compile(r":([^/:@]+)(?:@.*)?$")


def child(parent: Raw, key: str) -> Raw:
    """The mapping under a key, made where it is missing."""
    value = parent.setdefault(key, {})
    assert isinstance(value, dict), "the types have judged the structure"
    return value


def children(parent: Raw, key: str) -> list[Raw]:
    value = parent.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _existing(parent: Raw, *keys: str) -> list[Raw]:
    return [value for key in keys if isinstance(value := parent.get(key), dict)]


def fill_pod(raw: Raw) -> None:
    spec = child(raw, "spec")
    _fill_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec["priority"] = _PRIORITIES.get(str(spec.get("priorityClassName")), spec.get("priority", 0))
    for container in (*children(spec, "containers"), *children(spec, "initContainers")):
        _requests_from_limits(container)
    _tolerate(spec)
    status = child(raw, "status")
    status.setdefault("phase", "Pending")
    status.setdefault("qosClass", _qos_class(spec))


def fill_template(template: Raw) -> None:
    _fill_spec(child(template, "spec"))


def _fill_spec(spec: Raw) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    child(spec, "securityContext")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in (*children(spec, "initContainers"), *children(spec, "containers")):
        _fill_container(container)
    for volume in children(spec, "volumes"):
        _fill_volume(volume)


def _fill_container(container: Raw) -> None:
    tag = _TAG.search(str(container.get("image", "")))
    pinned = "@" in str(container.get("image", "")) or (tag is not None and tag[1] != "latest")
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = "IfNotPresent" if pinned else "Always"
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for amounts in _existing(child(container, "resources"), "limits", "requests"):
        amounts.update({name: canonical_quantity(str(amount), finest=-3) for name, amount in amounts.items()})
    for port in children(container, "ports"):
        port.setdefault("protocol", "TCP")
    for variable in children(container, "env"):
        for source in _existing(variable, "valueFrom"):
            for reference in _existing(source, "fieldRef"):
                reference.setdefault("apiVersion", "v1")
    for probe in _existing(container, "livenessProbe", "readinessProbe", "startupProbe"):
        # Zero is "not said", as for the server.
        for field, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
            probe[field] = probe.get(field) or value
        _fill_handler(probe)
    for lifecycle in _existing(container, "lifecycle"):
        for handler in _existing(lifecycle, "postStart", "preStop"):
            _fill_handler(handler)


def _fill_handler(handler: Raw) -> None:
    for action in _existing(handler, "httpGet"):
        action.setdefault("path", "/")
        action.setdefault("scheme", "HTTP")


def _requests_from_limits(container: Raw) -> None:
    resources = child(container, "resources")
    for limits in _existing(resources, "limits"):
        requests = child(resources, "requests")
        for name, amount in limits.items():
            requests.setdefault(name, amount)


def _fill_volume(volume: Raw) -> None:
    if set(volume) == {"name"}:
        volume["emptyDir"] = {}
    for source in _existing(volume, "configMap", "secret", "projected", "downwardAPI"):
        source.setdefault("defaultMode", 0o644)
    for source in _existing(volume, "downwardAPI"):
        for item in children(source, "items"):
            for reference in _existing(item, "fieldRef"):
                reference.setdefault("apiVersion", "v1")
    for source in _existing(volume, "hostPath"):
        source.setdefault("type", "")
    for source in _existing(volume, "iscsi"):
        source.setdefault("iscsiInterface", "default")
    for source in _existing(volume, "projected"):
        for part in children(source, "sources"):
            for token in _existing(part, "serviceAccountToken"):
                token.setdefault("expirationSeconds", 3600)


def _tolerate(spec: Raw) -> None:
    """Every pod puts up with a node that is away for five minutes."""
    tolerations = spec.setdefault("tolerations", [])
    assert isinstance(tolerations, list), "the types have judged the structure"
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(
            isinstance(item, dict) and item.get("key") in (key, None) and item.get("effect") in ("NoExecute", None) for item in tolerations
        ):
            tolerations.append({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300})


def _qos_class(spec: Raw) -> str:
    containers = [*children(spec, "containers"), *children(spec, "initContainers")]
    kept = [{field: _amounts(container, field) for field in ("limits", "requests")} for container in containers]
    if not any(amounts for resources in kept for amounts in resources.values()):
        return "BestEffort"
    guaranteed = all(resources["limits"].keys() == {"cpu", "memory"} and resources["limits"] == resources["requests"] for resources in kept)
    return "Guaranteed" if guaranteed else "Burstable"


def _amounts(container: Raw, field: str) -> dict[str, Decimal]:
    for amounts in _existing(child(container, "resources"), field):
        kept = {name: parse_quantity(str(amount)) for name, amount in amounts.items() if name in ("cpu", "memory")}
        return {name: amount for name, amount in kept.items() if amount}
    return {}
