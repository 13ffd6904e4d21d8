"""From JSON-like values to typed objects: all that is structure (kind, fields, types) is judged here, and nothing of what the values mean.

Either the whole object comes out, or problems do. Strictness of types is Kubernetes': a number in quotes is text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from airside.resources.fields import Raw
from airside.resources.kinds import KINDS, Kind, find_kind
from airside.resources.legacy import find_legacy
from airside.resources.objects import Object
from airside.resources.paths import join_path
from airside.resources.problems import Problem, Severity
from airside.resources.shape import known_fields, steps_to_fields
from airside.resources.words import named

MAX_DEPTH = 100
Leaf = TypeVar("Leaf")


class UnknownFields(Enum):
    """What a field that the kind does not have does: refuse the object, warn and go on without it, go on without it."""

    STRICT = "Strict"
    WARN = "Warn"
    IGNORE = "Ignore"


@dataclass(frozen=True)
class Parsed:
    """A typed object, and the JSON the store keeps: in the storage version, without nulls and unknown fields, else as written."""

    kind: Kind
    object: Object
    raw: Raw
    warnings: tuple[Problem, ...]


def parse_object(raw: Mapping[str, object], unknown: UnknownFields = UnknownFields.STRICT) -> Parsed | list[Problem]:
    """The object, or at least one error. `raw` is left alone."""
    kind = kind_of(raw)
    if isinstance(kind, Problem):
        return [kind]
    subject = name_of(raw)
    try:
        copy = _without_nulls(raw)
    except _NotJson as found:
        return [Problem(found.code, Severity.ERROR, subject, "", found.message)]
    copy["apiVersion"] = kind.api_version
    warnings = [Problem("AIR0030", Severity.WARNING, subject, path, message) for path, message in find_legacy(kind.kind, copy)]
    try:
        return Parsed(kind, kind.model.of(copy), copy, tuple(warnings))
    except ValidationError as error:
        problems = _problems(error, kind, subject)
        if unknown is UnknownFields.STRICT or any(problem.code != "AIR0020" for problem in problems):
            return problems
        for steps in _unknown_fields(error):
            _remove(copy, steps)
    if unknown is UnknownFields.WARN:
        warnings.extend(Problem(problem.code, Severity.WARNING, subject, problem.field, problem.message) for problem in problems)
    return Parsed(kind, kind.model.of(copy), copy, tuple(warnings))


def name_of(raw: Mapping[str, object]) -> str:
    """`VirtualService default/cpanel`, with what is there of it."""
    kind, metadata = raw.get("kind"), raw.get("metadata")
    name = namespace = ""
    if isinstance(metadata, Mapping):
        name, namespace = (str(metadata.get(part) or "") for part in ("name", "namespace"))
    full = f"{namespace}/{name}" if namespace and name else name
    return " ".join(part for part in (str(kind or ""), full) if part)


def kind_of(raw: Mapping[str, object]) -> Kind | Problem:
    """The served kind of an object, whatever of its versions it is written in."""
    subject = name_of(raw)
    for field in ("apiVersion", "kind"):
        if not isinstance(raw.get(field), str) or not raw[field]:
            found = f", found {named(raw[field])}" if raw.get(field) is not None else ""
            example = "apps/v1" if field == "apiVersion" else "Deployment"
            return Problem("AIR0010", Severity.ERROR, subject, field, f"required, for example {field}: {example}{found}")
    api_version, name = str(raw["apiVersion"]), str(raw["kind"])
    group, _, version = api_version.rpartition("/")
    kind = find_kind(group, name)
    if kind is None:
        return Problem("AIR0011", Severity.ERROR, subject, "kind", _not_served(api_version, name))
    if version not in kind.versions:
        served = ", ".join(kind.api_version_of(served) for served in kind.versions)
        return Problem("AIR0012", Severity.ERROR, subject, "apiVersion", f'{name} is not served as "{api_version}"; served: {served}')
    return kind


def _not_served(api_version: str, name: str) -> str:
    same = [kind for kind in KINDS if kind.kind.lower() == name.lower()]
    if same:
        return f'no kind "{name}" in "{api_version}"; write kind: {same[0].kind} with apiVersion: {same[0].api_version}'
    close = get_close_matches(name, [kind.kind for kind in KINDS], 1)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    served = ", ".join(sorted(kind.kind for kind in KINDS))
    return f'"{name}" of "{api_version}" is not served here. {hint}Served: {served}'


class _NotJson(Exception):
    """A value that JSON does not have, or that is nested beyond reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


