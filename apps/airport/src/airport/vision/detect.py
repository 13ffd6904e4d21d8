"""Finds heads in pixels: a linear template proposes windows at six scales, a small network judges and adjusts them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from airport.vision.features import Floats, channels, face_features, shrunk, window_features
from airport.vision.network import Network
from airport.vision.people import Box
from airport.vision.picture import Image

CELL = 4
UNIT = 12.0  # pixels of half a head where the template is applied
TEMPLATE = (9, 8)  # cells: rows, columns
SIZES = (23.0, 28.0, 34.0, 41.0, 50.0, 61.0)  # half heads, in pixels of the frame, that are looked for
ABOVE = 1.4 * UNIT  # pixels of the template over the head's middle
_PAD_TOP, _PAD_LEFT = 2, 3  # cells
_SMALLEST = 19.0  # half a head in pixels; less is too blurred to tell
PROPOSALS = 28
_ROUNDS = 2  # a window is judged where it was proposed and where it moved to; both count


@dataclass(frozen=True, slots=True)
class Proposal:
    """A window that may hold a head, and what the template thinks of it."""

    box: Box
    score: float


@dataclass(frozen=True)
class Detector:
    """The trained template and network, and above which score there is a head."""

    template: Floats
    judge: Network
    aligner: Network
    threshold: float

    @classmethod
    def of(cls, model: Mapping[str, Floats]) -> Detector:
        """From a model file's arrays."""
        template = model["template"].reshape(*TEMPLATE, -1)
        return cls(template, Network.of(model, "window"), Network.of(model, "align"), float(model["window.threshold"][0]))

    def heads(self, picture: Image, most: int = PROPOSALS) -> tuple[list[Box], list[Image]]:
        """All heads from left to right, and the picture's sizes for looking closer at them.

        `most` windows are judged: fewer are enough where a head is known to fill the picture.
        """
        if min(picture.shape[:2]) < 2 * _SMALLEST:
            return [], [picture]
        sizes = shrunk(picture)
        boxes = [proposal.box for proposal in propose(sizes, self.template)[:most]]
        scores = np.zeros(len(boxes), np.float32)
        for _ in range(_ROUNDS):
            if not boxes:
                return [], sizes
            judged = self.judge(np.stack([window_features(sizes, box) for box in boxes]))
            scores = scores + judged[:, 0]
            boxes = [adjusted(box, row[1:]) for box, row in zip(boxes, judged, strict=True)]
            # Windows that drifted onto the same head need to be judged only once more.
            likely = [
                index for index in _apart(boxes, scores, 0.35) if scores[index] > self.threshold - 3 and boxes[index].size > _SMALLEST
            ]
            boxes, scores = [boxes[index] for index in likely], scores[likely]
        keep = [index for index in _apart(boxes, scores, 1.1) if scores[index] > self.threshold * _ROUNDS]
        return sorted((self._aligned(sizes, boxes[index]) for index in keep), key=lambda box: box.x), sizes

    def _aligned(self, sizes: list[Image], box: Box) -> Box:
        return adjusted(box, self.aligner(face_features(sizes, box)[None])[0])


def propose(sizes: list[Image], template: Floats) -> list[Proposal]:
    """The windows that look most like a head, best first, at most one for each place and size."""
    found: list[Proposal] = []
    for size in SIZES:
        cells = template_cells(sizes, size)
        if cells.shape[0] < TEMPLATE[0] or cells.shape[1] < TEMPLATE[1]:
            continue
        response = np.asarray(cv2.matchTemplate(cells, template, cv2.TM_CCORR), np.float32)
        peaks = response >= np.asarray(cv2.dilate(response, np.ones((3, 3), np.uint8)), np.float32)
        places = np.argwhere(peaks)
        for row, column in places[np.argsort(-response[peaks], kind="stable")[:PROPOSALS]].tolist():
            found.append(Proposal(template_window(row, column, size), float(response[row, column])))
    found.sort(key=lambda proposal: -proposal.score)
    return found[:PROPOSALS]


def adjusted(box: Box, off: Floats) -> Box:
    """The window moved, resized and turned as a network says, within reason."""
    dx, dy, ds, *turn = np.clip(off, -0.6, 0.6).tolist()
    return Box(box.x + dx * box.size, box.y + dy * box.size, box.size * math.exp(ds), box.tilt + sum(turn))


def template_cells(sizes: list[Image], size: float) -> Floats:
    """The picture's cells where heads of this size (half a head, in pixels) measure what the template expects.

    Heads may touch the picture's edge: it is continued by as much as a window may stick out.
    """
    share = UNIT / size
    level = 1 if share > 0.27 else 2
    share *= 2**level
    small = np.asarray(cv2.resize(sizes[level], None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    return np.pad(channels(small, CELL), ((_PAD_TOP, 4), (_PAD_LEFT, 3), (0, 0)), mode="edge")


def template_window(row: int, column: int, size: float) -> Box:
    """The head that a template at this place of `template_cells` stands for, in the frame's pixels."""
    scale = size / UNIT
    return Box((column - _PAD_LEFT + TEMPLATE[1] / 2) * CELL * scale, ((row - _PAD_TOP) * CELL + ABOVE) * scale, size)


def template_place(box: Box, size: float) -> tuple[float, float]:
    """The inverse: row and column, between whole cells, where the template is right on a head."""
    scale = UNIT / size
    return (box.y * scale - ABOVE) / CELL + _PAD_TOP, box.x * scale / CELL - TEMPLATE[1] / 2 + _PAD_LEFT


def _apart(boxes: list[Box], scores: Floats, least: float) -> list[int]:
    """Indices of the best boxes that are at least so many half heads away from a better one."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        box = boxes[index]
        if all(np.hypot(box.x - boxes[other].x, box.y - boxes[other].y) > least * max(box.size, boxes[other].size) for other in kept):
            kept.append(int(index))
    return kept
