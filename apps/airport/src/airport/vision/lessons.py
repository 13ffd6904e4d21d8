"""What the models learn from: frames of invented people, cut into windows with the right answers beside them.

Each lesson is a plain function of its number (and of what was learnt before), so that lessons can be drawn by several
processes in any order and still be the same. None shows a person of the gallery or a camera of the airport.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from airport.vision.detect import SIZES, TEMPLATE, propose, template_cells, template_place, template_window
from airport.vision.dice import dice
from airport.vision.features import Floats, face_features, head_features, shrunk, window_features
from airport.vision.identity import Identity, draw_identity
from airport.vision.people import AGE_BRACKETS, GENDERS, Box
from airport.vision.picture import Image
from airport.vision.pixels import decode_jpeg
from airport.vision.portrait import draw_portrait
from airport.vision.scene import TruthPerson, photograph, stand_apart

IDENTITIES = 1400
VIEWS = 6
_FRAMES_OF_A_CAMERA = 16  # one after the other: its backdrop is drawn once
_SIZE_FITS = 0.16  # how far a head may be from a template's size, as a logarithm


@dataclass(frozen=True)
class Windows:
    """Windows with what a judge should say: head or not, and how far the head is off (only where there is one)."""

    features: npt.NDArray[np.float16]
    answers: Floats  # head (0 or 1), dx, dy, log of the size's ratio

    @classmethod
    def joined(cls, parts: list[Windows]) -> Windows:
        """All in one."""
        return cls(np.concatenate([part.features for part in parts]), np.concatenate([part.answers for part in parts]))


@dataclass(frozen=True)
class Heads:
    """Heads with gender, age bracket and identity, as indices; and faces a little off, with by how much."""

    features: npt.NDArray[np.float16]
    answers: npt.NDArray[np.int64]
    shifted: npt.NDArray[np.float16]
    shifts: Floats  # dx, dy, log of the size's ratio, tilt

    @classmethod
    def joined(cls, parts: list[Heads]) -> Heads:
        """All in one, all views of one person after the other's."""
        answers = np.concatenate([part.answers for part in parts])
        order = np.argsort(answers[:, 2], kind="stable")
        return cls(
            np.concatenate([part.features for part in parts])[order],
            answers[order],
            np.concatenate([part.shifted for part in parts])[order],
            np.concatenate([part.shifts for part in parts])[order],
        )

    def part(self, rows: slice) -> Heads:
        """Some of them."""
        return Heads(self.features[rows], self.answers[rows], self.shifted[rows], self.shifts[rows])


def template_lesson(number: int, template: Floats | None) -> tuple[Floats, Floats]:
    """Template windows and their signs (1 head, -1 none): random ones, or those that fool the template so far."""
    rng = dice("training template", number, template is None)
    people: list[tuple[str | None, Identity]] = [(None, draw_identity(rng)) for _ in range(rng.randint(1, 4))]
    frame = photograph(_camera(number), stand_apart(rng, people), rng)
    sizes = shrunk(decode_jpeg(frame.jpeg))
    rows: list[Floats] = []
    signs: list[float] = []
    for size in SIZES:
        cells = template_cells(sizes, size)
        found = [(place, _template_sign(place, size, frame.truth)) for place in _places(cells, template, rng)]
        # The places on either side of a head are heads, too: a template is asked at whole cells only.
        found += [
            (place, 1.0) for person in frame.truth if _off(person.box, size) < _SIZE_FITS for place in _template_places(person.box, size)
        ]
        for (row, column), sign in found:
            row, column = min(max(row, 0), len(cells) - TEMPLATE[0]), min(max(column, 0), cells.shape[1] - TEMPLATE[1])
            if sign:
                rows.append(cells[row : row + TEMPLATE[0], column : column + TEMPLATE[1]].ravel())
                signs.append(sign)
    return np.stack(rows), np.array(signs, np.float32)


def frame_lesson(number: int, identities: list[int], template: Floats, with_windows: bool) -> tuple[Windows | None, Heads]:
    """One frame of these identities: its heads, and the template's proposals on it if wanted."""
    rng = dice("training frame", number)
    people = stand_apart(rng, [(str(identity), training_identity(identity)) for identity in identities])
    frame = photograph(_camera(number), people, rng)
    sizes = shrunk(decode_jpeg(frame.jpeg))
    features, answers, shifted, shifts = [], [], [], []
    for person in frame.truth:
        features.append(head_features(sizes, _jittered(person.box, rng, 0.018, 0.02)))
        answers.append((GENDERS.index(person.gender), AGE_BRACKETS.index(person.age), int(person.name or 0)))
        off = replace(_jittered(person.box, rng, 0.05, 0.0), tilt=0.0)
        shifted.append(face_features(sizes, off))
        shifts.append((*_offsets(off, person.box), person.box.tilt))
    heads = Heads(
        np.stack(features).astype(np.float16), np.array(answers), np.stack(shifted).astype(np.float16), np.array(shifts, np.float32)
    )
    return (_windows(sizes, frame.truth, template, rng) if with_windows else None), heads


