"""Traits as numbers: what the network for heads also learns to see, so that what it sees tells people apart."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np

from airport.vision.features import Floats
from airport.vision.identity import Identity

# How much a choice (a style, a kind of glasses) counts beside a measure, whose spread is 1.
_CHOICE = 2.0


def trait_table(people: list[Identity]) -> Floats:
    """A row for each person: measures on one scale, a column for each choice there is, and where a mole is."""
    rows = [asdict(who) for who in people]
    columns: list[list[float]] = []
    for trait in sorted(rows[0].keys() - {"gender", "age"}):
        columns += _columns(trait, [row[trait] for row in rows])
    return np.array(columns, np.float32).T


def _columns(trait: str, values: list[object]) -> list[list[float]]:
    if trait == "mole":
        turns = [float(str(value)) for value in values]
        present = [_CHOICE * (turn > 0) for turn in turns]
        return [
            present,
            *([size * wave(2 * math.pi * turn) for size, turn in zip(present, turns, strict=True)] for wave in (math.cos, math.sin)),
        ]
    if isinstance(values[0], str):
        return [[_CHOICE * (value == choice) for value in values] for choice in sorted({str(value) for value in values})]
    if isinstance(values[0], bool):
        return [[_CHOICE * bool(value) for value in values]]
    measures = np.array(values, np.float64)
    return [((measures - measures.mean()) / (measures.std() + 1e-9)).tolist()]
