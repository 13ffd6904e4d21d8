"""Seeded randomness: the same words always give the same dice, in every process and on every machine."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping


def dice(*words: object) -> random.Random:
    """A generator seeded by the words themselves (never by `hash`, which Python salts per process)."""
    text = "\0".join(str(word) for word in words)
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))


def pick(rng: random.Random, shares: Mapping[str, float]) -> str:
    """One of the keys, each as likely as its share says."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]
