"""kubectl apply's three-way merge, as a function: what was applied before, what is to be applied, what is there now.

A field that was applied before and is not any more goes; one that is applied now is as applied; every other stays as it is, since
somebody else set it. Lists of Kubernetes' own kinds are merged by their elements' keys; all others, Istio's among them, are one value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_LIST_KEYS: Mapping[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "ownerReferences": "uid",
    "secrets": "name",
}
_PORT_KEYS = ("containerPort", "port")  # of a container, of a Service
_NATIVE_GROUPS = frozenset({"", "apps", "discovery.k8s.io"})

Raw = dict[str, object]


def annotate(raw: Mapping[str, object]) -> Raw:
    """The object as it is sent: with a copy of itself, so that the next apply knows what this one said."""
    bare = deepcopy(dict(raw))
    metadata = _mapping(bare.setdefault("metadata", {}))
    annotations = _mapping(metadata.setdefault("annotations", {}))
    annotations.pop(LAST_APPLIED, None)
    annotations[LAST_APPLIED] = _print(bare)
    return bare


def _print(raw: Raw) -> str:
    """JSON as Go prints it, so that kubectl finds its own note and says `unchanged` too."""
    text = json.dumps(raw, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    for plain, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(plain, escaped)
    return text + "\n"


def last_applied(current: Mapping[str, object]) -> Raw | None:
    """What the newest apply said; None for an object that was never applied, or whose note is unreadable."""
    annotations = _mapping(_mapping(current.get("metadata")).get("annotations"))
    text = annotations.get(LAST_APPLIED)
    if not isinstance(text, str):
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def plan_apply(raw: Mapping[str, object], current: Mapping[str, object]) -> Raw:
    """The JSON merge patch that applies `raw` to `current`; empty when that changes nothing."""
    wanted, before = annotate(raw), last_applied(current) or {}
    api_version = str(raw.get("apiVersion", ""))
    native = (api_version.partition("/")[0] if "/" in api_version else "") in _NATIVE_GROUPS
    # a version is a form of the same object: the server converts, so a different one is no change
    wanted = {name: value for name, value in wanted.items() if name not in ("apiVersion", "kind", "status")}
    before = {name: value for name, value in before.items() if name not in ("apiVersion", "kind", "status")}
    merged = _merge_mapping(before, wanted, current, native)
    return build_merge_patch(current, merged)


def build_merge_patch(current: Mapping[str, object], wanted: Mapping[str, object]) -> Raw:
    """RFC 7386: what makes `wanted` of `current`."""
    patch: Raw = {name: None for name in current if name not in wanted}
    for name, value in wanted.items():
        if name not in current:
            patch[name] = value
            continue
        old = current[name]
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            inner = build_merge_patch(old, value)
            if inner:
                patch[name] = inner
        elif not _equal(value, old):
            patch[name] = value
    return patch


def _merge_mapping(before: Mapping[str, object], wanted: Mapping[str, object], current: Mapping[str, object], native: bool) -> Raw:
    merged = {name: value for name, value in current.items() if name in wanted or name not in before}
    for name, value in wanted.items():
        if value is None:  # said to be absent
            merged.pop(name, None)
        else:
            merged[name] = _merge(name, (before.get(name), value, current.get(name)), native)
    return merged


def _merge(name: str, three: tuple[object, object, object], native: bool) -> object:
    before, wanted, current = three
    if isinstance(wanted, Mapping):
        return _merge_mapping(_mapping(before), wanted, _mapping(current), native)
    if isinstance(wanted, list) and isinstance(current, list) and native:
        key = _list_key(name, wanted)
        if key is not None:
            return _merge_list(key, (before if isinstance(before, list) else [], wanted, current))
    return wanted


def _list_key(name: str, elements: list[object]) -> str | None:
    if name == "ports":
        return next((key for key in _PORT_KEYS if elements and all(key in _mapping(one) for one in elements)), None)
    key = _LIST_KEYS.get(name)
    return key if key is not None and all(key in _mapping(one) for one in elements) else None


def _merge_list(key: str, three: tuple[list[object], list[object], list[object]]) -> list[object]:
    """Elements in the order wanted, then those of others. Two with one key (a TCP and a UDP port) make the list one value."""
    before, wanted, current = ({_mapping(one).get(key): _mapping(one) for one in part} for part in three)
    if any(len(by_key) != len(part) for by_key, part in zip((wanted, current), three[1:], strict=True)):
        return three[1]
    merged: list[object] = [_merge_mapping(before.get(name, {}), one, current.get(name, {}), True) for name, one in wanted.items()]
    merged += [one for name, one in current.items() if name not in wanted and name not in before]
    return merged


def _mapping(value: object) -> Raw:
    return value if isinstance(value, dict) else {}


def _equal(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