def empty_lesson(number: int, template: Floats) -> Windows:
    """A place without anybody: nothing there is a head."""
    rng = dice("training empty", number)
    frame = photograph(f"training-empty-{number}", [], rng)
    return _windows(shrunk(decode_jpeg(frame.jpeg)), frame.truth, template, rng)


def portrait_lesson(number: int, template: Floats) -> Windows:
    """A photo as galleries have them: a head is a head there, too."""
    rng = dice("training portrait", number)
    photo = draw_portrait(f"training-{number}", draw_identity(rng), rng.random())
    return _windows(shrunk(decode_jpeg(photo.jpeg)), photo.truth, template, rng)


def training_identity(number: int) -> Identity:
    """One of the people that models learn from."""
    return draw_identity(dice("training identity", number))


def _camera(number: int) -> str:
    return f"training-{number // _FRAMES_OF_A_CAMERA}"


def groups() -> list[list[int]]:
    """Every identity once in each view, in groups of one to four that stand in a frame together."""
    made: list[list[int]] = []
    for view in range(VIEWS):
        rng = dice("training groups", view)
        order = list(range(IDENTITIES))
        rng.shuffle(order)
        while order:
            count = rng.randint(1, 4)
            made.append(order[:count])
            del order[:count]
    return made


def _windows(sizes: list[Image], truth: tuple[TruthPerson, ...], template: Floats, rng: random.Random) -> Windows:
    boxes = [proposal.box for proposal in propose(sizes, template)]
    for person in truth:
        boxes += [replace(_jittered(person.box, rng, spread), tilt=0.0) for spread in (0.02, 0.04, 0.06, 0.12, 0.25, 0.4)]
    features, answers = [], []
    for box in boxes:
        answer = _window_answer(box, truth)
        if answer is not None:
            features.append(window_features(sizes, box))
            answers.append(answer)
    return Windows(np.stack(features).astype(np.float16), np.array(answers, np.float32))


def _window_answer(box: Box, truth: tuple[TruthPerson, ...]) -> tuple[float, float, float, float] | None:
    """What to say of a window; None where a window is neither clearly on a head nor clearly off."""
    for person in truth:
        head = person.box
        dx, dy, ds = _offsets(box, head)
        if math.hypot(dx, dy) < 0.5 and abs(ds) < 0.42:
            return (1.0, dx, dy, ds)
        if math.hypot(dx, dy) < 0.8 and abs(ds) < 0.6:
            return None
    return (0.0, 0.0, 0.0, 0.0)


def _offsets(box: Box, head: Box) -> tuple[float, float, float]:
    """How the window must move (in half heads) and grow (as a logarithm) to be on the head."""
    return (head.x - box.x) / box.size, (head.y - box.y) / box.size, math.log(head.size / box.size)


def _jittered(box: Box, rng: random.Random, spread: float, lean: float = 0.0) -> Box:
    """Where a detector might have found it."""
    x, y = box.x + rng.gauss(0, spread) * box.size, box.y + rng.gauss(0, spread) * box.size
    return Box(x, y, box.size * math.exp(rng.gauss(0, 0.8 * spread)), box.tilt + rng.gauss(0, lean))


def _places(cells: Floats, template: Floats | None, rng: random.Random) -> list[tuple[int, int]]:
    """Cells to learn from: any, or where the template answers most strongly."""
    if template is None:
        return [(rng.randrange(cells.shape[0] - TEMPLATE[0] + 1), rng.randrange(cells.shape[1] - TEMPLATE[1] + 1)) for _ in range(24)]
    response = cv2.matchTemplate(cells, template, cv2.TM_CCORR)
    best = np.argsort(-response, axis=None, kind="stable")[:14]
    return [divmod(int(place), response.shape[1]) for place in best]


def _template_places(box: Box, size: float) -> list[tuple[int, int]]:
    """The four places (row, column of padded cells) of a template that are nearest to a head."""
    row, column = template_place(box, size)
    return [(math.floor(row) + down, math.floor(column) + right) for down in (0, 1) for right in (0, 1)]


def _template_sign(place: tuple[int, int], size: float, truth: tuple[TruthPerson, ...]) -> float:
    """1 on a head, -1 clearly off every head, 0 between."""
    window = template_window(*place, size)
    for person in truth:
        far = math.hypot(person.box.x - window.x, person.box.y - window.y) / person.box.size
        if far < 0.3 and _off(person.box, size) < _SIZE_FITS:
            return 1.0
        if far < 0.7 and _off(person.box, size) < 0.4:
            return 0.0
    return -1.0


def _off(box: Box, size: float) -> float:
    """How far a head is from a size, as a logarithm."""
    return abs(math.log(box.size / size))
