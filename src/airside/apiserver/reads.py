"""Lists: selection, pages, and the revision they are of."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.apiserver import status
from airside.apiserver.address import Address
from airside.apiserver.options import ListOptions
from airside.apiserver.selectors import Selector, parse_selector
from airside.apiserver.writes import shown
from airside.store import Expired, Store, Stored

Raw = Mapping[str, object]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, or all of it. `token` leads to the next page; `remaining` is unknown under a selector."""

    items: Sequence[Raw]
    revision: int
    token: str = ""
    remaining: int | None = None

    def metadata(self) -> Json:
        more = {"continue": self.token} if self.token else {}
        left = {"remainingItemCount": self.remaining} if self.remaining else {}
        return {"resourceVersion": str(self.revision), **more, **left}


def selector_of(address: Address, options: ListOptions) -> Selector:
    """What is listed or watched; a path with a name selects that name too."""
    fields = ",".join(filter(None, (options.fields, f"metadata.name={address.name}" if address.name else "")))
    return parse_selector(address.kind, options.labels, fields)


def list_page(store: Store, address: Address, options: ListOptions) -> Page:
    """Raises ApiError."""
    selector = selector_of(address, options)
    if options.token:
        revision, after = _parse_token(options.token)
    else:
        revision, after = _revision(store, options), ("", "")
    found = _objects(store, address, revision)
    chosen = [
        stored for stored in found if (stored.key.namespace, stored.key.name) > after and (not selector or selector.selects(stored.raw))
    ]
    page = chosen[: options.limit] if options.limit > 0 else chosen
    items = [shown(address, stored.raw) for stored in page]
    if len(page) == len(chosen):
        return Page(items, revision)
    token = _format_token(revision, (page[-1].key.namespace, page[-1].key.name))
    return Page(items, revision, token, None if selector else len(chosen) - len(page))


def _revision(store: Store, options: ListOptions) -> int:
    asked = options.revision or 0
    if asked > store.revision:
        raise status.too_large_version(asked, store.revision)
    return asked if asked and options.exact else store.revision


def _objects(store: Store, address: Address, revision: int) -> list[Stored]:
    namespace = address.namespace if address.kind.namespaced and address.namespace else None
    if revision == store.revision:
        return store.list(address.kind.group, address.kind.kind, namespace)[0]
    try:
        return store.list_at(revision, address.kind.group, address.kind.kind, namespace)
    except Expired as error:
        raise status.expired(
            f"The provided continue parameter or resource version is too old: {error}; list again from the start"
        ) from error


def _format_token(revision: int, after: tuple[str, str]) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": "/".join(after)}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _parse_token(token: str) -> tuple[int, tuple[str, str]]:
    try:
        raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, _, name = str(raw["start"]).partition("/")
        if raw["v"] != "meta.k8s.io/v1":
            raise ValueError(f'server does not recognize this encoded version "{raw["v"]}"')
        return int(raw["rv"]), (namespace, name)
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise status.bad_request(f"invalid continue token: continue key is not valid: {error}") from error