# Matchers by name: there `null` would widen a rule to match everything, so it stays and is refused.
_MATCHERS = frozenset({"headers", "withoutHeaders", "queryParams"})


def _without_nulls(raw: Mapping[str, object], keep: bool = False, depth: int = 0) -> Raw:
    """A copy all the way down; a field that is null is a field that is not there, as on a Kubernetes API server."""
    copy: Raw = {}
    for key, value in raw.items():
        if value is not None or keep:
            copy[_leaf(key) if type(key) is str else _no_text(key)] = _copied(value, key in _MATCHERS, depth + 1)
    return copy


def _copied(value: object, keep: bool, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise _NotJson("AIR0005", f"nested more than {MAX_DEPTH} deep")
    if isinstance(value, Mapping):
        return _without_nulls(value, keep, depth)
    if isinstance(value, list):
        return [_copied(item, False, depth + 1) for item in value]
    return _leaf(value)


def _leaf(value: Leaf) -> Leaf:
    """A value that any JSON writer and any database takes."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _NotJson("AIR0021", f"expected text, found half of a surrogate pair in {json.dumps(value)}")
    elif value is not None and not isinstance(value, (bool, int)) and not (isinstance(value, float) and math.isfinite(value)):
        raise _NotJson("AIR0021", f"expected a value that JSON has, found {named(value)}")
    return value


def _no_text(key: object) -> str:
    raise _NotJson("AIR0021", f"expected text as a key, found {named(key)}")


def _problems(error: ValidationError, kind: Kind, subject: str) -> list[Problem]:
    """One problem per field, in the order of the fields."""
    found: dict[str, Problem] = {}
    for details in error.errors(include_url=False):
        steps = steps_to_fields(kind.model, details["loc"])
        path = join_path(steps)
        code, message = _say(details, kind, steps)
        found.setdefault(path, Problem(code, Severity.ERROR, subject, path, message))
    return list(found.values())


def _unknown_fields(error: ValidationError) -> list[tuple[str | int, ...]]:
    return [details["loc"] for details in error.errors(include_url=False) if details["type"] == "extra_forbidden"]


def _remove(raw: dict[str, object], steps: tuple[str | int, ...]) -> None:
    here: object = raw
    for step in steps[:-1]:
        here = here[step]  # type: ignore[index]  # the path comes from the walk over this very value
    assert isinstance(here, dict), "only mappings have unknown fields"
    here.pop(steps[-1], None)


_EXPECTED = {
    "string_type": "text",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
}
_BOUNDS = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
_FORMATS = frozenset({"duration", "int_or_string", "quantity", "time"})


def _say(details: ErrorDetails, kind: Kind, steps: tuple[str | int, ...]) -> tuple[str, str]:
    """Code and message of one finding of pydantic's."""
    error, context = details["type"], details.get("ctx", {})
    found = named(details["input"])
    if error == "extra_forbidden":
        return "AIR0020", _unknown_field(kind, steps)
    if error == "missing":
        return "AIR0022", "Required value"
    if error == "literal_error":
        return (
            "AIR0023",
            f"Unsupported value: {json.dumps(details['input'], default=str)}: supported values: {_choices(context['expected'])}",
        )
    if error in _BOUNDS:
        bound, words = _BOUNDS[error]
        return "AIR0024", f"expected {words} {context[bound]}, found {found}"
    if error in _FORMATS:
        return "AIR0025", f"expected {details['msg']}, found {found}"
    expected = _EXPECTED.get(error)
    quoting = (
        ' (put it in quotes: "' + str(details["input"]) + '")'
        if error == "string_type" and isinstance(details["input"], (int, float))
        else ""
    )
    return "AIR0021", f"expected {expected}, found {found}{quoting}" if expected else f"{details['msg']}, found {found}"


def _choices(expected: str) -> str:
    """pydantic's `'a', 'b' or 'c'` as Kubernetes lists choices, in the order of the alphabet."""
    names = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return ", ".join(f'"{name}"' for name in sorted(names) if name)


def _unknown_field(kind: Kind, steps: tuple[str | int, ...]) -> str:
    name = str(steps[-1])
    known = known_fields(kind.model, steps[:-1])
    close = get_close_matches(name, known, 1, 0.6) or [field for field in known if field.lower() == name.lower()]
    if close:
        return f'unknown field "{name}"; did you mean "{close[0]}"?'
    place = f" in {join_path(steps[:-1])}" if len(steps) > 1 else ""
    return f'unknown field "{name}"; known{place}: {", ".join(known)}'
