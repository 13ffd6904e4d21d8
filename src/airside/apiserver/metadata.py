"""What the server owns of an object: uid, times, generation, status. Plain functions from objects to objects; time and ids come in.

The client's values of these fields are dropped on the way in, never mixed with ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from airside.resources.kinds import Kind

Raw = Mapping[str, object]
Json = dict[str, object]

_OWNED = (
    *("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"),
    *("resourceVersion", "selfLink", "managedFields"),
)
_CARRIED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
_NO_GENERATION = frozenset({"Pod", "Service", "Namespace", "Node", "ConfigMap", "Secret", "ServiceAccount", "Endpoints", "Event"})
_STATUS_AT_BIRTH = frozenset({"Node"})
"""Kinds whose creator may bring the status along, as a kubelet does."""


def metadata_of(raw: Raw) -> Raw:
    found = raw.get("metadata")
    return found if isinstance(found, Mapping) else {}


def text_of(raw: Raw, field: str) -> str:
    """A text field of the metadata; "" when it is not there."""
    found = metadata_of(raw).get(field)
    return found if isinstance(found, str) else ""


def with_metadata(raw: Raw, **fields: object) -> Json:
    """The object with fields of its metadata set, or with None removed."""
    metadata = {**metadata_of(raw), **fields}
    return {**raw, "metadata": {name: value for name, value in metadata.items() if value is not None}}


def format_time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def strip_owned(raw: Raw) -> Json:
    """The object as far as it is the client's."""
    return with_metadata(raw, **dict.fromkeys(_OWNED))


def has_generation(kind: Kind) -> bool:
    return kind.kind not in _NO_GENERATION


def newborn(kind: Kind, raw: Raw, uid: str, now: datetime) -> Json:
    """An accepted object as it begins its life."""
    born = with_metadata(strip_owned(raw), uid=uid, creationTimestamp=format_time(now), generation=1 if has_generation(kind) else None)
    if "status" in kind.subresources and kind.kind not in _STATUS_AT_BIRTH:
        born.pop("status", None)
    match kind.kind:
        case "Pod":
            born["status"] = {"phase": "Pending", "qosClass": qos_class(born)}
        case "Service":
            born["status"] = {"loadBalancer": {}}
        case "Deployment":
            born["status"] = {}
        case "ReplicaSet":
            born["status"] = {"replicas": 0}
        case "Namespace":
            born = _newborn_namespace(born)
        case _:
            pass
    return born


def _newborn_namespace(raw: Json) -> Json:
    labels = metadata_of(raw).get("labels")
    named = {**(labels if isinstance(labels, Mapping) else {}), "kubernetes.io/metadata.name": text_of(raw, "name")}
    return {**with_metadata(raw, labels=named), "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def updated(kind: Kind, old: Raw, new: Raw) -> Json:
    """`new` in the place of `old`: the server's fields are carried over, the status stays, the generation counts changes of the rest."""
    result = carried(old, new)
    if "status" in kind.subresources:
        result.pop("status", None)
        if "status" in old:
            result["status"] = old["status"]
    if kind.kind == "Namespace":
        result["spec"] = old.get("spec", {})  # its finalizers change by a subresource only
    if has_generation(kind) and _desired(old) != _desired(result):
        result = _next_generation(result)
    return result


def carried(old: Raw, new: Raw) -> Json:
    """`new` with the server's fields as `old` has them."""
    return with_metadata(strip_owned(new), **{field: metadata_of(old).get(field) for field in _CARRIED})


def with_new_status(kind: Kind, old: Raw, new: Raw) -> Json:
    """`old` with the status of `new`. A pod's and a node's labels and annotations go along, as in Kubernetes."""
    result = {**old, "status": new["status"]} if "status" in new else {name: value for name, value in old.items() if name != "status"}
    if kind.kind in ("Pod", "Node"):
        metadata = metadata_of(new)
        result = with_metadata(result, labels=metadata.get("labels"), annotations=metadata.get("annotations"))
    return result


def _desired(raw: Raw) -> Raw:
    return {name: value for name, value in raw.items() if name not in ("metadata", "status", "apiVersion", "kind")}


def _next_generation(raw: Raw) -> Json:
    found = metadata_of(raw).get("generation")
    return with_metadata(raw, generation=(found if isinstance(found, int) else 0) + 1)


def marked_deleted(kind: Kind, raw: Raw, when: datetime, grace: int) -> Json:
    """The object on its way out; `when` is the moment it must be gone."""
    marked = with_metadata(raw, deletionTimestamp=format_time(when), deletionGracePeriodSeconds=grace)
    return _next_generation(marked) if has_generation(kind) else marked


def qos_class(pod: Raw) -> str:
    """How Kubernetes ranks a pod by what it asks for of memory and processor."""
    spec = pod.get("spec")
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    demands = [_demands(container) for container in containers] if isinstance(containers, list) else []
    if not any(requests or limits for requests, limits in demands):
        return "BestEffort"
    guaranteed = all(set(limits) == {"cpu", "memory"} and requests == limits for requests, limits in demands)
    return "Guaranteed" if guaranteed else "Burstable"


def _demands(container: object) -> tuple[Raw, Raw]:
    resources = container.get("resources") if isinstance(container, Mapping) else None
    found = resources if isinstance(resources, Mapping) else {}
    requests, limits = (
        {name: value for name, value in (found.get(part) or {}).items() if name in ("cpu", "memory")} for part in ("requests", "limits")
    )
    return {**limits, **requests}, limits
