"""What controllers work on: an object as it is stored, and as it is typed. And how they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from airside.resources.fields import format_time
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind
from airside.resources.objects import Object
from airside.store.changes import Change, Put

T_co = TypeVar("T_co", bound=Object, covariant=True)


@dataclass(frozen=True)  # no slots: a generic frozen slotted dataclass breaks on 3.11
class Held(Generic[T_co]):
    """A stored object: `value` to read, `raw` to write back whole, `revision` to write only over what was read."""

    value: T_co
    raw: Mapping[str, object]
    revision: int

    @property
    def key(self) -> ObjectKey:
        return self.value.key

    @property
    def uid(self) -> str:
        return self.value.metadata.uid

    @property
    def leaving(self) -> bool:
        return self.value.metadata.deletion_timestamp is not None

    def controlled_by(self, owner: Held[Object]) -> bool:
        controller = self.value.metadata.controller
        return controller is not None and controller.uid == owner.uid

    def put(self, **parts: object) -> Put:
        """The object with top-level parts replaced (`status=...`, `metadata=...`)."""
        return Put(self.key, {**self.raw, **parts}, self.revision)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reconcile asks for: changes, and to be asked again after a while though nothing changed (deadlines)."""

    changes: Sequence[Change] = ()
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Birth:
    """What comes from outside when an object is made: the time, and where ids and random name endings come from."""

    now: datetime
    uid: Callable[[], str]
    suffix: Callable[[], str]

    def create(self, kind: Kind, metadata: Mapping[str, object], body: Mapping[str, object]) -> Put:
        """A new object of `kind` with its bookkeeping; refused by the store if the name is taken."""
        born = {**metadata, "uid": self.uid(), "creationTimestamp": self.time, "generation": 1}
        key = ObjectKey(kind.group, kind.kind, str(metadata.get("namespace", "")), str(metadata["name"]))
        return Put(key, {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": born, **body}, 0)

    @property
    def time(self) -> str:
        return format_time(self.now.replace(microsecond=0))


def served(kind: Kind | None) -> Kind:
    """A kind that is known to be in the table."""
    assert kind is not None
    return kind


def part(raw: Mapping[str, object], *path: str) -> dict[str, object]:
    """A copy of the mapping at `path`; empty where there is none."""
    found: object = raw
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def with_spec(held: Held[Object], metadata: Mapping[str, object] | None = None, **fields: object) -> Put:
    """The object with fields of its spec replaced, and its generation moved on, as the API server does for a changed spec."""
    old = part(held.raw, "metadata") if metadata is None else dict(metadata)
    return held.put(metadata={**old, "generation": held.value.metadata.generation + 1}, spec={**part(held.raw, "spec"), **fields})


def owner_reference(owner: Held[Object]) -> dict[str, object]:
    """Points at the owner, which manages what carries this."""
    return {
        "apiVersion": owner.value.api_version,
        "kind": owner.value.kind,
        "name": owner.value.metadata.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
