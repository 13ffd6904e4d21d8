"""Label selectors as values: what Istio's rules and Kubernetes' Services select pods by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from airside.resources.keys import ObjectKey
from airside.resources.objects import Object

Selector = frozenset[tuple[str, str]]
"""Label and value pairs that must all be there."""

Age = tuple[datetime, str, str]
"""Istio's order everywhere: creation, then name, then namespace."""

_UNDATED = datetime.min.replace(tzinfo=UTC)


def selector_of(labels: Mapping[str, str]) -> Selector:
    return frozenset(labels.items())


def age_of(key: ObjectKey, object: Object) -> Age:
    return (object.metadata.creation_timestamp or _UNDATED, key.name, key.namespace)
