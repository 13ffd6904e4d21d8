"""Custom resources judged by the schema of their CRD: what a Kubernetes API server would refuse or drop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


def schema_problems(schema: Schema, value: object, path: str = "") -> Iterator[str]:
    """Each field of a wrong type, unknown, missing, not among its values, or against a choice of which one is to be taken."""
    if schema.get("x-kubernetes-int-or-string"):
        if not isinstance(value, int | str):
            yield f"{path}: expected a number or a string"
        return
    if (type_ := schema.get("type")) and (not isinstance(value, _TYPES[type_]) or (isinstance(value, bool) and type_ != "boolean")):
        yield f"{path}: expected {type_}, got {value!r}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: expected one of {schema['enum']}, got {value!r}"
    yield from _choice_problems(schema, value, path)
    if isinstance(value, dict):
        yield from _object_problems(schema, value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from schema_problems(schema.get("items", {}), item, f"{path}[{index}]")


def _object_problems(schema: Schema, value: Mapping[str, object], path: str) -> Iterator[str]:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: missing"
    for name, item in value.items():
        if name in known:
            yield from schema_problems(known[name], item, f"{path}.{name}")
        elif isinstance(rest, Mapping):
            yield from schema_problems(rest, item, f"{path}.{name}")
        elif not rest and schema.get("type") == "object" and not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield f"{path}.{name}: unknown"


def _choice_problems(schema: Schema, value: object, path: str) -> Iterator[str]:
    if "oneOf" in schema and _fitting(schema["oneOf"], value) != 1:
        yield f"{path}: expected exactly one of the alternatives"
    if "anyOf" in schema and _fitting(schema["anyOf"], value) == 0:
        yield f"{path}: expected one of the alternatives"
    if "not" in schema and _fitting([schema["not"]], value) == 1:
        yield f"{path}: expected not to be as it is"
    for part in schema.get("allOf", ()):
        yield from schema_problems(part, value, path)


def _fitting(schemas: Sequence[Schema], value: object) -> int:
    return sum(next(schema_problems(schema, value), None) is None for schema in schemas)
