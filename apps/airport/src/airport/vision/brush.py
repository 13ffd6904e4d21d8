"""Draws shapes given in a head's own coordinates onto a picture.

The head's middle is (0, 0), x grows to the picture's right and y downwards, and 1 is half the head's height. A brush
knows where the head stands, how large, tilted and turned; points on the face bulge towards the viewer, so that a turn
moves the nose further than the ears. Drawing is anti-aliased to a sixteenth of a pixel.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from airport.vision.colours import Colour
from airport.vision.picture import Image

Points = npt.NDArray[np.float64]
Shape = Points | list[tuple[float, float]]

_SHIFT = 4  # fractional bits of OpenCV's fixed-point coordinates
_UNIT = 1 << _SHIFT


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head is in the picture (pixels), and how it is held (radians; turn and nod as shares of half a head)."""

    x: float
    y: float
    size: float
    tilt: float = 0.0
    turn: float = 0.0
    nod: float = 0.0


class Brush:
    """Paints one person onto one picture."""

    def __init__(self, picture: Image, pose: Pose, half_width: float) -> None:
        """`half_width` is that of the face: points beyond it do not bulge."""
        self.picture = picture
        self.pose = pose
        self._half_width = half_width
        cos, sin = np.cos(pose.tilt) * pose.size, np.sin(pose.tilt) * pose.size
        self._turn = np.array([[cos, sin], [-sin, cos]])
        self._middle = np.array([pose.x, pose.y])

    def place(self, shape: Shape, bulge: float = 1.0) -> Points:
        """Where the points of the shape are in the picture, in pixels."""
        points = np.asarray(shape, dtype=np.float64)
        if bulge:
            depth = np.sqrt(np.maximum(0.0, 1 - np.square(points[:, 0] / self._half_width) - 0.7 * np.square(points[:, 1]))) * bulge
            points = points + depth[:, None] * (self.pose.turn, self.pose.nod)
        return np.asarray(points @ self._turn + self._middle)

    def upright(self, shape: Shape) -> Points:
        """As `place`, for the body: it neither tilts nor turns with the head."""
        return np.asarray(np.asarray(shape, dtype=np.float64) * self.pose.size + self._middle)

    def fill(self, points: Points, colour: Colour) -> None:
        """A filled polygon."""
        cv2.fillPoly(self.picture, [_fixed(points)], colour, cv2.LINE_AA, _SHIFT)

    def line(self, points: Points, colour: Colour, width: float, closed: bool = False) -> None:
        """A line as wide as a share of half a head; at least one pixel."""
        thickness = max(1, round(width * self.pose.size))
        cv2.polylines(self.picture, [_fixed(points)], closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def mask(self, points: Points) -> Image:
        """A polygon as a mask of the whole picture."""
        blank: Image = np.zeros(self.picture.shape[:2], np.uint8)
        cv2.fillPoly(blank, [_fixed(points)], 255, cv2.LINE_AA, _SHIFT)
        return blank

    def shade(self, points: Points, colour: Colour, strength: float, soft: float, within: Image | None = None) -> None:
        """A polygon with soft edges (`soft` in half heads) blended over the picture, only inside the mask if given."""
        reach = max(1, round(soft * self.pose.size))
        height, width = self.picture.shape[:2]
        left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - 2 * reach, 0)
        right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2 * reach, (width, height))
        if strength <= 0 or right - left < 2 or bottom - top < 2:
            return
        cover: Image = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(cover, [_fixed(points - (left, top))], 255, cv2.LINE_AA, _SHIFT)
        cover = np.asarray(cv2.blur(cv2.blur(cover, (2 * reach + 1, 2 * reach + 1)), (2 * reach + 1, 2 * reach + 1)), np.uint8)
        if within is not None:
            cover = np.asarray(cv2.min(cover, within[top:bottom, left:right]), np.uint8)
        under = self.picture[top:bottom, left:right]
        share = cover * np.float32(strength / 255)
        over = np.empty_like(under)
        over[:] = colour
        self.picture[top:bottom, left:right] = cv2.blendLinear(under, over, 1 - share, share)


def smooth(corners: Shape, closed: bool = True, steps: int = 5) -> Points:
    """A curve through all the corners (Catmull-Rom), `steps` points to each span."""
    points = np.asarray(corners, dtype=np.float64)
    if closed:
        ring = np.concatenate((points[-1:], points, points[:2]))
    else:
        ring = np.concatenate((2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]))
    spans = np.stack((ring[:-3], ring[1:-2], ring[2:-1], ring[3:]), axis=1)
    curve: Points = (_weights(steps) @ spans).reshape(-1, 2)
    return curve if closed else np.concatenate((curve, points[-1:]))


def mirrored(right_side: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A ring from its right side, given from top to bottom."""
    return right_side + [(-x, y) for x, y in reversed(right_side) if x != 0]


def ellipse(x: float, y: float, half_width: float, half_height: float, lean: float = 0.0) -> Points:
    """Points around an ellipse; `lean` in radians."""
    circle = _circle()
    points: Points = circle * (half_width, half_height)
    if lean:
        cos, sin = np.cos(lean), np.sin(lean)
        points = points @ np.array([[cos, sin], [-sin, cos]])
    return points + (x, y)


@functools.cache
def _circle() -> Points:
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return np.stack((np.cos(angles), np.sin(angles)), axis=1)


@functools.cache
def _weights(steps: int) -> Points:
    t = np.arange(steps)[:, None] / steps
    return np.asarray(
        0.5 * np.concatenate((-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3), axis=1)
    )


def _fixed(points: Points) -> npt.NDArray[np.int32]:
    return np.rint(points * _UNIT).astype(np.int32)
