"""The stored objects as validation sees them: typed, parsed once per revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object
from airside.store import Store, Stored
from airside.store.changes import Collection


class StoreView:
    """A `validate.view.View` of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parsed: dict[Collection, dict[ObjectKey, tuple[int, Object]]] = {}

    def find(self, key: ObjectKey) -> Object | None:
        stored = self._store.get(key)
        if stored is None:
            return None
        known = self._parsed.setdefault((key.group, key.kind), {})
        known[key] = self._parse(stored, known)
        return known[key][1]

    def all(self, group: str, kind: str) -> Iterable[Object]:
        before = self._parsed.get((group, kind), {})
        now = {stored.key: self._parse(stored, before) for stored in self._store.list(group, kind)[0]}
        self._parsed[group, kind] = now  # what is gone from the store goes from here too
        return [parsed for _, parsed in now.values()]

    @staticmethod
    def _parse(stored: Stored, known: Mapping[ObjectKey, tuple[int, Object]]) -> tuple[int, Object]:
        found = known.get(stored.key)
        if found is not None and found[0] == stored.revision:
            return found
        kind = find_kind(stored.key.group, stored.key.kind)
        assert kind is not None, "only served kinds are stored"
        return stored.revision, kind.model.of(stored.raw)
