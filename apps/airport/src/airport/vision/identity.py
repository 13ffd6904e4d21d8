"""Who somebody is: the traits that stay the same from picture to picture, and how traits follow age and gender.

Every trait is drawn from a distribution that overlaps with the other gender's and the neighbouring ages', as in
life: a picture makes gender and age likely, never certain. Lengths are in half head heights.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from airport.vision.dice import pick
from airport.vision.people import AGE_BRACKETS, GENDERS, age_span

# How often each bracket is seen at an airport.
_BRACKET_SHARES = dict(zip(AGE_BRACKETS, (0.08, 0.10, 0.12, 0.13, 0.17, 0.15, 0.12, 0.13), strict=True))

_HAIR_BY_SKIN = (
    (0.45, {"black": 0.10, "dark brown": 0.24, "brown": 0.24, "chestnut": 0.12, "dark blond": 0.14, "blond": 0.11, "red": 0.05}),
    (0.65, {"black": 0.42, "dark brown": 0.34, "brown": 0.18, "chestnut": 0.06}),
    (1.01, {"black": 0.72, "dark brown": 0.22, "brown": 0.06}),
)
_EYES_BY_SKIN = (
    (0.45, {"brown": 0.36, "hazel": 0.18, "green": 0.16, "blue": 0.22, "grey": 0.08}),
    (0.65, {"brown": 0.72, "hazel": 0.2, "green": 0.08}),
    (1.01, {"brown": 0.92, "hazel": 0.08}),
)
_STYLES = {
    ("female", "baby"): {"fuzz": 0.45, "crop": 0.06, "pigtails": 0.34, "bob": 0.15},
    ("male", "baby"): {"fuzz": 0.62, "crop": 0.32, "curly": 0.06},
    ("female", "child"): {"long": 0.28, "wavy": 0.16, "pigtails": 0.22, "ponytail": 0.14, "bob": 0.16, "crop": 0.02, "afro": 0.02},
    ("male", "child"): {"crop": 0.50, "buzz": 0.14, "curly": 0.18, "quiff": 0.13, "bob": 0.05},
    ("female", "adult"): {
        "long": 0.25,
        "wavy": 0.21,
        "bob": 0.19,
        "ponytail": 0.13,
        "bun": 0.11,
        "afro": 0.04,
        "crop": 0.04,
        "curly": 0.03,
    },
    ("male", "adult"): {
        "crop": 0.32,
        "quiff": 0.18,
        "buzz": 0.14,
        "curly": 0.11,
        "receding": 0.10,
        "bald": 0.07,
        "afro": 0.03,
        "long": 0.05,
    },
    ("female", "old"): {"bob": 0.30, "bun": 0.20, "curly": 0.20, "wavy": 0.14, "crop": 0.12, "long": 0.04},
    ("male", "old"): {"crop": 0.26, "receding": 0.27, "crown": 0.20, "bald": 0.15, "quiff": 0.07, "buzz": 0.05},
}


@dataclass(frozen=True, slots=True)
class Identity:
    """One person's lasting traits; the drawing of a head depends on nothing else but pose, light and mood."""

    gender: str
    age: float
    height: float  # cm
    skin: float  # 0 light .. 1 dark
    undertone: float  # -1 cool .. 1 warm
    hair_style: str
    hair_colour: str
    hair_shade: float  # -1 darker .. 1 lighter than the colour's middle
    grey: float  # share of grey hair
    fringe: float  # 0 none .. 1 down to the brows
    eye_colour: str
    face_width: float
    cheek: float
    jaw: float
    chin: float
    eye_size: float
    eye_gap: float
    eye_slant: float
    brow_weight: float
    brow_arch: float
    nose_length: float
    nose_width: float
    mouth_width: float
    lips: float
    lip_tint: float
    lashes: float
    ears: float
    wrinkles: float
    freckles: float
    mole: float  # 0 none, else where: a turn around the face
    beard: str
    glasses: str
    earrings: bool


