"""The one door to the store: an object goes in as JSON and comes out accepted, or with what is wrong with it.

Structure first (types), then defaults, then the rules of its kind, then its relations to other objects. An error anywhere refuses the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from airside.resources.fields import Raw
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind
from airside.resources.objects import Object
from airside.resources.parse import UnknownFields, parse_object
from airside.resources.problems import Problem
from airside.validate.view import View

__all__ = ["Accepted", "Rejected", "UnknownFields", "accept"]


@dataclass(frozen=True)
class Accepted:
    """An object fit for the store. Made by `accept` only."""

    kind: Kind
    key: ObjectKey
    object: Object
    raw: Raw
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Rejected:
    """Why an object is not accepted: at least one error, and the warnings beside."""

    problems: tuple[Problem, ...]


def accept(raw: Mapping[str, object], unknown: UnknownFields = UnknownFields.STRICT, view: View | None = None) -> Accepted | Rejected:
    """The object as the store keeps it: converted, defaulted, judged. Without a `view`, relations to other objects are not looked at."""
    parsed = parse_object(raw, unknown)
    if isinstance(parsed, list):
        return Rejected(tuple(parsed))
    return Accepted(parsed.kind, parsed.object.key, parsed.object, parsed.raw, parsed.warnings)
