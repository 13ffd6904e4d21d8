"""Rules of every object's metadata: names by kind, labels, annotations, finalizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from airside.resources.kinds import Kind
from airside.resources.objects import LabelSelector, ObjectMeta, OwnerReference
from airside.resources.paths import key_path
from airside.validate.finding import Finding, Findings
from airside.validate.names import dns_label, dns_subdomain, invalid, label_value, qualified_name, service_name

_NAMES: Mapping[str, Callable[[str], Iterator[str]]] = MappingProxyType({"Namespace": dns_label, "Service": service_name})
_MAX_ANNOTATIONS = 256 * 1024
_ISTIO_INTERNAL = frozenset({"internal.istio.io/webhook-always-reject", "internal.istio.io/parents", "internal.istio.io/parent-namespace"})
_FINALIZERS = frozenset({"orphan", "foregroundDeletion", "kubernetes"})


def check_metadata(kind: Kind, metadata: ObjectMeta) -> Findings:
    judge = _NAMES.get(kind.kind, dns_subdomain)
    yield from _check_name(metadata, judge)
    if metadata.namespace and not kind.namespaced:
        yield Finding("AIR1005", "metadata.namespace", f"Forbidden: not allowed on this type ({kind.kind} belongs to no namespace)")
    elif metadata.namespace:
        for text in dns_label(metadata.namespace):
            yield Finding("AIR1002", "metadata.namespace", invalid(metadata.namespace, text))
    yield from check_labels(metadata.labels, "metadata.labels")
    yield from _check_annotations(metadata.annotations, "metadata.annotations")
    yield from _check_finalizers(metadata.finalizers)
    yield from _check_owners(metadata.owner_references)


def _check_name(metadata: ObjectMeta, judge: Callable[[str], Iterator[str]]) -> Findings:
    if metadata.generate_name:
        # The random end is alphanumeric, so a dash before it does no harm.
        for text in judge(metadata.generate_name.removesuffix("-") or "-"):
            yield Finding("AIR1002", "metadata.generateName", invalid(metadata.generate_name, text))
    if metadata.name:
        for text in judge(metadata.name):
            yield Finding("AIR1002", "metadata.name", invalid(metadata.name, text))
    elif not metadata.generate_name:
        yield Finding("AIR1001", "metadata.name", "Required value: name or generateName is required")


def check_labels(labels: Mapping[str, str], path: str) -> Findings:
    for key, value in labels.items():
        for text in qualified_name(key):
            yield Finding("AIR1003", path, invalid(key, text))
        for text in label_value(value):
            yield Finding("AIR1003", path, invalid(value, text))


def _check_annotations(annotations: Mapping[str, str], path: str) -> Findings:
    for key in annotations:
        for text in qualified_name(key.lower()):
            yield Finding("AIR1004", path, invalid(key, text))
        if key in _ISTIO_INTERNAL:
            yield Finding("AIR1006", key_path(path, key), f"the annotation {key} is Istio's own and cannot be set")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > _MAX_ANNOTATIONS:
        yield Finding("AIR1004", path, f"Too long: must have at most {_MAX_ANNOTATIONS} bytes, has {size}")


def _check_finalizers(finalizers: tuple[str, ...]) -> Findings:
    for index, name in enumerate(finalizers):
        for text in qualified_name(name):
            yield Finding("AIR1007", "metadata.finalizers", invalid(name, text))
        if "/" not in name and name not in _FINALIZERS:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            yield Finding("AIR1007", f"metadata.finalizers[{index}]", invalid(name, text))
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        yield Finding("AIR1007", "metadata.finalizers", "Invalid value: finalizer orphan and foregroundDeletion cannot be both set")


def _check_owners(owners: tuple[OwnerReference, ...]) -> Findings:
    path = "metadata.ownerReferences"
    for owner in owners:
        for field, value in (("apiVersion", owner.api_version), ("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)):
            if not value:
                yield Finding("AIR1009", f"{path}.{field}", invalid("", f"{field} must not be empty"))
        if owner.kind == "Event":
            yield Finding("AIR1009", path, "Invalid value: v1, Kind=Event is disallowed from being an owner")
    if len([owner for owner in owners if owner.controller]) > 1:
        text = "Only one reference can have Controller set to true"
        yield Finding("AIR1009", path, f"Invalid value: {text}")


_WITH_VALUES = frozenset({"In", "NotIn"})
_WITHOUT_VALUES = frozenset({"Exists", "DoesNotExist"})


def check_selector(selector: LabelSelector, path: str) -> Findings:
    """A selector that finds by labels and expressions."""
    yield from check_labels(selector.match_labels, f"{path}.matchLabels")
    for index, requirement in enumerate(selector.match_expressions):
        at = f"{path}.matchExpressions[{index}]"
        for text in qualified_name(requirement.key):
            yield Finding("AIR1011", f"{at}.key", invalid(requirement.key, text))
        if requirement.operator in _WITH_VALUES and not requirement.values:
            yield Finding("AIR1011", f"{at}.values", "Required value: must be specified when `operator` is 'In' or 'NotIn'")
        elif requirement.operator in _WITHOUT_VALUES and requirement.values:
            yield Finding("AIR1011", f"{at}.values", "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        elif requirement.operator not in _WITH_VALUES | _WITHOUT_VALUES:
            yield Finding(
                "AIR1011",
                f"{at}.operator",
                invalid(requirement.operator, "not a valid selector operator (In, NotIn, Exists, DoesNotExist)"),
            )
