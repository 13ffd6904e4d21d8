"""The other objects, as far as judging one needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from airside.resources.keys import ObjectKey
from airside.resources.objects import Object


class View(Protocol):
    """Read access to accepted objects."""

    def find(self, key: ObjectKey) -> Object | None: ...

    def all(self, group: str, kind: str) -> Iterable[Object]:
        """Of every namespace."""
        ...


class Gathered:
    """A view of a given set of objects: the documents of one `apply`, with what is there already below them."""

    def __init__(self, objects: Iterable[Object], below: View | None = None) -> None:
        self._objects: Mapping[ObjectKey, Object] = {found.key: found for found in objects}
        self._below = below

    def find(self, key: ObjectKey) -> Object | None:
        found = self._objects.get(key)
        return found if found is not None or self._below is None else self._below.find(key)

    def all(self, group: str, kind: str) -> Iterable[Object]:
        yield from (found for key, found in self._objects.items() if (key.group, key.kind) == (group, kind))
        if self._below is not None:
            yield from (found for found in self._below.all(group, kind) if found.key not in self._objects)
