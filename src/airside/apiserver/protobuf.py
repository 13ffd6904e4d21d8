"""Kubernetes' protobuf form of an object, in which `kubectl create namespace` and its like send theirs: bytes to the JSON value.

Read by the tables of `protobuf_kinds`. A field that they do not have must be empty: an object is understood whole, or refused.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from airside.apiserver.protobuf_kinds import KINDS, Field, Form, Message, Shape
from airside.apiserver.status import ApiError, bad_request

PROTOBUF = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _BYTES = 0, 2
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_TYPE, _RAW = 1, 2  # of the envelope
_API_VERSION, _KIND = 1, 2  # of its type


def parse_protobuf(body: bytes) -> Mapping[str, object]:
    """Raises ApiError for what is no such object (400), and for one that says more than is known here (415)."""
    if not body.startswith(_MAGIC):
        raise bad_request("the object provided is unrecognized: its body does not start as Kubernetes' protobuf does")
    envelope = dict(_fields(body[len(_MAGIC) :]))
    named = dict(_fields(_octets(envelope.get(_TYPE, b""))))
    version, kind = (_text(named.get(number, b"")) for number in (_API_VERSION, _KIND))
    message = KINDS.get((version, kind))
    if message is None:
        raise _beyond(f"{version} {kind}")
    return {"apiVersion": version, "kind": kind} | _message(_octets(envelope.get(_RAW, b"")), message, kind)


def _message(data: bytes, message: Message, path: str) -> dict[str, object]:
    """As Go writes them, fields that are not set stand there too, with their zero; in JSON they do not."""
    built: dict[str, object] = {}
    for number, found in _fields(data):
        field = message.get(number)
        if field is None:
            if found:
                raise _beyond(f"{path}, field {number}")
            continue
        where = f"{path}.{field.name}"
        match field.shape:
            case Shape.LIST:
                items = built.setdefault(field.name, [])
                assert isinstance(items, list)
                items.append(_value(found, field, where))
            case Shape.MAP:
                entries = built.setdefault(field.name, {})
                assert isinstance(entries, dict)
                entry = dict(_fields(_octets(found)))
                entries[_text(entry.get(_ENTRY_KEY, b""))] = _value(entry.get(_ENTRY_VALUE, b""), field, where)
            case Shape.ONE:
                value = _value(found, field, where)
                if value or field.kept:
                    built[field.name] = value
    return built


def _value(found: int | bytes, field: Field, path: str) -> object:
    match field.form:
        case Form.TEXT:
            return _text(found)
        case Form.OCTETS:
            return base64.b64encode(_octets(found)).decode()
        case Form.NUMBER:
            return _number(found)
        case Form.FLAG:
            return bool(_number(found))
        case Form.NUMBER_OR_TEXT:
            parts = dict(_fields(_octets(found)))
            return _text(parts.get(3, b"")) if parts.get(1) else _number(parts.get(2, 0))
        case Form.LEFT_OUT:
            return None
        case message:
            return _message(_octets(found), message, path)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message, in the order they stand there."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value, at = _varint(data, at)
        if tag & 7 == _VARINT:
            yield tag >> 3, value - (1 << 64) if value >> 63 else value
        elif tag & 7 == _BYTES and at + value <= len(data):
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            raise _broken()


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at
    raise _broken()


def _text(found: int | bytes) -> str:
    try:
        return _octets(found).decode()
    except UnicodeDecodeError as error:
        raise _broken() from error


def _octets(found: int | bytes) -> bytes:
    if isinstance(found, int):
        raise _broken()
    return found


def _number(found: int | bytes) -> int:
    if not isinstance(found, int):
        raise _broken()
    return found


def _broken() -> ApiError:
    return bad_request("the object provided is unrecognized: not protobuf, or cut off")


def _beyond(what: str) -> ApiError:
    message = (
        f"{what} is not read in {PROTOBUF} here; send application/json (kubectl: create with --dry-run=client -o yaml, then apply -f -)"
    )
    return ApiError(415, "UnsupportedMediaType", message)
