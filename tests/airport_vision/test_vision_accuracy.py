"""How right the models are on cameras they never saw, how fast, and that the table says what was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airport.vision.accuracy import Accuracy, Score, match, measure, table
from airport.vision.analyse import Analyser, read_head
from airport.vision.model_file import BUILT_IN, load_model
from airport.vision.people import AGE_BRACKETS, Box, Person
from airport.vision.scene import TruthPerson, render

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("accuracy")]  # measured once, not once a worker


@pytest.fixture(scope="module")
def measured() -> Accuracy:
    return measure(120, label="unseen in tests")


def test_people_are_found_and_nothing_else_is(measured: Accuracy) -> None:
    assert measured.recall.all > 150
    assert measured.recall.share >= 0.97
    assert measured.precision.share >= 0.97


def test_gender_and_age_are_mostly_right(measured: Accuracy) -> None:
    assert measured.gender.share >= 0.9
    assert measured.bracket.share >= 0.62
    assert measured.near.share >= 0.93


def test_persons_of_interest_are_recognised_and_hardly_anybody_else(measured: Accuracy) -> None:
    assert measured.known.all > 60
    assert measured.known.share >= 0.93
    assert measured.false_heads.share <= 0.02
    assert measured.false_frames.share <= 0.02


def test_the_table_has_a_row_for_each_measure(measured: Accuracy) -> None:
    rows = table(measured).splitlines()

    assert f"{measured.gender.share:.1%}" in next(row for row in rows if row.startswith("gender"))
    assert sum(row.startswith("  bracket") for row in rows) == len(AGE_BRACKETS)


def test_the_model_file_is_small() -> None:
    assert BUILT_IN.stat().st_size < 2_000_000


def test_a_missing_model_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"python -m airport\.vision\.train"):
        load_model(tmp_path / "nowhere.npz")


def test_looking_twice_gives_the_same_answer() -> None:
    jpeg = render("twice", 3).jpeg

    assert Analyser.load().persons(jpeg) == Analyser.load().persons(jpeg)


def test_people_are_listed_from_left_to_right() -> None:
    analyser = Analyser.load()
    for cycle in range(10):
        across = [person.box.x for person in analyser.persons(render("order", cycle).jpeg)]

        assert across == sorted(across)


def test_a_find_counts_for_one_person_only() -> None:
    truth = tuple(TruthPerson("male", "8-12", Box(x, 100, 40), None) for x in (100, 115))

    assert len(match(truth, [Person("8-12", "male", Box(104, 100, 40))])) == 1


@pytest.mark.parametrize(
    "found",
    [pytest.param(Box(121, 100, 40), id="half a head away"), pytest.param(Box(100, 100, 70), id="much too large")],
)
def test_a_find_beside_a_person_does_not_count(found: Box) -> None:
    truth = (TruthPerson("male", "8-12", Box(100, 100, 40), None),)

    assert match(truth, [Person("8-12", "male", found)]) == []


def test_the_age_is_the_median_of_what_is_likely() -> None:
    scores = np.full((1, 9), -20, np.float32)
    scores[0, 0] = 1.0
    scores[0, [1, 5, 6]] = np.log([0.4, 0.3, 0.3])

    assert read_head(scores) == ([1], [4])


def test_the_interval_narrows_with_the_cases() -> None:
    few, many = Score(9, 10).interval(), Score(900, 1000).interval()

    assert few[0] < many[0] < 0.9 < many[1] < few[1]
