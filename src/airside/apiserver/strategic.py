"""Strategic merge patch."""

from __future__ import annotations

from collections.abc import Mapping

from airside.apiserver.patches import merge


def merge_strategic(kind: str, raw: Mapping[str, object], patch: object) -> object:
    return merge(raw, patch)
