"""Messages to served bytes. Equal content gives equal bytes and so an equal version, whoever made it and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from airside.xds.resource import CLUSTER, Resource, TypeUrl

Needs = tuple[tuple[TypeUrl, str], ...]


def serialise(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def resource_of(name: str, body: bytes, needs: Needs = (), origins: Iterable[str] = ()) -> Resource:
    """A resource under its content's version."""
    return Resource(name, blake2b(body, digest_size=8).hexdigest(), body, needs, tuple(origins))


def on_clusters(names: Iterable[str]) -> Needs:
    return tuple((CLUSTER, name) for name in sorted(names))


def set_duration(target: Duration, value: timedelta) -> None:
    """Sets the field, also to zero: an empty duration is not an absent one."""
    target.SetInParent()
    target.FromTimedelta(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field_bytes(number: int, body: bytes) -> bytes:
    """A field of type string, bytes or message, as it stands in its message's bytes.

    A message is its fields one after another: a table of a thousand serialised virtual hosts is joined, not built again, when one changes.
    """
    return _varint(number << 3 | 2) + _varint(len(body)) + body
