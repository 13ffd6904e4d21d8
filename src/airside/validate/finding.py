"""What a rule says: a code of the catalogue, the field, and in words what was found and expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Finding(NamedTuple):
    """A problem before it is known of which object: rules see parts, `accept` knows the whole."""

    code: str
    field: str
    message: str


Findings = Iterator[Finding]
