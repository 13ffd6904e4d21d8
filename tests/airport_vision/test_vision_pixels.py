"""Bytes that are no JPEG: a ValueError that says so, never anything else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airport.vision.analyse import Analyser
from airport.vision.pixels import decode_jpeg
from airport.vision.recognise import Recogniser
from airport.vision.scene import render

_JPEG = render("pixels", 1).jpeg


def png() -> bytes:
    return cv2.imencode(".png", np.zeros((20, 20, 3), np.uint8))[1].tobytes()


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + jpeg[at + 4 :]


@pytest.mark.parametrize(
    ("garbage", "said"),
    [
        pytest.param(b"", "found nothing", id="nothing"),
        pytest.param(b"hello, airport", "68 65 6c 6c 6f", id="text"),
        pytest.param(png(), "89 50 4e 47", id="another format"),
        pytest.param(b"\xff\xd8\xff", "no picture size", id="a start and no more"),
        pytest.param(b"\xff\xd8\xff\xff\xff\xff", "no picture size", id="fill bytes only"),
        pytest.param(_JPEG[: len(_JPEG) // 2], "truncated", id="half a picture"),
        pytest.param(with_size(_JPEG, 60000, 60000), "60000 x 60000", id="absurdly large"),
        pytest.param(with_size(_JPEG, 0, 360), "0 x 360", id="no width"),
    ],
)
def test_garbage_is_named(garbage: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode_jpeg(garbage)


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_broken_bytes_are_a_picture_or_a_value_error(noise: bytes, at: int) -> None:
    for broken in (b"\xff\xd8\xff" + noise, _JPEG[:at] + noise + _JPEG[at + len(noise) :]):
        try:
            picture = decode_jpeg(broken)
        except ValueError:
            continue

        assert picture.ndim == 3


@pytest.mark.parametrize("shape", [(1, 1), (8, 700), (700, 8), (37, 41)])
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    jpeg = cv2.imencode(".jpg", np.full((*shape, 3), 128, np.uint8))[1].tobytes()

    assert Analyser.load().persons(jpeg) == []
    assert Recogniser.load().names(jpeg) == []


def test_a_grey_jpeg_is_looked_at() -> None:
    grey = cv2.imdecode(np.frombuffer(_JPEG, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None

    assert decode_jpeg(cv2.imencode(".jpg", grey)[1].tobytes()).shape == (360, 640, 3)


def test_a_large_picture_is_made_smaller() -> None:
    large = cv2.imencode(".jpg", np.zeros((1500, 2560, 3), np.uint8))[1].tobytes()

    assert decode_jpeg(large).shape == (750, 1280, 3)
