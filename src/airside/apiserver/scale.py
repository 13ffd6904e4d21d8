"""The scale subresource: the number of replicas of a workload as an object of its own (autoscaling/v1)."""

from __future__ import annotations

from collections.abc import Mapping

from airside.apiserver.metadata import metadata_of
from airside.apiserver.status import ApiError, Cause, bad_request

Raw = Mapping[str, object]
Json = dict[str, object]
_SHOWN = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
_SIGNS = {"In": "in", "NotIn": "notin"}


def scale_of(raw: Raw) -> Json:
    """The Scale of a Deployment or ReplicaSet."""
    spec, status = _part(raw, "spec"), _part(raw, "status")
    metadata = metadata_of(raw)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: metadata[name] for name in _SHOWN if name in metadata},
        "spec": {"replicas": spec["replicas"]} if spec.get("replicas") else {},
        "status": {"replicas": status.get("replicas", 0), "selector": format_selector(_part(spec, "selector"))},
    }


def with_scale(raw: Raw, scale: Raw) -> Json:
    """The workload with the replicas a Scale asks for. Raises ApiError when it is not a Scale."""
    if scale.get("kind") != "Scale":
        raise bad_request(f'expected a Scale of autoscaling/v1, found "{scale.get("kind")}"')
    replicas = _part(scale, "spec").get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request(f"spec.replicas: expected an integer, found {replicas!r}")
    if replicas < 0:
        cause = Cause("FieldValueInvalid", f"Invalid value: {replicas}: must be greater than or equal to 0", "spec.replicas")
        name = str(metadata_of(raw).get("name", ""))
        details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": [cause.to_json()]}
        raise ApiError(422, "Invalid", f'Scale.autoscaling "{name}" is invalid: {cause.field}: {cause.message}', details)
    return {**raw, "spec": {**_part(raw, "spec"), "replicas": replicas}}


def format_selector(selector: Raw) -> str:
    """A label selector in a line: `app=web,tier in (a,b)`."""
    terms = {str(key): f"{key}={value}" for key, value in _part(selector, "matchLabels").items()}
    expressions = selector.get("matchExpressions")
    for expression in expressions if isinstance(expressions, list) else []:
        terms[f"{expression['key']} {expression['operator']}"] = _format_expression(expression)
    return ",".join(terms[key] for key in sorted(terms))


def _format_expression(expression: Raw) -> str:
    key, operator, values = expression["key"], str(expression["operator"]), expression.get("values")
    if operator in _SIGNS:
        return f"{key} {_SIGNS[operator]} ({','.join(sorted(map(str, values if isinstance(values, list) else [])))})"
    return str(key) if operator == "Exists" else f"!{key}"


def _part(raw: Raw, name: str) -> Raw:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}
