"""Draws hair: what falls behind the head before the face is drawn, and what lies over the skull after it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from airport.vision.brush import Brush, Points, ellipse, smooth
from airport.vision.colours import Colour, hair_colour, mix, rgb, scaled, skin_colour
from airport.vision.identity import Identity
from airport.vision.proportions import Proportions

# How far the hair stands off the skull (in half heads), and how far down the temples it comes.
_VOLUME = {"crop": 0.07, "quiff": 0.12, "curly": 0.13, "receding": 0.05, "bob": 0.11, "long": 0.10, "wavy": 0.12, "afro": 0.16}
_SIDEBURN = {"crop": 0.08, "quiff": 0.04, "curly": 0.06, "bob": 0.5, "long": 0.6, "wavy": 0.6, "afro": 0.1, "receding": 0.06}


def draw_hair_behind(brush: Brush, who: Identity, at: Proportions) -> None:
    """Long hair, tails, buns: all that the head and the shoulders stand in front of."""
    colour = scaled(hair_colour(who.hair_colour, who.hair_shade, who.grey), 0.84)
    half = at.half_width
    if who.hair_style in ("bob", "long", "wavy"):
        length = {"bob": 0.92, "long": 1.85, "wavy": 1.7}[who.hair_style]
        right = [
            (0.0, -1.12),
            (half * 0.8, -0.98),
            (half * 1.2, -0.4),
            (half * 1.26, 0.3),
            (half * 1.3, length * 0.7),
            (half * 1.12, length),
            (half * 0.5, length * 1.02),
        ]
        if who.hair_style == "wavy":
            right = [(x * (1.0 if y < -0.2 else 1.10 + 0.07 * (-1) ** i), y) for i, (x, y) in enumerate(right)]
        brush.fill(brush.place(smooth(right + [(-x, y) for x, y in reversed(right) if x]), 0.0), colour)
    elif who.hair_style == "afro":
        brush.fill(brush.place(_curls(ellipse(0, -0.34, half * 1.5, 1.02), 0.05), 0.0), colour)
    elif who.hair_style == "ponytail":
        tail = [(half * 0.5, -0.75), (half * 1.25, -0.5), (half * 1.5, 0.3), (half * 1.3, 1.25), (half * 1.12, 0.4), (half * 0.9, -0.2)]
        brush.fill(brush.place(smooth(tail), 0.0), colour)
    elif who.hair_style == "pigtails":
        for side in (-1, 1):
            tail = [
                (side * half * 0.95, 0.0),
                (side * half * 1.4, 0.05),
                (side * half * 1.52, 0.5),
                (side * half * 1.28, 0.92),
                (side * half * 1.1, 0.5),
            ]
            brush.fill(brush.place(smooth(tail), 0.0), colour)
            brush.fill(brush.place(ellipse(side * half * 1.08, 0.06, 0.09, 0.09), 0.0), rgb(206, 74, 96))
    elif who.hair_style == "bun":
        brush.fill(brush.place(ellipse(0, -1.2, 0.32, 0.28), 0.0), colour)


def draw_hair(brush: Brush, who: Identity, at: Proportions) -> None:
    """The hair on the skull, with its hairline or fringe."""
    colour = hair_colour(who.hair_colour, who.hair_shade, who.grey)
    style = _ON_TOP.get(who.hair_style, _cap)
    style(brush, who, at, colour)


def _cap(brush: Brush, who: Identity, at: Proportions, colour: Colour) -> None:
    """The common case: a cap of hair from temple to temple."""
    half, name = at.half_width, who.hair_style
    volume = _VOLUME.get(name, 0.06) * (0.6 + 0.4 * at.grown)
    burn = at.eye_y + _SIDEBURN.get(name, 0.02) - 0.04
    line = -0.60 + 0.30 * who.fringe - (0.17 if name == "receding" else 0.0) + 0.25 * at.eye_y
    lift = 0.12 if name == "quiff" else 0.0
    outer = [(half * 1.04, burn), (half * (1.03 + volume), -0.42), (half * (0.72 + volume), -0.86 - volume), (0.08, -1.02 - volume - lift)]
    outer += [(-half * (0.70 + volume), -0.86 - volume), (-half * (1.03 + volume), -0.42), (-half * 1.04, burn)]
    inner = _hairline(name, half, burn, line, who)
    points = brush.place(smooth(outer + inner, steps=4), 0.25)
    if name in ("curly", "afro"):
        points = _curls(points, 0.045 * brush.pose.size)
    brush.fill(points, colour)
    _strands(brush, half, line, volume, colour)


def _hairline(name: str, half: float, burn: float, line: float, who: Identity) -> list[tuple[float, float]]:
    """From the left temple over the forehead to the right one."""
    inset = 0.84 if name in ("bob", "long", "wavy") else 0.93
    if name == "receding":
        middle = [
            (-half * 0.62, line + 0.02),
            (-half * 0.36, line - 0.12),
            (0.0, line + 0.12),
            (half * 0.36, line - 0.12),
            (half * 0.62, line + 0.02),
        ]
    elif who.fringe > 0:
        middle = [(-half * 0.6, line + 0.1), (-half * 0.2, line + 0.08), (half * 0.3, line + 0.11), (half * 0.62, line + 0.08)]
    elif name in ("long", "wavy", "bob"):
        middle = [(-half * 0.66, line + 0.2), (-0.12, line - 0.16), (half * 0.1, line - 0.16), (half * 0.7, line + 0.2)]
    else:
        middle = [(-half * 0.7, line + 0.12), (-half * 0.3, line - 0.02), (half * 0.3, line), (half * 0.7, line + 0.12)]
    return [(-half * inset, burn), (-half * 0.86, -0.28), *middle, (half * 0.86, -0.28), (half * inset, burn)]


def _strands(brush: Brush, half: float, line: float, volume: float, colour: Colour) -> None:
    """A few darker and lighter streaks, so that hair is not one flat patch."""
    for place, tone in ((-0.62, 0.82), (-0.3, 1.16), (0.06, 0.84), (0.36, 1.2), (0.66, 0.86)):
        top, low = (place * half * 0.72, -0.98 - volume * 0.5), (place * half * 1.1, line - 0.14 + 0.2 * abs(place))
        bend = (place * half * 1.02, (top[1] + low[1]) / 2)
        brush.line(brush.place(smooth([top, bend, low], closed=False), 0.25), scaled(colour, tone), 0.03)


def _curls(points: Points, depth: float) -> Points:
    """A wavy edge: every other point pushed outwards."""
    middle = points.mean(axis=0)
    outwards = (points - middle) / np.maximum(1e-6, np.linalg.norm(points - middle, axis=1, keepdims=True))
    return smooth(points + outwards * (depth * (-1.0) ** np.arange(len(points)))[:, None], steps=3)


def _buzz(brush: Brush, who: Identity, at: Proportions, colour: Colour) -> None:
    half = at.half_width
    ring = [
        (half * 1.0, at.eye_y - 0.1),
        (half * 0.98, -0.5),
        (half * 0.6, -0.92),
        (0, -1.03),
        (-half * 0.6, -0.92),
        (-half * 0.98, -0.5),
        (-half * 1.0, at.eye_y - 0.1),
    ]
    ring += [(-half * 0.84, -0.34), (-half * 0.6, -0.56), (0, -0.62), (half * 0.6, -0.56), (half * 0.84, -0.34)]
    shown = mix(colour, skin_colour(who.skin, who.undertone), 0.22)
    brush.shade(brush.place(smooth(ring, steps=4), 0.25), shown, 0.92, 0.03)


def _fuzz(brush: Brush, who: Identity, at: Proportions, colour: Colour) -> None:
    """A baby's thin hair."""
    half = at.half_width
    ring = [
        (half * 0.9, -0.5),
        (half * 0.56, -0.93),
        (0, -1.04),
        (-half * 0.56, -0.93),
        (-half * 0.9, -0.5),
        (-half * 0.5, -0.66),
        (0, -0.62),
        (half * 0.5, -0.66),
    ]
    brush.shade(brush.place(smooth(ring, steps=4), 0.25), colour, 0.66, 0.05)
    curl = [(-0.06, -0.98), (0.04, -1.16), (0.14, -1.06)]
    brush.line(brush.place(smooth(curl, closed=False), 0.25), colour, 0.05)


def _crown(brush: Brush, who: Identity, at: Proportions, colour: Colour) -> None:
    """Hair left at the sides only."""
    half = at.half_width
    for side in (-1, 1):
        tuft = [
            (side * half * 1.03, at.eye_y + 0.05),
            (side * half * 1.14, -0.2),
            (side * half * 1.04, -0.55),
            (side * half * 0.84, -0.6),
            (side * half * 0.93, -0.2),
        ]
        brush.fill(brush.place(smooth(tuft), 0.1), colour)
    _shine(brush, who, at, colour)


def _shine(brush: Brush, who: Identity, at: Proportions, colour: Colour) -> None:
    """A bald head's highlight."""
    brush.shade(brush.place(ellipse(-0.14, -0.78, 0.2, 0.09)), rgb(255, 252, 246), 0.34, 0.06)


_ON_TOP: dict[str, Callable[[Brush, Identity, Proportions, Colour], None]] = {
    "buzz": _buzz,
    "fuzz": _fuzz,
    "crown": _crown,
    "bald": _shine,
}
