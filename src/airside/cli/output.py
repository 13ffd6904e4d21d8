"""In what form a command prints: `-o`."""

from __future__ import annotations

from enum import StrEnum


class Output(StrEnum):
    """The forms other than the plain table."""

    YAML = "yaml"
    JSON = "json"
    WIDE = "wide"
    NAME = "name"
