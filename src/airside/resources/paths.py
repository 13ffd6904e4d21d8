"""Field paths as people read them: `spec.http[0].match[1].uri`, `data[app.conf]`.

Fields follow a dot, indices and the keys of a map stand in brackets. Text alone does not tell a field from a key, so paths read from
text write plain keys like fields; `plain_path` brings both to that form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_PLAIN_KEY = re.compile(rf"\[({_PLAIN.pattern})\]", re.ASCII)


def field_path(parent: str, step: str | int) -> str:
    """The path of what `step` (a key, or an index) leads to from `parent`; the root is ""."""
    if isinstance(step, int):
        return f"{parent}[{step}]"
    if not _PLAIN.fullmatch(step):
        return f"{parent}[{step}]"
    return f"{parent}.{step}" if parent else step


def key_path(parent: str, key: str) -> str:
    """The path of a key of a map: a name the user chose."""
    return f"{parent}[{key}]"


def plain_path(path: str) -> str:
    """The path as text has it: plain keys like fields."""
    return _PLAIN_KEY.sub(r".\1", path)


def join_path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path = field_path(path, step)
    return path
