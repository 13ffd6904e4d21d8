"""Label and field selectors as they stand in a query: text in, a test on objects out. Raises ApiError for what does not parse."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airside.apiserver.status import bad_request
from airside.resources.kinds import Kind

Raw = Mapping[str, object]

_SET = re.compile(r"(?P<key>[^\s!=(),]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_COMPARISON = re.compile(r"(?P<key>[^\s!=(),<>]+)\s*(?P<operator>==|=|!=)\s*(?P<values>[^\s!=(),<>]*)")
_ORDER = re.compile(r"(?P<key>[^\s!=(),<>]+)\s*(?P<operator>[<>])\s*(?P<values>-?\d+)")
_PRESENCE = re.compile(r"(?P<operator>!?)\s*(?P<key>[^\s!=(),<>]+)")
_QUALIFIED = re.compile(r"(?:[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label or field. `operator` is one of in, notin, exists, absent, <, >."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, found: str | None) -> bool:
        match self.operator:
            case "in":
                return found in self.values
            case "notin":
                return found not in self.values
            case "exists":
                return found is not None
            case "absent":
                return found is None
            case _:
                return _ordered(self.operator, found, next(iter(self.values)))


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements hold. Without any, everything is selected."""

    labels: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.labels or self.fields)

    def selects(self, raw: Raw) -> bool:
        labels = _mapping(_mapping(raw.get("metadata")).get("labels"))
        return all(part.holds(_text(labels.get(part.key))) for part in self.labels) and all(
            part.holds(field_value(raw, part.key)) for part in self.fields
        )


def parse_selector(kind: Kind, labels: str, fields: str) -> Selector:
    return Selector(tuple(_parse_labels(labels)), tuple(_parse_fields(kind, fields)))


def _parse_labels(text: str) -> list[Requirement]:
    return [_requirement(part.strip(), text) for part in _split(text)] if text.strip() else []


def _split(text: str) -> list[str]:
    """At the commas outside of parentheses."""
    return re.split(r",(?![^(]*\))", text)


def _requirement(part: str, whole: str) -> Requirement:
    if found := _SET.fullmatch(part):
        values = frozenset(value.strip() for value in found["values"].split(","))
        requirement = Requirement(found["key"], found["operator"], values)
    elif found := _COMPARISON.fullmatch(part):
        requirement = Requirement(found["key"], "notin" if found["operator"] == "!=" else "in", frozenset({found["values"]}))
    elif found := _ORDER.fullmatch(part):
        requirement = Requirement(found["key"], found["operator"], frozenset({found["values"]}))
    elif found := _PRESENCE.fullmatch(part):
        requirement = Requirement(found["key"], "absent" if found["operator"] else "exists")
    else:
        raise bad_request(
            f'unable to parse requirement: found "{part}" in the label selector "{whole}", expected a key, an operator and a value'
        )
    if not _QUALIFIED.fullmatch(requirement.key):
        raise bad_request(f"unable to parse requirement: <nil>: Invalid value: {requirement.key!r}: not a label key")
    for value in requirement.values:
        if not _VALUE.fullmatch(value):
            raise bad_request(f"unable to parse requirement: values[0][{requirement.key}]: Invalid value: {value!r}: not a label value")
    return requirement


_NAMES = ("metadata.name", "metadata.namespace")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Pod": (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    ),
    "Event": (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion"),
        *("involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
    ),
    "Secret": ("type",),
    "Namespace": ("status.phase", "name"),
    "Node": ("spec.unschedulable",),
    "ReplicaSet": ("status.replicas",),
    "Service": ("spec.clusterIP", "spec.type"),
}


def _parse_fields(kind: Kind, text: str) -> list[Requirement]:
    requirements = []
    for part in filter(None, text.split(",")):
        name, operator, value = _comparison(part, text)
        if name not in (*_NAMES, *_FIELDS.get(kind.kind, ())):
            raise bad_request(
                f'Unable to find "{kind.api_version_of(kind.versions[0])}, Resource={kind.plural}" that match label selector '
                f'"", field selector "{text}": "{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'
            )
        requirements.append(Requirement(name, operator, frozenset({value})))
    return requirements


def _comparison(part: str, whole: str) -> tuple[str, str, str]:
    for sign, operator in (("!=", "notin"), ("==", "in"), ("=", "in")):
        name, found, value = part.partition(sign)
        if found:
            return name, operator, value
    raise bad_request(f"invalid selector: '{whole}'; can't understand '{part}'")


def field_value(raw: Raw, path: str) -> str:
    """What a field selector compares; an absent field is empty."""
    if path == "source":
        return _text(_mapping(raw.get("source")).get("component")) or ""
    if path == "name":
        path = "metadata.name"
    here: object = raw
    for step in path.split("."):
        here = _mapping(here).get(step)
    return _text(here) or ""


def _ordered(operator: str, found: str | None, limit: str) -> bool:
    if found is None or not re.fullmatch(r"-?\d+", found):
        return False
    compare: Callable[[int, int], bool] = int.__lt__ if operator == "<" else int.__gt__
    return compare(int(found), int(limit))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
