"""What an update may not change. Each rule compares the object as it was with the object as it would be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from airside.apiserver.status import Cause
from airside.resources.kinds import Kind

Raw = Mapping[str, object]
_PODS_MAY_CHANGE = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds")


def check_update(kind: Kind, old: Raw, new: Raw) -> list[Cause]:
    """What is changed and must not be; empty when the update may pass."""
    match kind.kind:
        case "Deployment" | "ReplicaSet":
            return _same(old, new, ("spec", "selector"))
        case "Pod":
            return _check_pod(old, new)
        case "Secret":
            return [*_same(old, new, ("type",)), *_check_frozen(old, new, ("data",), "when `immutable` is set")]
        case "ConfigMap":
            return _check_frozen(old, new, ("data", "binaryData"), "when `immutable` is set")
        case "EndpointSlice":
            return _same(old, new, ("addressType",))
        case "Service":
            return _check_service(old, new)
        case _:
            return []


def _same(old: Raw, new: Raw, path: Sequence[str]) -> list[Cause]:
    if _at(old, path) == _at(new, path):
        return []
    return [Cause("FieldValueInvalid", f"Invalid value: {json.dumps(_at(new, path))}: field is immutable", ".".join(path))]


def _check_frozen(old: Raw, new: Raw, fields: Sequence[str], when: str) -> list[Cause]:
    if not old.get("immutable"):
        return []
    changed = [field for field in fields if old.get(field) != new.get(field)]
    unfrozen = ["immutable"] if not new.get("immutable") else []
    return [Cause("FieldValueForbidden", f"Forbidden: field is immutable {when}", field) for field in (*unfrozen, *changed)]


def _check_pod(old: Raw, new: Raw) -> list[Cause]:
    for field in ("containers", "initContainers"):
        before, after = _at(old, ("spec", field)), _at(new, ("spec", field))
        if len(before if isinstance(before, list) else []) != len(after if isinstance(after, list) else []):
            return [Cause("FieldValueForbidden", "Forbidden: pod updates may not add or remove containers", f"spec.{field}")]
    deadline, later = _at(old, ("spec", "activeDeadlineSeconds")), _at(new, ("spec", "activeDeadlineSeconds"))
    if isinstance(deadline, int) and (not isinstance(later, int) or later > deadline):
        why = f"Invalid value: {json.dumps(later)}: must be less than or equal to previous value"
        return [Cause("FieldValueInvalid", why, "spec.activeDeadlineSeconds")]
    if _fixed(old) == _fixed(new) and _only_added(old, new):
        return []
    message = (
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
        "`spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)"
    )
    return [Cause("FieldValueForbidden", message, "spec")]


def _only_added(old: Raw, new: Raw) -> bool:
    """Whether all tolerations are still there."""
    before, after = _at(old, ("spec", "tolerations")), _at(new, ("spec", "tolerations"))
    return all(isinstance(after, list) and toleration in after for toleration in (before if isinstance(before, list) else []))


def _fixed(pod: Raw) -> dict[str, object]:
    """The part of a pod's spec that stays as it was created. A node may be given once, by whoever places the pod."""
    spec = _mapping(pod.get("spec"))
    fixed = {name: value for name, value in spec.items() if name not in _PODS_MAY_CHANGE}
    for name in ("containers", "initContainers"):
        containers = fixed.get(name)
        if isinstance(containers, list):
            fixed[name] = [{**container, "image": ""} for container in containers]
    return fixed


def _check_service(old: Raw, new: Raw) -> list[Cause]:
    before, after = _at(old, ("spec", "clusterIP")), _at(new, ("spec", "clusterIP"))
    types = {_at(old, ("spec", "type")), _at(new, ("spec", "type"))}
    if not before or not after or "ExternalName" in types or before == after:
        return []
    addresses = json.dumps([after])
    return [Cause("FieldValueInvalid", f"Invalid value: {addresses}: primary clusterIP can not be changed", "spec.clusterIPs[0]")]


def _at(raw: Raw, path: Sequence[str]) -> object:
    here: object = raw
    for step in path:
        here = _mapping(here).get(step)
    return here


def _mapping(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}