def draw_identity(rng: random.Random, gender: str | None = None, bracket: str | None = None) -> Identity:
    """Somebody: of this gender and age bracket where given, else anybody."""
    gender = gender or rng.choice(GENDERS)
    youngest, oldest = age_span(bracket or pick(rng, _BRACKET_SHARES))
    # The open bracket thins out: few travellers are near a hundred.
    age = rng.uniform(youngest, oldest) if oldest < 100 else youngest + min(rng.expovariate(1 / 11), 35.0)
    male, grown = gender == "male", maturity(age)
    skin = rng.betavariate(1.1, 1.3)
    grey = _grey(rng, gender, age)
    return Identity(
        gender=gender,
        age=round(age, 1),
        height=_height(rng, gender, age),
        skin=skin,
        undertone=rng.uniform(-1, 1),
        hair_style=pick(rng, _STYLES[gender, _generation(age)]),
        hair_colour=pick(rng, _by_skin(_HAIR_BY_SKIN, skin)),
        hair_shade=rng.uniform(-1, 1),
        grey=grey,
        fringe=rng.choice((0.0, 0.0, rng.uniform(0.3, 1.0))) if male else rng.choice((0.0, rng.uniform(0.3, 1.0))),
        eye_colour=pick(rng, _by_skin(_EYES_BY_SKIN, skin)),
        face_width=_near(rng, 1.0, 0.05),
        cheek=_near(rng, 0.93 + 0.04 * (1 - grown), 0.035),
        jaw=_near(rng, 0.82 if male else 0.72, 0.045) * grown + 0.84 * (1 - grown),
        chin=_near(rng, 0.46 if male else 0.35, 0.05) * grown + 0.44 * (1 - grown),
        eye_size=_near(rng, 0.96 if male else 1.07, 0.08),
        eye_gap=_near(rng, 1.0, 0.06),
        eye_slant=_near(rng, 0.008, 0.03),
        brow_weight=max(0.4, _near(rng, 0.75 + 0.5 * grown if male else 0.72, 0.15)),
        brow_arch=_near(rng, 0.35 if male else 0.75, 0.3),
        nose_length=_near(rng, 1.0, 0.11),
        nose_width=_near(rng, 1.06 if male else 0.93, 0.12),
        mouth_width=_near(rng, 1.0, 0.09),
        lips=_near(rng, 0.8 if male else 1.12, 0.14),
        lip_tint=_near(rng, 0.12 if male or age < 14 else 0.6, 0.16 if not male else 0.08),
        lashes=max(0.0, _near(rng, 0.15 if male else 0.45 + 0.35 * grown, 0.2)),
        ears=_near(rng, 1.0, 0.12),
        wrinkles=max(0.0, min(1.15, _near(rng, (age - 23) / 46, 0.06))) if age > 21 else 0.0,
        freckles=rng.uniform(0.4, 1.0) if skin < 0.4 and rng.random() < 0.16 else 0.0,
        mole=rng.uniform(0.05, 1.0) if rng.random() < 0.22 else 0.0,
        beard=_beard(rng, gender, age),
        glasses=_glasses(rng, age),
        earrings=rng.random() < (0.04 if male or age < 5 else 0.4),
    )


def maturity(age: float) -> float:
    """How far a face has grown from a newborn's (0) to an adult's (1) proportions."""
    return 1 - float((1 - min(age, 24.0) / 24.0) ** 1.4)


def _generation(age: float) -> str:
    return "baby" if age < 3 else "child" if age < 13 else "adult" if age < 56 else "old"


def _height(rng: random.Random, gender: str, age: float) -> float:
    adult = _near(rng, 178 if gender == "male" else 165, 7)
    grown = min(age, 17.0) / 17.0
    shrunk = max(0.0, age - 60) * 0.12
    return round(adult * (0.36 + 0.64 * float(grown**0.8)) - shrunk, 1)


def _grey(rng: random.Random, gender: str, age: float) -> float:
    if age < 33 or (gender == "female" and rng.random() < 0.22):  # some colour their hair
        return 0.0
    return max(0.0, min(1.0, _near(rng, (age - 36) / 30, 0.12)))


def _beard(rng: random.Random, gender: str, age: float) -> str:
    if gender == "female" or age < 16:
        return "none"
    if age < 21:
        return pick(rng, {"none": 0.75, "stubble": 0.25})
    return pick(rng, {"none": 0.46, "stubble": 0.2, "moustache": 0.08, "goatee": 0.1, "full": 0.16})


def _glasses(rng: random.Random, age: float) -> str:
    worn = 0.02 if age < 7 else 0.12 if age < 25 else 0.22 if age < 45 else 0.38 if age < 58 else 0.52
    return rng.choice(("round", "square")) if rng.random() < worn else "none"


def _near(rng: random.Random, middle: float, spread: float) -> float:
    """Somewhere around the middle, never further than two and a half spreads away."""
    return middle + spread * max(-2.5, min(2.5, rng.gauss(0, 1)))


def _by_skin(table: tuple[tuple[float, dict[str, float]], ...], skin: float) -> dict[str, float]:
    return next(shares for limit, shares in table if skin < limit)
