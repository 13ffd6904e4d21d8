"""Reference photos: one person alone, large, before a plain wall, as on an application form; a few poses for each."""

from __future__ import annotations

import math

import numpy as np

from airport.vision.body import choose_clothes
from airport.vision.brush import Pose
from airport.vision.dice import dice
from airport.vision.face import Mood
from airport.vision.identity import Identity
from airport.vision.picture import Image
from airport.vision.scene import Frame, Sighting, draw_person, expose, true_person

PHOTOS = 5
_SIDE = 200


def draw_portraits(name: str, who: Identity, count: int = PHOTOS) -> list[Frame]:
    """Photos of this person, the same for the same name and traits; the head turned a little further in each."""
    return [draw_portrait(name, who, number / count) for number in range(count)]


def draw_portrait(name: str, who: Identity, place: float) -> Frame:
    """One photo; `place` (0 to 1) says how far round the person turned."""
    rng = dice("portrait", name, place)
    picture: Image = np.empty((_SIDE, _SIDE, 3), np.uint8)
    picture[:] = np.linspace(rng.uniform(205, 232), rng.uniform(170, 205), _SIDE)[:, None, None] * np.array([1.0, 0.99, 0.97])
    turn = 0.14 * math.sin(2 * math.pi * place)
    pose = Pose(_SIDE / 2, _SIDE * 0.44, 47.0, rng.gauss(0, 0.04), turn, rng.gauss(0, 0.02))
    mood = Mood(rng.random(), rng.uniform(-0.5, 0.5), 1.0, rng.uniform(-0.8, 0.8))
    person = Sighting(who, pose, mood, choose_clothes(rng, who), name)
    draw_person(picture, person)
    return Frame(expose(picture, rng), (true_person(person),))
