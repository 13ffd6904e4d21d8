"""Field paths as people read them: `spec.http[0].match[1].uri`, `metadata.labels[app.kubernetes.io/name]`. Made here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


def field_path(parent: str, step: str | int) -> str:
    """The path of what `step` (a key, or an index) leads to from `parent`; the root is ""."""
    if isinstance(step, int):
        return f"{parent}[{step}]"
    if not _PLAIN.fullmatch(step):
        return f"{parent}[{step}]"
    return f"{parent}.{step}" if parent else step


def join_path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path = field_path(path, step)
    return path
