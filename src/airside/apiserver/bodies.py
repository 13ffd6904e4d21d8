"""Request bodies: bytes to JSON values, by what the Content-Type says. Raises ApiError."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from airside.apiserver.negotiate import media_type
from airside.apiserver.protobuf import PROTOBUF, parse_protobuf
from airside.apiserver.status import ApiError, bad_request, unsupported_media_type

MOST_BYTES = 3 * 1024 * 1024
WRITABLE = ("application/json", "application/yaml")


def parse_object_body(body: bytes, content_type: str, expected: str) -> Mapping[str, object]:
    """The object in the body of a create or replace; `expected` names its kind in errors."""
    form = media_type(content_type)
    if form == PROTOBUF:
        return parse_protobuf(body)
    if form not in ("", *WRITABLE):
        raise unsupported_media_type(WRITABLE)
    value = parse_yaml(body) if form == "application/yaml" else parse_json(body, expected)
    if value is None:
        return {}  # what an object with nothing set is wrong about is said by its rules
    if not isinstance(value, Mapping):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {expected}): expected a JSON object, found {_named(value)}"
        )
    return value


def parse_json(body: bytes, expected: str = "") -> object:
    of = f" (must be of type {expected})" if expected else ""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the object provided is unrecognized{of}: not JSON: {error}") from error


def parse_yaml(body: bytes) -> object:
    try:
        return yaml.load(body, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise bad_request(f"the object provided is not YAML: {error}") from error


def check_size(length: int) -> None:
    if length > MOST_BYTES:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {MOST_BYTES}")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _named(value: object) -> str:
    names = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
