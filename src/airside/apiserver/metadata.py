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
            born["status"] = {"phase": "Pending", "qosClass": _part(raw, "status").get("qosClass", "BestEffort")}
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
    if has_generation(kind) and _desired(kind, old) != _desired(kind, result):
        result = _next_generation(result)
    return result


def carried(old: Raw, new: Raw) -> Json:
    """`new` with the server's fields as `old` has them."""
    return with_metadata(strip_owned(new), **{field: metadata_of(old).get(field) for field in _CARRIED})


def with_new_status(kind: Kind, old: Raw, new: Raw) -> Json:
    """`old` with the status of `new`. Of built-in kinds the metadata goes along, as in Kubernetes; of a Deployment, without the labels."""
    result = {name: value for name, value in old.items() if name != "status"}
    if "status" in new:
        result["status"] = _with_addresses(_part(new, "status")) if kind.kind == "Pod" else new["status"]
    if is_custom(kind):
        return result
    labels = metadata_of(old).get("labels") if kind.kind == "Deployment" else metadata_of(new).get("labels")
    return with_metadata({**result, "metadata": metadata_of(new)}, labels=labels)


def _with_addresses(status: Raw) -> Raw:
    """A pod's list of addresses begins with its address."""
    return {**status, "podIPs": [{"ip": status["podIP"]}]} if status.get("podIP") and not status.get("podIPs") else status


def is_custom(kind: Kind) -> bool:
    """Whether the kind is a custom resource on a Kubernetes with Istio; those are treated otherwise than built-in kinds in places."""
    return kind.group.endswith(".istio.io")


_EMPTY_OR_NOT_THERE = frozenset(
    {
        *("labels", "annotations", "matchLabels", "nodeSelector", "data", "binaryData", "limits", "requests"),
        *("finalizers", "ownerReferences", "args", "command", "env", "envFrom", "ports", "volumes", "volumeMounts", "initContainers"),
        *("imagePullSecrets", "tolerations", "hostAliases", "conditions", "secrets", "matchExpressions", "addresses"),
    }
)


def tidied(kind: Kind, raw: Raw) -> Json:
    """Without the empty lists and maps that built-in kinds do not tell from absent ones. Custom resources are kept as they are written."""
    return dict(raw) if is_custom(kind) else _tidied(raw)


def _tidied(raw: Raw) -> Json:
    kept: Json = {}
    for name, value in raw.items():
        if name in _EMPTY_OR_NOT_THERE and value in ({}, []):
            continue
        if isinstance(value, Mapping) and name not in ("data", "labels", "annotations"):
            kept[name] = _tidied(value)
        elif isinstance(value, list):
            kept[name] = [_tidied(element) if isinstance(element, Mapping) else element for element in value]
        else:
            kept[name] = value
    return kept


def _part(raw: Raw, name: str) -> Raw:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _desired(kind: Kind, raw: Raw) -> Json:
    """What the generation counts. A Deployment's annotations are part of it: they go to its ReplicaSets."""
    desired = {name: value for name, value in raw.items() if name not in ("metadata", "status", "apiVersion", "kind")}
    return {**desired, "annotations": metadata_of(raw).get("annotations")} if kind.kind == "Deployment" else desired


def _next_generation(raw: Raw) -> Json:
    found = metadata_of(raw).get("generation")
    return with_metadata(raw, generation=(found if isinstance(found, int) else 0) + 1)


def marked_deleted(kind: Kind, raw: Raw, when: datetime, grace: int) -> Json:
    """The object on its way out; `when` is the moment it must be gone."""
    marked = with_metadata(raw, deletionTimestamp=format_time(when), deletionGracePeriodSeconds=grace)
    return _next_generation(marked) if has_generation(kind) else marked
