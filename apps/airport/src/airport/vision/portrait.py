"""Reference photos: one person alone, large and well lit, as on an application form; a few poses for each."""

from __future__ import annotations

import math

from airport.vision.backdrop import draw_backdrop
from airport.vision.body import choose_clothes
from airport.vision.brush import Pose
from airport.vision.dice import dice
from airport.vision.face import Mood
from airport.vision.identity import Identity
from airport.vision.scene import Sighting, draw_person, expose

PHOTOS = 4
_SIDE = 200


def draw_portraits(name: str, who: Identity, count: int = PHOTOS) -> list[bytes]:
    """JPEGs of this person, the same for the same name and traits."""
    return [_draw_portrait(name, who, number, count) for number in range(count)]


def _draw_portrait(name: str, who: Identity, number: int, count: int) -> bytes:
    rng = dice("portrait", name, number)
    picture = draw_backdrop(f"portrait-{name}-{number}", _SIDE, _SIDE)
    turn = 0.14 * math.sin(2 * math.pi * number / count)
    pose = Pose(_SIDE / 2, _SIDE * 0.44, 47.0, rng.gauss(0, 0.04), turn, rng.gauss(0, 0.02))
    mood = Mood(rng.random(), rng.uniform(-0.5, 0.5), 1.0, rng.uniform(-0.8, 0.8))
    draw_person(picture, Sighting(who, pose, mood, choose_clothes(rng, who)))
    return expose(picture, rng)
