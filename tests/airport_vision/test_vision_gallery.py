"""Persons of interest: the configuration, its photos, and enrolling somebody new."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from airport.vision.dice import dice
from airport.vision.enrol import enrol
from airport.vision.gallery import BUILT_IN, Gallery, PersonOfInterest
from airport.vision.identity import draw_identity
from airport.vision.portrait import draw_portraits
from airport.vision.recognise import Recogniser
from airport.vision.scene import render


def test_the_built_in_gallery_has_those_of_the_story_with_photos() -> None:
    gallery = Gallery.load()

    assert {"PersonX", "George W"} <= {person.name for person in gallery.persons}
    assert all(photo.is_relative_to(BUILT_IN) and photo.exists() for person in gallery.persons for photo in person.photos)


def test_the_built_in_photos_are_those_that_enrolling_renders() -> None:
    for person in Gallery.load().persons:
        rendered = [frame.jpeg for frame in draw_portraits(person.name, person.identity)]

        assert [photo.read_bytes() for photo in person.photos] == rendered


def test_a_gallery_is_read_as_it_was_written(tmp_path: Path) -> None:
    gallery = Gallery((PersonOfInterest("Somebody", draw_identity(dice(1)), (tmp_path / "1.jpg", Path("/elsewhere/2.jpg"))),))

    gallery.save(tmp_path)

    assert Gallery.load(tmp_path) == gallery


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "gallery.json", id="no JSON"),
        pytest.param("[]", "gallery.json", id="no object"),
        pytest.param('{"people": []}', "persons", id="another key"),
        pytest.param('{"persons": [{"name": "A", "photos": []}]}', r"persons\[0\].*traits", id="no traits"),
        pytest.param('{"persons": ["A"]}', r"persons\[0\]", id="no entry"),
        pytest.param('{"persons": [{"name": "A", "photos": [], "traits": {"size": 1}}]}', r"persons\[0\].*size", id="unknown trait"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "gallery.json").write_text(text)

    with pytest.raises(ValueError, match=said):
        Gallery.load(tmp_path)


def test_somebody_enrolled_is_recognised_from_then_on(tmp_path: Path) -> None:
    enrol(Gallery(()), tmp_path, "New Comer", draw_identity(dice("new comer")), [])
    gallery = Gallery.load(tmp_path)
    before, after = Recogniser.load(Gallery(())), Recogniser.load(gallery)

    seen = [render("new", cycle, gallery, interest=1.0) for cycle in range(40)]
    shown = [frame.jpeg for frame in seen if frame.truth]

    assert len(shown) > 20
    assert all(before.names(jpeg) == [] for jpeg in shown)
    assert sum(after.names(jpeg) == ["New Comer"] for jpeg in shown) >= 0.85 * len(shown)


def test_enrolling_again_replaces(tmp_path: Path) -> None:
    first, second = draw_identity(dice("first")), draw_identity(dice("second"))
    enrol(Gallery(()), tmp_path, "Same Name", first, [])

    enrol(Gallery.load(tmp_path), tmp_path, "Same Name", second, [])

    assert [person.identity for person in Gallery.load(tmp_path).persons] == [second]


def test_photos_of_another_size_will_do(tmp_path: Path) -> None:
    photos = []
    for number, frame in enumerate(draw_portraits("Large", draw_identity(dice("large")))):
        picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        photos.append(tmp_path / f"large-{number}.jpg")
        cv2.imwrite(str(photos[-1]), cv2.resize(picture, None, fx=4, fy=4))

    person = enrol(Gallery(()), tmp_path / "gallery", "Large", draw_identity(dice("large")), photos)

    assert [photo.read_bytes() for photo in person.photos] == [photo.read_bytes() for photo in photos]


def test_a_photo_without_a_face_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    photo = tmp_path / "wall.jpg"
    cv2.imwrite(str(photo), np.full((200, 200, 3), 180, np.uint8))

    with pytest.raises(ValueError, match="no face"):
        enrol(Gallery(()), tmp_path / "gallery", "Wall", draw_identity(dice("wall")), [photo])

    assert not (tmp_path / "gallery").exists()


def test_a_gallery_whose_photo_shows_nobody_names_the_person(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"no photo")
    (tmp_path / "gallery.json").write_text(
        json.dumps(
            {
                "persons": [
                    {
                        "name": "Blank",
                        "photos": ["1.jpg"],
                        "traits": json.loads((BUILT_IN / "gallery.json").read_text())["persons"][0]["traits"],
                    }
                ]
            }
        )
    )

    with pytest.raises(ValueError, match="Blank: expected a JPEG"):
        Recogniser.load(Gallery.load(tmp_path))


def test_a_person_without_photos_cannot_be_known() -> None:
    with pytest.raises(ValueError, match="at least one photo"):
        Recogniser.load(Gallery(())).enrol("Nobody", [])
