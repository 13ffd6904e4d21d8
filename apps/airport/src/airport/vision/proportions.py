"""Where the parts of a head are, given who it is: children's eyes sit lower and larger,
men's jaws are wider, and noses and jowls grow with the years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from airport.vision.brush import Points, mirrored, smooth
from airport.vision.identity import Identity, maturity


@dataclass(frozen=True, slots=True)
class Proportions:
    """Measures in half head heights, from the middle of the head; y grows downwards."""

    grown: float
    half_width: float
    eye_x: float
    eye_y: float
    eye_size: float
    brow_y: float
    nose_y: float
    mouth_y: float
    mouth_half: float
    shoulder: float
    neck: float
    outline: Points  # of the face, ears and hair aside


def proportions(who: Identity) -> Proportions:
    """Everything that the drawing of a head needs to know about its shape."""
    grown = maturity(who.age)

    def from_baby(baby: float, adult: float) -> float:
        return baby + (adult - baby) * grown

    half = from_baby(0.87, 0.735) * who.face_width
    eye_y = from_baby(0.22, 0.02)
    eye_size = from_baby(0.178, 0.132) * who.eye_size
    male = who.gender == "male"
    right = [
        (0.0, -1.0),
        (0.56 * half, -0.89),
        (0.90 * half, -0.56),
        (half, -0.08),
        (half * who.cheek, 0.34),
        (half * (who.jaw + 0.07 * who.wrinkles), 0.70),
        (half * who.chin, 0.94),
        (0.0, 1.0),
    ]
    return Proportions(
        grown=grown,
        half_width=half,
        eye_x=0.47 * half * who.eye_gap * from_baby(1.03, 1.0),
        eye_y=eye_y,
        eye_size=eye_size,
        brow_y=eye_y - eye_size * from_baby(1.45, 1.62) - 0.02,
        nose_y=eye_y + from_baby(0.26, 0.42 * who.nose_length + 0.04 * who.wrinkles),
        mouth_y=from_baby(0.68, 0.62 + 0.03 * (who.nose_length - 1)),
        mouth_half=from_baby(0.20, 0.29) * who.mouth_width,
        shoulder=from_baby(1.2, 2.02 if male else 1.72),
        neck=from_baby(0.42, 0.56 if male else 0.44),
        outline=smooth(np.array(mirrored(right))),
    )
