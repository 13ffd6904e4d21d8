"""JPEG bytes in, pixels out; anything else is a ValueError that says what was found."""

from __future__ import annotations

import cv2
import numpy as np

from airport.vision.picture import Image

MOST_PIXELS = 16_000_000
_LONGEST_SIDE = 1280

# JPEG markers that announce a picture's size (every start-of-frame but the four that mean something else).
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA


def decode_jpeg(jpeg: bytes) -> Image:
    """The picture (blue, green, red), no longer than 1280 pixels a side.

    Raises ValueError for what is not a whole JPEG: other bytes, a truncated picture, one that is absurdly large.
    """
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise ValueError(f"expected a JPEG (ff d8 ff ...), found {jpeg[:8].hex(' ') or 'nothing'}")
    width, height = _announced_size(jpeg)
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError(f"expected a JPEG of at most {MOST_PIXELS} pixels, found {width} x {height}")
    if jpeg.rfind(b"\xff\xd9") < 0:
        raise ValueError("the JPEG is truncated: no end marker (ff d9)")
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ValueError(f"the JPEG cannot be decoded: {error.err}") from error
    if picture is None:
        raise ValueError("the JPEG cannot be decoded")
    longest = max(picture.shape[:2])
    if longest > _LONGEST_SIDE:
        share = _LONGEST_SIDE / longest
        picture = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)


def _announced_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height from the header, before a decoder believes them."""
    at = 2
    while at + 9 <= len(jpeg):
        if jpeg[at] != 0xFF:
            break
        marker = jpeg[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _SIZES:
            return int.from_bytes(jpeg[at + 7 : at + 9], "big"), int.from_bytes(jpeg[at + 5 : at + 7], "big")
        if marker == _SCAN:
            break
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    raise ValueError("the JPEG's header names no picture size")
