"""Delegation: a root VirtualService leaves a path to another one's routes. The result is as if the root had written them itself.

A delegate's match must lie within the root's; where the two cannot both hold, that one route is left out. The delegate's word wins; what it
leaves unsaid is the root's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from airside.model.names import resolve_host
from airside.resources.istio import Destination, StringMatch
from airside.resources.virtual_service import HttpMatch, HttpRoute

_INHERITED = (
    "rewrite",
    "direct_response",
    "timeout",
    "retries",
    "fault",
    "mirror",
    "mirrors",
    "mirror_percentage",
    "cors_policy",
    "headers",
)
_STRINGS = ("uri", "scheme", "method", "authority")
_WORDS = ("port", "source_namespace", "gateways", "stat_prefix")
_MAPS = ("headers", "without_headers", "query_params")

Value = TypeVar("Value", int, str)


def merge_delegate(root: HttpRoute, delegated: Iterable[HttpRoute]) -> list[HttpRoute]:
    """The delegate's routes in place of the root's one. One level only: a delegate that delegates is left out."""
    merged = []
    for route in delegated:
        if route.delegate is not None:
            continue
        matches = _merge_matches(root.match, route.match)
        if matches is None:
            continue
        inherited = {name: getattr(root, name) for name in _INHERITED if not getattr(route, name) and getattr(root, name)}
        name = "-".join(part for part in (root.name, route.name) if part)
        merged.append(route.model_copy(update={**inherited, "match": matches, "name": name}))
    return merged


def qualify(routes: Iterable[HttpRoute], namespace: str) -> list[HttpRoute]:
    """Destinations in full: once merged, a short name would be taken for one of the root's namespace."""

    def full(destination: Destination) -> Destination:
        return destination.model_copy(update={"host": resolve_host(destination.host, namespace)})

    return [
        route.model_copy(
            update={
                "route": tuple(share.model_copy(update={"destination": full(share.destination)}) for share in route.route),
                "mirror": full(route.mirror) if route.mirror is not None else None,
                "mirrors": tuple(mirror.model_copy(update={"destination": full(mirror.destination)}) for mirror in route.mirrors),
            }
        )
        for route in routes
    ]


def _merge_matches(roots: tuple[HttpMatch, ...], delegates: tuple[HttpMatch, ...]) -> tuple[HttpMatch, ...] | None:
    """Every pair that can both hold; None if there is none."""
    if not roots or not delegates:
        return roots or delegates
    found = (_merge_match(root, delegate) for delegate in delegates for root in roots)
    return tuple(match for match in found if match is not None) or None


def _merge_match(root: HttpMatch, delegate: HttpMatch) -> HttpMatch | None:
    agree = (
        all(_within(getattr(root, name), getattr(delegate, name)) for name in _STRINGS)
        and all(_maps_within(getattr(root, name), getattr(delegate, name)) for name in _MAPS)
        and root.ignore_uri_case == delegate.ignore_uri_case
        and _same(root.port, delegate.port)
        and _same(root.source_namespace, delegate.source_namespace)
        and all(delegate.source_labels.get(label, value) == value for label, value in root.source_labels.items())
        and set(delegate.gateways) <= set(root.gateways)
    )
    if not agree:
        return None
    return delegate.model_copy(
        update={
            **{name: getattr(delegate, name) or getattr(root, name) for name in (*_STRINGS, *_WORDS)},
            **{name: {**getattr(root, name), **getattr(delegate, name)} for name in (*_MAPS, "source_labels")},
            "name": "-".join(part for part in (root.name, delegate.name) if part),
        }
    )


def _same(root: Value, delegate: Value) -> bool:
    return not root or not delegate or root == delegate


def _maps_within(root: Mapping[str, StringMatch], delegate: Mapping[str, StringMatch]) -> bool:
    return all(_within(wanted, delegate[key]) for key, wanted in root.items() if key in delegate)


def _within(root: StringMatch | None, delegate: StringMatch | None) -> bool:
    """Whether what the delegate matches is matched by the root too, as far as that can be told."""
    if root is None or delegate is None:
        return True
    if root.regex is not None or delegate.regex is not None:
        return False
    if root.exact is not None:
        return delegate.exact == root.exact
    if root.prefix is not None:
        return (delegate.exact if delegate.exact is not None else delegate.prefix or "").startswith(root.prefix)
    return True
