"""Colours of skin, hair, eyes and clothes, as OpenCV wants them: blue, green, red, each 0 to 255."""

from __future__ import annotations

import colorsys
import random

Colour = tuple[float, float, float]

_SKIN = ((240, 210, 190), (233, 196, 168), (219, 174, 140), (196, 145, 109), (160, 110, 80), (122, 82, 60), (90, 60, 46))
_HAIR = {
    "black": (36, 32, 34),
    "dark brown": (66, 46, 36),
    "brown": (102, 70, 48),
    "chestnut": (130, 76, 46),
    "dark blond": (164, 128, 82),
    "blond": (212, 178, 120),
    "red": (164, 78, 42),
}
_GREY_HAIR = (206, 204, 204)
_EYES = {"brown": (92, 58, 36), "hazel": (128, 98, 54), "green": (92, 130, 84), "blue": (84, 130, 178), "grey": (126, 138, 148)}


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (share 0) to `other` (share 1)."""
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
        one[2] + (other[2] - one[2]) * share,
    )


def scaled(colour: Colour, factor: float) -> Colour:
    """The same hue, darker (below 1) or lighter (above 1)."""
    return (min(255.0, colour[0] * factor), min(255.0, colour[1] * factor), min(255.0, colour[2] * factor))


def rgb(red: float, green: float, blue: float) -> Colour:
    """A colour written in the order people know."""
    return (blue, green, red)


def skin_colour(tone: float, undertone: float) -> Colour:
    """Light (0) to dark (1); undertone from cool (-1) to warm (1)."""
    place = max(0.0, min(1.0, tone)) * (len(_SKIN) - 1)
    lower = min(int(place), len(_SKIN) - 2)
    red, green, blue = mix(_SKIN[lower], _SKIN[lower + 1], place - lower)
    return rgb(red, green, blue - 7 * undertone)


def hair_colour(name: str, shade: float, grey: float) -> Colour:
    """A named colour, a little lighter or darker, turning grey."""
    red, green, blue = _HAIR[name]
    return mix(scaled(rgb(red, green, blue), 1 + 0.16 * shade), rgb(*_GREY_HAIR), 0.92 * grey)


def eye_colour(name: str) -> Colour:
    """The iris."""
    return rgb(*_EYES[name])


def cloth_colour(rng: random.Random) -> Colour:
    """A muted colour that somebody would travel in."""
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.choice((0.05, 0.25, 0.4, 0.55)), rng.uniform(0.22, 0.85))
    return rgb(red * 255, green * 255, blue * 255)
