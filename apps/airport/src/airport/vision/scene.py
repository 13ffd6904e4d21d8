"""What a camera sees: `render(camera, cycle)` draws one frame of 0 to 4 people, always the same one for the same words.

The truth about who is in a frame is returned beside the JPEG for training and for measuring; it is never in it.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from airport.vision.backdrop import draw_backdrop
from airport.vision.body import Clothes, choose_clothes, draw_body
from airport.vision.brush import Brush, Pose, ellipse
from airport.vision.colours import cloth_colour, rgb, scaled, skin_colour
from airport.vision.dice import dice
from airport.vision.face import Mood, draw_face
from airport.vision.gallery import Gallery
from airport.vision.hair import draw_hair, draw_hair_behind
from airport.vision.identity import Identity, draw_identity, maturity
from airport.vision.people import AGE_BRACKETS, Box, age_span
from airport.vision.picture import Image
from airport.vision.proportions import proportions

WIDTH, HEIGHT = 640, 360
# How often somebody in a frame is a person of interest.
INTEREST_SHARE = 0.06

_HOW_MANY = (0.10, 0.28, 0.30, 0.20, 0.12)


@dataclass(frozen=True, slots=True)
class TruthPerson:
    """Who really stands in a frame; `name` only for persons of interest."""

    gender: str
    age: str
    box: Box
    name: str | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera, and who is on it (for training and measuring only)."""

    jpeg: bytes
    truth: tuple[TruthPerson, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody as they stand in one picture."""

    who: Identity
    pose: Pose
    mood: Mood
    clothes: Clothes
    name: str | None = None


def render(camera: str, cycle: int, gallery: Gallery | None = None, interest: float = INTEREST_SHARE) -> Frame:
    """The frame of this camera in this cycle; `interest` is the share of people taken from the gallery."""
    rng = dice("frame", camera, cycle)
    return photograph(camera, stand_apart(rng, _cast(rng, gallery or built_in_gallery(), interest)), rng)


def photograph(camera: str, people: list[Sighting], rng: random.Random) -> Frame:
    """These people in front of this camera, the farthest first."""
    picture = _backdrop(camera).copy()
    for person in people:
        draw_person(picture, person)
        if rng.random() < 0.12:
            _occlude(picture, person, rng)
    return Frame(expose(picture, rng), tuple(true_person(person) for person in people))


def stand_apart(rng: random.Random, cast: list[tuple[str | None, Identity]]) -> list[Sighting]:
    """Gives each an own stretch of the picture to stand in; from the farthest to the nearest."""
    stretch = WIDTH / max(len(cast), 1)
    people = [_stand(rng, name, who, stretch * place, stretch) for place, (name, who) in enumerate(cast)]
    return sorted(people, key=lambda person: person.pose.size)


def draw_person(picture: Image, person: Sighting) -> None:
    """One person, in front of what is there already."""
    at = proportions(person.who)
    brush = Brush(picture, person.pose, at.half_width)
    draw_hair_behind(brush, person.who, at)
    draw_body(brush, person.who, person.clothes, at)
    draw_face(brush, person.who, person.mood, at)
    draw_hair(brush, person.who, at)


def true_person(person: Sighting) -> TruthPerson:
    """What is true of somebody drawn."""
    pose = person.pose
    return TruthPerson(person.who.gender, bracket_of(person.who.age), Box(pose.x, pose.y, pose.size, pose.tilt), person.name)


def expose(picture: Image, rng: random.Random) -> bytes:
    """As JPEG, with the lighting and the sensor noise of a camera in an airport."""
    height, width = picture.shape[:2]
    level, warmth = rng.uniform(0.84, 1.14), rng.uniform(-0.06, 0.06)
    corners = np.array([[[rng.uniform(0.88, 1.1)] for _ in range(3)] for _ in range(2)])
    gain = (corners * level * (1 - warmth, 1.0, 1 + warmth)).astype(np.float32)
    light = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    lit = cv2.multiply(picture, light, dtype=cv2.CV_8U)
    left, top = rng.randrange(64), rng.randrange(64)
    strength = rng.uniform(0.1, 0.75)
    noise = _noise(height + 64, width + 64)[top : top + height, left : left + width]
    noisy = cv2.addWeighted(lit, 1.0, noise, strength, -128 * strength)
    done, encoded = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, rng.randint(78, 92)))
    if not done:
        raise RuntimeError("OpenCV could not encode a frame that it drew itself")
    return encoded.tobytes()


def bracket_of(age: float) -> str:
    """The bracket an age belongs to, or the nearest one."""
    return min(AGE_BRACKETS, key=lambda bracket: max(age_span(bracket)[0] - age, age - age_span(bracket)[1], 0.0))


@functools.cache
def built_in_gallery() -> Gallery:
    """The gallery that comes with the airport."""
    return Gallery.load()


@functools.lru_cache(maxsize=4)
def _backdrop(camera: str) -> Image:
    return draw_backdrop(camera, WIDTH, HEIGHT)


def _cast(rng: random.Random, gallery: Gallery, interest: float) -> list[tuple[str | None, Identity]]:
    """Who happens to be there; nobody of the gallery twice."""
    wanted = list(gallery.persons)
    chosen: list[tuple[str | None, Identity]] = []
    for _ in range(rng.choices(range(5), weights=_HOW_MANY)[0]):
        if wanted and rng.random() < interest:
            person = wanted.pop(rng.randrange(len(wanted)))
            chosen.append((person.name, person.identity))
        else:
            chosen.append((None, draw_identity(rng)))
    return chosen


def _stand(rng: random.Random, name: str | None, who: Identity, left: float, stretch: float) -> Sighting:
    """A pose within a stretch of the picture: the head stays inside it, and tall people's heads are higher."""
    near = min(rng.uniform(29, 58), stretch * 0.30)
    size = near * (0.80 + 0.20 * maturity(who.age))
    x = left + stretch / 2 + rng.uniform(-1, 1) * max(0.0, stretch / 2 - 1.45 * size)
    y = 118 + (170 - who.height) * 1.05 * near / 54 + rng.uniform(-22, 26)
    y = max(1.35 * size, min(HEIGHT - 1.7 * size, y))
    pose = Pose(x, y, size, rng.gauss(0, 0.07), max(-0.24, min(0.24, rng.gauss(0, 0.11))), rng.gauss(0, 0.03))
    mood = Mood(rng.random(), rng.uniform(-1, 1), rng.uniform(0.8, 1.08), rng.uniform(-1, 1))
    return Sighting(who, pose, mood, choose_clothes(rng, who), name)


def _occlude(picture: Image, person: Sighting, rng: random.Random) -> None:
    """A small thing in front of somebody: a hand at the chin, a phone, the handle of a suitcase."""
    at = proportions(person.who)
    brush = Brush(picture, person.pose, at.half_width)
    side = rng.choice((-1, 1))
    kind = rng.choice(("hand", "phone", "handle"))
    if kind == "handle":
        x, y, colour = side * rng.uniform(0.9, 1.6), rng.uniform(0.9, 1.5), cloth_colour(rng)
        brush.line(brush.upright([(x - 0.3, 20.0), (x - 0.3, y), (x + 0.3, y), (x + 0.3, 20.0)]), scaled(colour, 0.6), 0.1)
        return
    x, y = side * at.half_width * rng.uniform(0.9, 1.15), rng.uniform(0.35, 0.75)
    skin = skin_colour(person.who.skin, person.who.undertone)
    if kind == "phone":
        brush.fill(brush.place([(x - 0.13, y - 0.4), (x + 0.13, y - 0.4), (x + 0.13, y + 0.3), (x - 0.13, y + 0.3)], 0), rgb(34, 36, 42))
    brush.fill(brush.place(ellipse(x, y + 0.2, 0.24, 0.28, side * 0.4), 0), scaled(skin, 0.96))
    for finger in range(3):
        brush.line(
            brush.place([(x - side * 0.2, y + 0.08 + 0.12 * finger), (x + side * 0.08, y + 0.1 + 0.12 * finger)], 0),
            scaled(skin, 0.72),
            0.025,
        )


@functools.lru_cache(maxsize=4)
def _noise(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Sensor noise around middle grey, the same grain for ever; each frame looks at another part of it."""
    grain = np.random.Generator(np.random.PCG64(2020)).normal(128, 7, (height, width, 3))
    return np.clip(np.rint(grain), 0, 255).astype(np.uint8)
