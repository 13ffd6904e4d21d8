"""What is on the server already, for judging new objects against it; asked for once per kind, and only when a rule wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airside.client.client import ApiClient
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.resources.objects import Object
from airside.resources.parse import Parsed, UnknownFields, parse_object


class ServerView:
    """A `View` of a running installation."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._known: dict[tuple[str, str], Mapping[ObjectKey, Object]] = {}

    def find(self, key: ObjectKey) -> Object | None:
        return self._load(key.group, key.kind).get(key)

    def all(self, group: str, kind: str) -> Iterable[Object]:
        return self._load(group, kind).values()

    def _load(self, group: str, kind: str) -> Mapping[ObjectKey, Object]:
        if (group, kind) not in self._known:
            served = find_kind(group, kind)
            items = self._client.list(served).items if served is not None else ()
            # the list's items carry no apiVersion and kind, as Kubernetes has it
            whole = ({"apiVersion": served.api_version, "kind": kind, **item} for item in items if served is not None)
            parsed = (parse_object(raw, UnknownFields.IGNORE) for raw in whole)
            self._known[group, kind] = {one.object.key: one.object for one in parsed if isinstance(one, Parsed)}
        return self._known[group, kind]
