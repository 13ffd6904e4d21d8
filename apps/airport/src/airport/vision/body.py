"""Draws what is below the head: neck, shoulders and clothes. Clothes are chosen anew for each picture."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from airport.vision.brush import Brush, ellipse, smooth
from airport.vision.colours import Colour, cloth_colour, mix, rgb, scaled, skin_colour
from airport.vision.dice import pick
from airport.vision.identity import Identity
from airport.vision.picture import Image
from airport.vision.proportions import Proportions

_DOWN = 20.0  # below any picture's edge


@dataclass(frozen=True, slots=True)
class Clothes:
    """What somebody wears in one picture."""

    kind: str
    main: Colour
    second: Colour


def choose_clothes(rng: random.Random, who: Identity) -> Clothes:
    """Something to travel in, by age and gender in likelihood only."""
    if who.age < 14:
        shares = {"shirt": 0.1, "tee": 0.45, "stripes": 0.25, "hoodie": 0.2}
    elif who.gender == "male":
        shares = {"shirt": 0.25, "tee": 0.24, "suit": 0.22, "hoodie": 0.19, "stripes": 0.10}
    else:
        shares = {"blouse": 0.36, "tee": 0.22, "hoodie": 0.12, "stripes": 0.14, "suit": 0.06, "shirt": 0.10}
    return Clothes(pick(rng, shares), cloth_colour(rng), cloth_colour(rng))


def draw_body(brush: Brush, who: Identity, clothes: Clothes, at: Proportions) -> None:
    """Shoulders down to below the picture's edge, clothes, and the neck."""
    skin = skin_colour(who.skin, who.undertone)
    wide, neck = at.shoulder, at.neck
    top = 1.12 + 0.12 * at.grown
    right = [
        (neck * 0.95, top - 0.06),
        (wide * 0.55, top + 0.18),
        (wide * 0.88, top + 0.42),
        (wide * 0.99, top + 0.85),
        (wide * 1.03, top + 1.6),
    ]
    shoulders = smooth([(-x, y) for x, y in reversed(right)] + right, closed=False, steps=4)
    torso = brush.upright(np.concatenate((shoulders, [(wide * 1.08, _DOWN), (-wide * 1.08, _DOWN)])))
    brush.fill(torso, clothes.main)
    _folds(brush, clothes, wide, top, brush.mask(torso))
    if clothes.kind == "stripes":
        for row in range(8):
            y = top + 0.75 + row * 0.5
            brush.line(
                brush.upright(smooth([(-wide * 0.66, y - 0.04), (0, y + 0.06), (wide * 0.66, y - 0.04)], closed=False)),
                clothes.second,
                0.15,
            )
    _neck(brush, at, skin, top)
    _collar(brush, clothes, at, top)


def _folds(brush: Brush, clothes: Clothes, wide: float, top: float, torso: Image) -> None:
    """Arms apart from the trunk, and the shade between them."""
    fabric = scaled(clothes.main, 0.62)
    for side in (-1, 1):
        gap = [
            (side * wide * 0.72, top + 1.0),
            (side * wide * 0.78, top + 2.6),
            (side * wide * 0.74, _DOWN),
            (side * wide * 0.66, _DOWN),
            (side * wide * 0.7, top + 2.6),
        ]
        brush.shade(brush.upright(gap), fabric, 0.75, 0.05, torso)
        brush.shade(
            brush.upright(
                [(side * wide * 0.98, top + 0.6), (side * wide * 1.2, top + 0.6), (side * wide * 1.2, _DOWN), (side * wide, _DOWN)]
            ),
            fabric,
            0.5,
            0.12,
            torso,
        )
    brush.shade(brush.upright(ellipse(0, top + 0.25, wide * 0.5, 0.2)), fabric, 0.35, 0.15, torso)


def _neck(brush: Brush, at: Proportions, skin: Colour, top: float) -> None:
    neck = at.neck
    column = np.array(
        [
            (neck * 0.86, 0.3),
            (neck * 0.9, top - 0.1),
            (neck * 1.06, top + 0.02),
            (0, top + 0.34),
            (-neck * 1.06, top + 0.02),
            (-neck * 0.9, top - 0.1),
            (-neck * 0.86, 0.3),
        ]
    )
    points = brush.upright(column)
    brush.fill(points, scaled(skin, 0.93))
    shadow = ellipse(0, 0.98, neck * 1.0, 0.2)
    brush.shade(brush.upright(shadow), mix(scaled(skin, 0.5), rgb(90, 40, 36), 0.2), 0.5, 0.1, brush.mask(points))


def _collar(brush: Brush, clothes: Clothes, at: Proportions, top: float) -> None:
    neck, kind = at.neck, clothes.kind
    dark = scaled(clothes.main, 0.72)
    if kind in ("tee", "stripes"):
        brush.line(brush.upright(smooth([(-neck * 1.0, top), (0, top + 0.32), (neck * 1.0, top)], closed=False)), dark, 0.08)
    elif kind == "blouse":
        brush.line(brush.upright([(-neck * 1.05, top), (0, top + 0.5), (neck * 1.05, top)]), scaled(clothes.main, 1.25), 0.07)
        brush.line(
            brush.upright(smooth([(-neck * 0.8, top + 0.02), (0, top + 0.3), (neck * 0.8, top + 0.02)], closed=False)),
            rgb(222, 198, 130),
            0.035,
        )
    elif kind == "hoodie":
        brush.line(brush.upright(smooth([(-neck * 1.3, top - 0.02), (0, top + 0.5), (neck * 1.3, top - 0.02)], closed=False)), dark, 0.2)
        for side in (-1, 1):
            brush.line(brush.upright([(side * 0.16, top + 0.45), (side * 0.18, top + 1.1)]), rgb(232, 232, 232), 0.05)
    elif kind in ("shirt", "suit"):
        _shirt(brush, clothes, neck, top)


def _shirt(brush: Brush, clothes: Clothes, neck: float, top: float) -> None:
    pale = rgb(236, 238, 242) if clothes.kind == "suit" else scaled(clothes.main, 1.2)
    if clothes.kind == "suit":
        brush.fill(brush.upright([(-neck * 1.1, top - 0.04), (neck * 1.1, top - 0.04), (0, top + 1.7)]), pale)
    for side in (-1, 1):
        brush.fill(
            brush.upright([(side * neck * 1.04, top - 0.16), (side * neck * 1.2, top + 0.2), (side * 0.2, top + 0.46), (0, top + 0.2)]),
            pale,
        )
    if clothes.kind == "suit":
        brush.fill(
            brush.upright([(-0.1, top + 0.24), (0.1, top + 0.24), (0.17, top + 1.3), (0, top + 1.6), (-0.17, top + 1.3)]), clothes.second
        )
        for side in (-1, 1):
            lapel = [(side * neck * 1.1, top - 0.05), (side * neck * 1.7, top + 0.5), (side * 0.1, top + 1.75)]
            brush.fill(brush.upright(lapel), scaled(clothes.main, 0.8))
    else:
        brush.line(brush.upright([(0, top + 0.3), (0, _DOWN)]), scaled(clothes.main, 0.75), 0.04)
