"""What cameras see: the same for the same words everywhere, and nothing but pixels."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from airport.vision.dice import dice
from airport.vision.gallery import Gallery
from airport.vision.identity import draw_identity
from airport.vision.people import AGE_BRACKETS, GENDERS, age_span
from airport.vision.scene import HEIGHT, WIDTH, bracket_of, render

# All that a JPEG needs to be drawn: its start and end, JFIF's header, tables, one baseline frame, one scan.
_NEEDED = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def run(code: str, **environment: str) -> str:
    return subprocess.run([sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True).stdout


def segments(jpeg: bytes) -> dict[int, bytes]:
    """Marker -> content, up to the scan."""
    found, at = {0xD8: b""}, 2
    while found.keys().isdisjoint({0xDA}):
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found[jpeg[at + 1]] = jpeg[at + 4 : at + 2 + length]
        at += 2 + length
    return found


def test_a_frame_is_the_same_in_another_process_whatever_its_hash_seed() -> None:
    code = "import hashlib; from airport.vision.scene import render; print(hashlib.sha256(render('camera-agent-1', 7).jpeg).hexdigest())"

    prints = {run(code, PYTHONHASHSEED=seed).strip() for seed in ("1", "2")}

    assert prints == {hashlib.sha256(render("camera-agent-1", 7).jpeg).hexdigest()}


def test_frames_do_not_depend_on_what_was_drawn_before() -> None:
    alone = render("a", 1).jpeg
    for cycle in range(5):
        render("b", cycle)

    assert render("a", 1).jpeg == alone


def test_cycles_and_cameras_differ() -> None:
    frames = [render(camera, cycle).jpeg for camera in ("a", "b") for cycle in range(4)]

    assert len(set(frames)) == len(frames)


def test_a_frame_is_a_jpeg_of_640_by_360() -> None:
    picture = cv2.imdecode(np.frombuffer(render("a", 1).jpeg, np.uint8), cv2.IMREAD_COLOR)

    assert picture is not None
    assert picture.shape == (HEIGHT, WIDTH, 3)


def test_there_are_nobody_to_four_people_all_inside_the_frame() -> None:
    frames = [render("crowd", cycle) for cycle in range(120)]
    boxes = [person.box for frame in frames for person in frame.truth]

    assert {len(frame.truth) for frame in frames} == {0, 1, 2, 3, 4}
    assert all(box.size < box.x < WIDTH - box.size and box.size < box.y < HEIGHT - box.size for box in boxes)


def test_persons_of_interest_are_seen_now_and_then_and_never_twice_in_a_frame() -> None:
    names = [[person.name for person in render("now and then", cycle).truth if person.name] for cycle in range(160)]

    assert 0.03 < sum(bool(some) for some in names) / len(names) < 0.3
    assert all(len(set(some)) == len(some) for some in names)


def test_without_a_gallery_nobody_is_of_interest() -> None:
    assert all(person.name is None for cycle in range(40) for person in render("a", cycle, Gallery(()), interest=1.0).truth)


def test_the_jpeg_holds_pixels_and_no_metadata() -> None:
    gallery = Gallery.load()
    for cycle in range(20):
        frame = render("leak", cycle, gallery, interest=1.0)
        found = segments(frame.jpeg)

        assert found.keys() == _NEEDED
        assert found[0xE0].startswith(b"JFIF\0")
        assert found[0xE0][-2:] == b"\0\0"  # no thumbnail
        assert frame.jpeg.find(b"\xff\xd9") == len(frame.jpeg) - 2  # nothing after the picture
        assert not any((person.name or "-none-").encode() in frame.jpeg for person in frame.truth)


def test_the_camera_loads_no_model_and_the_models_no_generator() -> None:
    loaded = "import sys; print([name for name in sys.modules if name.startswith('airport.vision.')])"

    camera = run(f"from airport.vision.scene import render; render('a', 1); {loaded}")
    looking = run(f"from airport.vision.analyse import Analyser; Analyser.load(); {loaded}")
    knowing = run(f"from airport.vision.recognise import Recogniser; Recogniser.load(); {loaded}")

    assert "detect" not in camera and "network" not in camera
    assert all("scene" not in half and "'airport.vision.face'" not in half and "brush" not in half for half in (looking, knowing))


@pytest.mark.parametrize("bracket", AGE_BRACKETS)
@pytest.mark.parametrize("gender", GENDERS)
def test_an_identity_is_of_the_gender_and_bracket_asked_for(gender: str, bracket: str) -> None:
    youngest, oldest = age_span(bracket)
    people = [draw_identity(dice("asked", gender, bracket, number), gender, bracket) for number in range(20)]

    assert all(who.gender == gender and youngest <= who.age <= oldest and bracket_of(who.age) == bracket for who in people)


def test_identities_differ() -> None:
    assert len({draw_identity(dice("differ", number)) for number in range(300)}) == 300


def test_the_modules_stay_small() -> None:
    modules = Path(__file__).parents[2].glob("apps/airport/src/airport/vision/*.py")

    assert {module.name: lines for module in modules if (lines := len(module.read_text().splitlines())) > 400} == {}
