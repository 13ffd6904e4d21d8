"""JSON documents from other services: read field by field, and said precisely where they are not as agreed.

Every `parse_` function takes the document, the name of the field and where the document stands (for the message),
and raises `Invalid`, which the caller sees as a 400 naming the field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

EVENTS = ("entry", "exit")
GENDERS = ("male", "female")

Document = Mapping[str, object]


class Invalid(ValueError):
    """What a caller sent is not as agreed."""


def parse_document(body: bytes) -> Document:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Invalid(f"expected a JSON object: {error}") from error
    if not isinstance(document, dict):
        raise Invalid(f"expected a JSON object, got {_kind(document)}")
    return document


def parse_text(document: Document, name: str, where: str = "") -> str:
    value = _required(document, name, where)
    if not isinstance(value, str) or not value:
        raise Invalid(f"{where}{name}: expected a text, got {_kind(value)}")
    return value


def parse_whole(document: Document, name: str, where: str = "") -> int:
    """A whole number; a text of digits will do, as older cameras send."""
    value = _required(document, name, where)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{where}{name}: expected a whole number, got {_kind(value)}")
    return value


def parse_number(document: Document, name: str, where: str = "") -> float:
    """A number, zero or more."""
    value = _required(document, name, where)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise Invalid(f"{where}{name}: expected a number, zero or more, got {json.dumps(value)[:80]}")
    return float(value)


def parse_event(document: Document, name: str = "event", where: str = "") -> str:
    return parse_choice(parse_text(document, name, where), EVENTS, f"{where}{name}")


def parse_choice(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise Invalid(f"{name}: expected {' or '.join(allowed)}, got {value[:80]}")
    return value


def parse_list(document: Document, name: str, where: str = "") -> list[Document]:
    """A list of objects."""
    value = _required(document, name, where)
    if not isinstance(value, list):
        raise Invalid(f"{where}{name}: expected a list, got {_kind(value)}")
    for position, item in enumerate(value):
        if not isinstance(item, dict):
            raise Invalid(f"{where}{name}[{position}]: expected an object, got {_kind(item)}")
    return value


def parse_moment(text: str, name: str) -> datetime:
    """A moment in ISO 8601; one that names no zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{name}: expected a moment such as 2020-02-25T14:35:38.204522Z, got {text[:80]}") from error


def show_moment(moment: datetime) -> str:
    """As the airport writes moments: `2020-02-25T14:35:38.204522Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _required(document: Document, name: str, where: str) -> object:
    if name not in document:
        raise Invalid(f"{where}{name}: missing")
    return document[name]


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else "an empty text" if value == "" else kinds.get(type(value), type(value).__name__)
