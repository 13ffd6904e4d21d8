"""What models see of pixels: colour and edge strength in eight directions, averaged over small square cells."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from airport.vision.people import Box
from airport.vision.picture import Image

Floats = npt.NDArray[np.float32]

CHANNELS = 11
_DIAGONAL = float(np.sqrt(0.5))


def channels(picture: Image, cell: int) -> Floats:
    """One vector for each cell: lightness, two colour axes, and edges by direction, relative to the edges around."""
    height, width = picture.shape[0] // cell, picture.shape[1] // cell
    lab = cv2.cvtColor(picture[: height * cell, : width * cell], cv2.COLOR_BGR2LAB)
    light = np.asarray(cv2.extractChannel(lab, 0), np.uint8)
    across = np.asarray(cv2.Sobel(light, cv2.CV_32F, 1, 0, ksize=1), np.float32)
    down = np.asarray(cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=1), np.float32)
    edges = cv2.merge((across, down, (across + down) * _DIAGONAL, (across - down) * _DIAGONAL))
    size = (width, height)
    both = cv2.resize(np.abs(edges), size, interpolation=cv2.INTER_AREA)
    signed = cv2.resize(edges, size, interpolation=cv2.INTER_AREA)
    cells = np.empty((height, width, CHANNELS), np.float32)
    cells[:, :, :3] = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    # The mean of the positive part of an edge's strength, and of the negative part.
    cells[:, :, 3:7] = (both + signed) / 2
    cells[:, :, 7:] = (both - signed) / 2
    strength = both.sum(axis=2)
    around = np.asarray(cv2.blur(strength, (7, 7)), np.float32) + np.float32(6)
    cells[:, :, :3] = cells[:, :, :3] / 64 - 2
    cells[:, :, 3:] *= (8 / around)[:, :, None]
    return cells


def shrunk(picture: Image) -> list[Image]:
    """The picture at full, half and quarter size, for `crop` to take from."""
    half = np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    quarter = np.asarray(cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    return [picture, half, quarter]


def crop(sizes: list[Image], box: Box, width: int, height: int, unit: float, above: float) -> Image:
    """A window around a head, upright, where half a head measures `unit` pixels and `above` half heads lie over the middle."""
    share = unit / box.size
    level = 0 if share > 0.6 else 1 if share > 0.3 else 2
    share *= 2**level
    shift = 0.5 / 2**level - 0.5  # pixel middles move as a picture is halved
    x, y = box.x / 2**level + shift, box.y / 2**level + shift
    cos, sin = share * math.cos(box.tilt), share * math.sin(box.tilt)
    matrix = np.array([[cos, sin, width / 2 - cos * x - sin * y], [-sin, cos, above * unit + sin * x - cos * y]])
    upright = cv2.warpAffine(sizes[level], matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(upright, np.uint8)


def head_features(sizes: list[Image], box: Box) -> Floats:
    """A head closely (for the face) and from a step back (for hair and shoulders)."""
    face = face_features(sizes, box)
    whole = channels(crop(sizes, box, 60, 68, 17.0, 1.55), 5)
    return np.concatenate((face, whole.ravel()))


def face_features(sizes: list[Image], box: Box) -> Floats:
    """A face closely: where its parts are."""
    return channels(crop(sizes, box, 80, 84, 36.0, 1.12), 6).ravel()


def window_features(sizes: list[Image], box: Box) -> Floats:
    """What decides whether there is a head in a window, and where exactly."""
    return channels(crop(sizes, box, 48, 52, 16.0, 1.5), 4).ravel()
