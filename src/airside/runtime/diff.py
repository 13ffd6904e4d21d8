"""Merge patches: what to send so that one JSON object becomes another."""

from __future__ import annotations

from collections.abc import Mapping


def merge_patch(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """RFC 7386: what is gone is null, lists are replaced whole; empty when the two are equal."""
    patch: dict[str, object] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if inner := merge_patch(old, value):
                patch[name] = inner
        elif name not in before or old != value:
            patch[name] = value
    return patch
