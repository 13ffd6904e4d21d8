"""`python -m airport.vision.accuracy`: how often the models are right on frames of cameras they have never seen."""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from dataclasses import dataclass, field

import cv2

from airport.vision.analyse import Analyser
from airport.vision.gallery import Gallery
from airport.vision.people import AGE_BRACKETS, Person
from airport.vision.recognise import Recogniser
from airport.vision.scene import INTEREST_SHARE, TruthPerson, render

# Of the frames on which recognition is measured, the share of people that are of interest; as in life there are few.
WATCH_SHARE = 0.4


@dataclass(slots=True)
class Score:
    """So many right of so many."""

    right: int = 0
    all: int = 0

    def add(self, right: bool) -> None:
        """One more case."""
        self.right += right
        self.all += 1

    @property
    def share(self) -> float:
        """Of right ones; 1 where there was nothing to get wrong."""
        return self.right / self.all if self.all else 1.0

    def interval(self) -> tuple[float, float]:
        """Wilson's 95% confidence interval of the share."""
        if not self.all:
            return 0.0, 1.0
        z, n, p = 1.96, self.all, self.share
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


@dataclass(slots=True)
class Accuracy:
    """What was measured."""

    recall: Score = field(default_factory=Score)
    precision: Score = field(default_factory=Score)
    gender: Score = field(default_factory=Score)
    bracket: Score = field(default_factory=Score)
    near: Score = field(default_factory=Score)
    count: Score = field(default_factory=Score)
    known: Score = field(default_factory=Score)
    false_heads: Score = field(default_factory=Score)
    false_frames: Score = field(default_factory=Score)
    brackets: dict[str, Score] = field(default_factory=lambda: {bracket: Score() for bracket in AGE_BRACKETS})
    analyse_ms: list[float] = field(default_factory=list)
    recognise_ms: list[float] = field(default_factory=list)
    render_ms: list[float] = field(default_factory=list)


def measure(frames: int, label: str = "accuracy", gallery: Gallery | None = None) -> Accuracy:
    """On so many frames as cameras make them, and as many with more persons of interest than usual."""
    accuracy = Accuracy()
    gallery = gallery or Gallery.load()
    analyser, recogniser = Analyser.load(), Recogniser.load(gallery)
    cv2.setNumThreads(1)
    for number in range(frames):
        camera = f"{label}-{number // 5}"
        started = time.perf_counter()
        frame = render(camera, number, gallery, INTEREST_SHARE)
        drawn = time.perf_counter()
        persons = analyser.persons(frame.jpeg)
        analysed = time.perf_counter()
        names = recogniser.names(frame.jpeg)
        accuracy.recognise_ms.append((time.perf_counter() - analysed) * 1e3)
        accuracy.analyse_ms.append((analysed - drawn) * 1e3)
        accuracy.render_ms.append((drawn - started) * 1e3)
        _compare(accuracy, frame.truth, persons)
        _name(accuracy, frame.truth, names)
        crowd = render(f"{label}-watch-{number // 5}", number, gallery, WATCH_SHARE)
        _name(accuracy, crowd.truth, recogniser.names(crowd.jpeg))
    return accuracy


def match(truth: tuple[TruthPerson, ...], persons: list[Person]) -> list[tuple[TruthPerson, Person]]:
    """Who was found: each real person with the nearest find within half a head of theirs, each find used once."""
    pairs = sorted(
        (math.hypot(real.box.x - found.box.x, real.box.y - found.box.y) / real.box.size, i, j)
        for i, real in enumerate(truth)
        for j, found in enumerate(persons)
    )
    taken: list[tuple[int, int]] = []
    for distance, i, j in pairs:
        size = persons[j].box.size / truth[i].box.size
        if distance < 0.5 and 0.6 < size < 1.67 and all(i != a and j != b for a, b in taken):
            taken.append((i, j))
    return [(truth[i], persons[j]) for i, j in taken]


def _compare(accuracy: Accuracy, truth: tuple[TruthPerson, ...], persons: list[Person]) -> None:
    pairs = match(truth, persons)
    for index in range(len(truth)):
        accuracy.recall.add(index < len(pairs))
    for index in range(len(persons)):
        accuracy.precision.add(index < len(pairs))
    accuracy.count.add(len(truth) == len(persons))
    for real, found in pairs:
        off = abs(AGE_BRACKETS.index(real.age) - AGE_BRACKETS.index(found.age))
        accuracy.gender.add(real.gender == found.gender)
        accuracy.bracket.add(off == 0)
        accuracy.near.add(off <= 1)
        accuracy.brackets[real.age].add(off == 0)


def _name(accuracy: Accuracy, truth: tuple[TruthPerson, ...], names: list[str]) -> None:
    real, said = Counter(person.name for person in truth if person.name), Counter(names)
    for name in real:
        accuracy.known.add(name in said)
    wrong = sum((said - real).values())
    # Strangers, and persons of interest taken for another one: whoever could have been named wrongly.
    for index in range(len(truth)):
        accuracy.false_heads.add(index < wrong)
    accuracy.false_frames.add(wrong > 0)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m airport.vision.accuracy", description=__doc__)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--label", default="accuracy", help="names the cameras: another label, other frames")
    given = parser.parse_args()
    print(table(measure(given.frames, given.label)))


def table(accuracy: Accuracy) -> str:
    """Rows of measure, share, interval, cases, target."""
    rows = (
        ("people found (recall)", accuracy.recall, ">= 90%"),
        ("finds that are people (precision)", accuracy.precision, ">= 90%"),
        ("frames with the right number of people", accuracy.count, ""),
        ("gender", accuracy.gender, ">= 80%"),
        ("age bracket", accuracy.bracket, ""),
        ("age within one bracket", accuracy.near, ""),
        *((f"  bracket {name}", score, "") for name, score in accuracy.brackets.items()),
        ("persons of interest recognised", accuracy.known, ">= 90%"),
        ("people wrongly named (false alarms)", accuracy.false_heads, "<= 2%"),
        ("frames with a wrong name", accuracy.false_frames, "<= 2%"),
    )
    lines = [f"{'':40}{'share':>8}  {'95% interval':>16}  {'cases':>6}  target"]
    for name, score, target in rows:
        low, high = score.interval()
        lines.append(f"{name:40}{score.share:8.1%}  {f'{low:.1%} - {high:.1%}':>16}  {score.all:6}  {target}".rstrip())
    for name, times in (("render", accuracy.render_ms), ("analyse", accuracy.analyse_ms), ("recognise", accuracy.recognise_ms)):
        ordered = sorted(times)
        slow = f"95%: {ordered[len(ordered) * 95 // 100]:.1f}"
        lines.append(f"{name + ', ms a frame':40}{ordered[len(ordered) // 2]:8.1f}  {slow:>16}  {len(ordered):6}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
