"""The stored objects as validation sees them: typed, parsed once per revision."""

from __future__ import annotations

from collections.abc import Iterable

from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object
from airside.store import Store, Stored


class StoreView:
    """A `validate.view.View` of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parsed: dict[ObjectKey, tuple[int, Object]] = {}

    def find(self, key: ObjectKey) -> Object | None:
        stored = self._store.get(key)
        if stored is None:
            self._parsed.pop(key, None)
            return None
        return self._object(stored)

    def all(self, group: str, kind: str) -> Iterable[Object]:
        return [self._object(stored) for stored in self._store.list(group, kind)[0]]

    def _object(self, stored: Stored) -> Object:
        known = self._parsed.get(stored.key)
        if known is not None and known[0] == stored.revision:
            return known[1]
        kind = find_kind(stored.key.group, stored.key.kind)
        assert kind is not None, "only served kinds are stored"
        parsed = kind.model.of(stored.raw)
        self._parsed[stored.key] = stored.revision, parsed
        return parsed
