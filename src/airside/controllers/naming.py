"""Name endings as Kubernetes makes them: from an alphabet without vowels, so that none spells a word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def encode(content: Mapping[str, object] | str, length: int) -> str:
    """An ending that depends on the content alone."""
    text = content if isinstance(content, str) else json.dumps(content, sort_keys=True, separators=(",", ":"))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)
