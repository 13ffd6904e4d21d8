"""The words that the airport uses for people: genders, age brackets, and what is known of one person."""

from __future__ import annotations

from dataclasses import dataclass

GENDERS = ("female", "male")
AGE_BRACKETS = ("0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100")


@dataclass(frozen=True, slots=True)
class Box:
    """A head in a picture, in pixels: its middle, half its height from crown to chin; and how it leans, in radians."""

    x: float
    y: float
    size: float
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """What can be said of one person from the pixels alone."""

    age: str
    gender: str
    box: Box


def age_span(bracket: str) -> tuple[float, float]:
    """The youngest and oldest age of a bracket, in years."""
    youngest, oldest = bracket.split("-")
    return float(youngest), float(oldest)
