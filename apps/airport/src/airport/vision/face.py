"""Draws a face: skin, eyes, brows, nose, mouth, the marks of age, beard and glasses. Hair is drawn by `hair`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from airport.vision.brush import Brush, ellipse, smooth
from airport.vision.colours import Colour, eye_colour, hair_colour, mix, rgb, scaled, skin_colour
from airport.vision.identity import Identity
from airport.vision.picture import Image
from airport.vision.proportions import Proportions

_WHITE = rgb(244, 242, 240)
_INK = rgb(38, 28, 26)
_ROSE = rgb(196, 88, 92)


@dataclass(frozen=True, slots=True)
class Mood:
    """What changes from picture to picture: expression, and from which side the light falls."""

    smile: float = 0.5  # 0 none .. 1 broad
    gaze: float = 0.0  # -1 .. 1
    open_eyes: float = 1.0
    light_side: float = 0.0  # -1 from the left .. 1 from the right


@dataclass(frozen=True, slots=True)
class _Face:
    """One face being drawn: what every part below needs."""

    brush: Brush
    who: Identity
    mood: Mood
    at: Proportions
    skin: Colour
    dark: Colour  # lines and shadows on this skin
    hair: Colour
    mask: Image


def draw_face(brush: Brush, who: Identity, mood: Mood, at: Proportions) -> None:
    """The face with everything on it, ready for hair in front."""
    skin = skin_colour(who.skin, who.undertone)
    outline = brush.place(at.outline)
    face = _Face(
        brush=brush,
        who=who,
        mood=mood,
        at=at,
        skin=skin,
        dark=mix(scaled(skin, 0.52), rgb(96, 40, 36), 0.22),
        hair=hair_colour(who.hair_colour, who.hair_shade, who.grey),
        mask=brush.mask(outline),
    )
    _ears(face)
    brush.fill(outline, skin)
    _shading(face)
    _marks(face)
    _age_lines(face)
    _nose(face)
    _mouth(face)
    _beard(face)
    _eyes(face)
    _brows(face)
    _glasses(face)


def _ears(face: _Face) -> None:
    at, brush = face.at, face.brush
    height = 0.19 * face.who.ears
    for side in (-1, 1):
        x, y = side * at.half_width * 1.0, at.eye_y + 0.13
        brush.fill(brush.place(ellipse(x, y, 0.10 * face.who.ears, height, side * 0.12)), scaled(face.skin, 0.94))
        brush.fill(brush.place(ellipse(x + side * 0.015, y, 0.045, height * 0.6, side * 0.12)), mix(face.skin, face.dark, 0.38))
        if face.who.earrings:
            brush.fill(brush.place(ellipse(x + side * 0.02, y + height + 0.05, 0.042, 0.05)), rgb(226, 190, 96))


def _shading(face: _Face) -> None:
    at, brush, mask = face.at, face.brush, face.mask
    side = -1 if face.mood.light_side > 0 else 1
    half = at.half_width
    away = [
        (side * half * 0.62, -0.9),
        (side * half * 1.2, -0.9),
        (side * half * 1.2, 1.0),
        (side * half * 0.2, 1.05),
        (side * half * 0.72, 0.45),
    ]
    brush.shade(brush.place(away, 0.3), face.dark, 0.2 + 0.22 * abs(face.mood.light_side), 0.12, mask)
    brush.shade(brush.place(ellipse(0, 1.02, half * 0.7, 0.13)), face.dark, 0.22, 0.08, mask)
    brush.shade(brush.place(ellipse(-side * 0.2, -0.5, 0.3, 0.2)), rgb(255, 250, 240), 0.16, 0.12, mask)
    blush = 0.34 - 0.14 * at.grown - 0.1 * face.who.skin
    for cheek in (-1, 1):
        brush.shade(brush.place(ellipse(cheek * half * 0.6, at.nose_y + 0.04, 0.17, 0.13)), mix(face.skin, _ROSE, 0.75), blush, 0.08, mask)


def _marks(face: _Face) -> None:
    brush, who, at = face.brush, face.who, face.at
    if who.freckles:
        spot = mix(face.skin, rgb(150, 84, 50), 0.42 * who.freckles)
        for row, x in ((0.0, 0.16), (0.05, 0.26), (-0.03, 0.34), (0.07, 0.4), (0.02, 0.47), (-0.06, 0.24)):
            for side in (-1, 1):
                brush.fill(
                    brush.place(ellipse(side * x * at.half_width / 0.72, at.nose_y - 0.08 + row * (1 + 0.3 * side), 0.022, 0.02)), spot
                )
    if who.mole:
        turn = 2 * np.pi * who.mole
        x, y = 0.58 * at.half_width * np.cos(turn), 0.36 + 0.4 * np.sin(turn)
        brush.fill(brush.place(ellipse(x, y, 0.036, 0.036)), mix(face.dark, _INK, 0.4))


def _age_lines(face: _Face) -> None:
    brush, at, worn = face.brush, face.at, face.who.wrinkles
    if worn <= 0.05:
        return
    half = at.half_width

    def crease(points: list[tuple[float, float]], depth: float) -> None:
        if depth > 0.03:
            brush.line(brush.place(smooth(points, closed=False)), mix(face.skin, face.dark, min(0.85, depth)), 0.022)

    for side in (-1, 1):
        fold = [(side * 0.16, at.nose_y + 0.02), (side * 0.27, at.nose_y + 0.13), (side * (at.mouth_half + 0.06), at.mouth_y + 0.02)]
        crease(fold, 0.15 + 0.62 * worn)
        bag = [(side * (at.eye_x - 0.11), at.eye_y + 0.16), (side * at.eye_x, at.eye_y + 0.21), (side * (at.eye_x + 0.13), at.eye_y + 0.15)]
        crease(bag, 0.72 * worn)
        for up in (-0.10, 0.0, 0.10):
            start = (side * (at.eye_x + 0.20), at.eye_y + up * 0.5)
            crease([start, (side * min(half * 0.93, at.eye_x + 0.31), at.eye_y + up * 1.4)], 1.1 * (worn - 0.3))
        jowl = [(side * (at.mouth_half + 0.05), at.mouth_y + 0.07), (side * (at.mouth_half + 0.07), at.mouth_y + 0.2)]
        crease(jowl, 1.1 * (worn - 0.55))
        hollow = ellipse(side * half * 0.72, 0.42, 0.09, 0.22, side * 0.3)
        brush.shade(brush.place(hollow), face.dark, 0.3 * max(0.0, worn - 0.45), 0.09, face.mask)
    for row in range(3):
        y = -0.40 - 0.11 * row + at.eye_y * 0.5
        crease([(-half * 0.46, y + 0.02), (0, y - 0.02), (half * 0.46, y + 0.02)], 1.1 * (worn - 0.2 - 0.16 * row))


def _nose(face: _Face) -> None:
    brush, at, who = face.brush, face.at, face.who
    wide = (0.085 + 0.055 * at.grown) * who.nose_width
    side = -1 if face.mood.light_side > 0 else 1
    ridge = [(side * 0.02, at.eye_y + 0.02), (side * wide * 0.95, at.nose_y - 0.02), (0.0, at.nose_y + 0.02)]
    brush.shade(brush.place(ridge, 1.25), face.dark, 0.28, 0.045, face.mask)
    brush.shade(brush.place(ellipse(-side * 0.02, at.nose_y - 0.08, wide * 0.4, 0.07), 1.3), rgb(255, 248, 238), 0.30, 0.04, face.mask)
    base = [
        (-wide, at.nose_y - 0.03),
        (-wide * 0.62, at.nose_y + 0.035),
        (0.0, at.nose_y + 0.05),
        (wide * 0.62, at.nose_y + 0.035),
        (wide, at.nose_y - 0.03),
    ]
    brush.line(brush.place(smooth(base, closed=False), 1.2), mix(face.skin, face.dark, 0.72), 0.03)
    for hole in (-1, 1):
        brush.fill(brush.place(ellipse(hole * wide * 0.45, at.nose_y + 0.022, wide * 0.2, 0.018), 1.2), mix(face.dark, _INK, 0.35))


def _mouth(face: _Face) -> None:
    brush, at, who = face.brush, face.at, face.who
    smile, half, y = face.mood.smile, at.mouth_half * (1 + 0.1 * face.mood.smile), at.mouth_y
    lip = mix(mix(face.skin, _ROSE, 0.5), rgb(176, 38, 60), max(0.0, min(1.0, who.lip_tint)) * 0.7)
    corner = y - 0.02 - 0.065 * smile
    thick = 0.072 * who.lips * (1 - 0.25 * who.wrinkles) * (0.75 + 0.25 * at.grown)
    gap = 0.05 * max(0.0, smile - 0.62) * 2
    upper = [
        (-half, corner),
        (-half * 0.4, y - thick * 0.75),
        (0, y - thick * 0.5),
        (half * 0.4, y - thick * 0.75),
        (half, corner),
        (0, y + 0.02),
    ]
    lower = [
        (-half, corner),
        (0, y + gap),
        (half, corner),
        (half * 0.5, y + gap + thick * 0.9),
        (0, y + gap + thick * 1.25),
        (-half * 0.5, y + gap + thick * 0.9),
    ]
    if gap > 0.01:
        inside = [
            (-half * 0.86, corner + 0.02),
            (half * 0.86, corner + 0.02),
            (half * 0.4, y + gap),
            (0, y + gap + 0.02),
            (-half * 0.4, y + gap),
        ]
        brush.fill(brush.place(smooth(inside, steps=3)), _WHITE)
    brush.fill(brush.place(smooth(upper, steps=3)), scaled(lip, 0.9))
    brush.fill(brush.place(smooth(lower, steps=3)), lip)
    parting = [
        (-half * 1.04, corner),
        (-half * 0.5, y - 0.012 * smile),
        (0, y + 0.012),
        (half * 0.5, y - 0.012 * smile),
        (half * 1.04, corner),
    ]
    brush.line(brush.place(smooth(parting, closed=False)), mix(lip, _INK, 0.55), 0.02)
    brush.shade(brush.place(ellipse(0, y + gap + thick * 1.25 + 0.06, half * 0.5, 0.025)), face.dark, 0.3, 0.03, face.mask)


def _beard(face: _Face) -> None:
    brush, at, kind = face.brush, face.at, face.who.beard
    half, y = at.half_width, at.mouth_y
    colour = scaled(face.hair, 0.86)
    if kind in ("stubble", "full"):
        right = [(half * 1.02, 0.1), (half * 0.99, 0.42), (half * 0.86, 0.76), (half * 0.46, 1.0)]
        inner = [(half * 0.88, 0.2), (half * 0.74, 0.44), (at.mouth_half + 0.12, y - 0.1), (0.1, y - 0.12)]
        ring = (
            right
            + [(0.0, 1.05)]
            + [(-x, v) for x, v in reversed(right)]
            + [(-x, v) for x, v in inner]
            + [(x, v) for x, v in reversed(inner)]
        )
        points = brush.place(smooth(ring, steps=3), 0.9)
        if kind == "full":
            brush.shade(points, colour, 0.96, 0.025)
        else:
            brush.shade(points, mix(face.hair, face.dark, 0.4), 0.4, 0.06, face.mask)
    if kind == "goatee":
        brush.shade(
            brush.place(smooth([(-0.2, y + 0.12), (0, y + 0.1), (0.2, y + 0.12), (0.17, 1.0), (0, 1.08), (-0.17, 1.0)])),
            colour,
            0.95,
            0.025,
        )
    if kind in ("moustache", "goatee", "full"):
        wide = at.mouth_half * 1.16
        ring = [(0, y - 0.17), (wide * 0.6, y - 0.13), (wide, y + 0.02), (wide * 0.5, y - 0.055), (0, y - 0.06)]
        brush.shade(brush.place(smooth(ring + [(-x, v) for x, v in reversed(ring) if x], steps=3), 1.1), colour, 0.95, 0.02)
    if kind in ("full", "goatee"):
        lip = mix(mix(face.skin, _ROSE, 0.5), _INK, 0.12)
        brush.fill(brush.place(ellipse(0, y + 0.02, at.mouth_half * 0.72, 0.045)), lip)
        brush.line(brush.place([(-at.mouth_half * 0.72, y + 0.005), (at.mouth_half * 0.72, y + 0.005)]), mix(lip, _INK, 0.6), 0.02)


def _eyes(face: _Face) -> None:
    brush, at, who, mood = face.brush, face.at, face.who, face.mood
    wide, high = at.eye_size * 1.12, at.eye_size * (0.86 - 0.24 * at.grown) * mood.open_eyes * (1 - 0.24 * who.wrinkles)
    iris = at.eye_size * 0.56
    # The right eye, from its inner to its outer corner and back below; the left one mirrors it.
    over = [(-wide, who.eye_slant), (-wide * 0.45, -high * 0.9), (wide * 0.35, -high), (wide, -who.eye_slant)]
    under = [(wide * 0.4, high * 0.72), (-wide * 0.5, high * 0.68)]
    for side in (-1, 1):
        x, y = side * at.eye_x, at.eye_y
        lid = smooth([(x + side * dx, y + dy) for dx, dy in over + under])
        brush.shade(brush.place(ellipse(x, y - high * 0.6, wide * 1.15, high * 1.1)), face.dark, 0.22, 0.05, face.mask)
        brush.fill(brush.place(lid), _WHITE)
        look = x + mood.gaze * wide * 0.28
        tall = min(iris, high * 0.98)
        brush.fill(brush.place(ellipse(look, y, iris, tall)), eye_colour(who.eye_colour))
        brush.fill(brush.place(ellipse(look, y, iris * 0.5, tall * 0.55)), _INK)
        brush.fill(brush.place(ellipse(look - iris * 0.3, y - tall * 0.35, iris * 0.2, iris * 0.2)), _WHITE)
        arch = [(x + side * dx * 1.04, y + dy * 1.02) for dx, dy in over]
        weight = 0.026 + 0.02 * who.lashes
        brush.line(brush.place(smooth(arch, closed=False)), mix(face.dark, _INK, 0.45 + 0.5 * min(1.0, who.lashes)), weight)
        if who.lashes > 0.5 and at.grown > 0.5:
            tip = [(x + side * wide * 0.9, y - high * 0.35), (x + side * wide * 1.32, y - high * 0.95)]
            brush.line(brush.place(tip), _INK, 0.03)


def _brows(face: _Face) -> None:
    brush, at, who = face.brush, face.at, face.who
    colour = mix(scaled(face.hair, 0.72), face.dark, 0.25)
    thick = 0.046 * who.brow_weight * (0.55 + 0.45 * at.grown)
    long = at.eye_size * 1.4
    for side in (-1, 1):
        top = [
            (-long * 0.78, -0.015),
            (-long * 0.1, -0.05 * who.brow_arch - thick),
            (long * 0.55, -0.05 * who.brow_arch - thick * 0.5),
            (long, 0.05),
        ]
        under = [
            (long * 0.5, -0.045 * who.brow_arch + thick * 0.7),
            (-long * 0.1, -0.03 * who.brow_arch + thick),
            (-long * 0.8, 0.02 + thick * 0.6),
        ]
        ring = [(side * (at.eye_x + dx), at.brow_y + dy) for dx, dy in top + under]
        brush.fill(brush.place(smooth(ring, steps=3)), mix(face.skin, colour, 0.5 + 0.42 * at.grown))


def _glasses(face: _Face) -> None:
    brush, at, kind = face.brush, face.at, face.who.glasses
    if kind == "none":
        return
    frame = rgb(44, 40, 46) if face.who.mouth_width > 1 else rgb(122, 84, 52)
    wide = min(at.eye_x - 0.05, 0.25)
    high = wide * (0.95 if kind == "round" else 0.72)
    for side in (-1, 1):
        x, y = side * at.eye_x * 1.02, at.eye_y + 0.03
        if kind == "round":
            rim = ellipse(x, y, wide, high)
        else:
            rim = smooth(
                [
                    (x - wide, y - high * 0.8),
                    (x, y - high),
                    (x + wide, y - high * 0.8),
                    (x + wide * 0.9, y + high * 0.75),
                    (x, y + high),
                    (x - wide * 0.9, y + high * 0.75),
                ],
                steps=4,
            )
        brush.shade(brush.place(rim), rgb(214, 230, 240), 0.14, 0.02)
        brush.line(brush.place(rim), frame, 0.042, closed=True)
        brush.line(brush.place([(x + side * wide, y - 0.05), (side * at.half_width * 1.02, y - 0.04)]), frame, 0.04)
    brush.line(
        brush.place(smooth([(-at.eye_x + wide, at.eye_y), (0, at.eye_y - 0.05), (at.eye_x - wide, at.eye_y)], closed=False)), frame, 0.042
    )
