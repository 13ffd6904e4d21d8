"""The persons of interest: who they are, and the photos by which they are known.

The configuration is a directory: `gallery.json` names each person, gives the traits by which the camera's generator
draws them, and lists photos. A recogniser reads nothing but names and photos; a camera nothing but names and traits.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from airport.vision.identity import Identity

BUILT_IN = Path(__file__).parent / "gallery"


@dataclass(frozen=True, slots=True)
class PersonOfInterest:
    """Somebody to look out for."""

    name: str
    identity: Identity
    photos: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """All persons of interest, in the order of the configuration."""

    persons: tuple[PersonOfInterest, ...]

    @classmethod
    def load(cls, directory: Path = BUILT_IN) -> Gallery:
        """Reads the configuration. Raises ValueError, naming the file and the entry, where it is not as it should be."""
        file = directory / "gallery.json"
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))["persons"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f'{file}: expected {{"persons": [...]}}, found {error}') from error
        return cls(tuple(_read_person(entry, directory, f"{file}: persons[{index}]") for index, entry in enumerate(entries)))

    def save(self, directory: Path) -> None:
        """Writes `gallery.json`; photos are listed relative to the directory where they lie below it."""
        entries = [
            {
                "name": person.name,
                "photos": [str(photo.relative_to(directory)) if photo.is_relative_to(directory) else str(photo) for photo in person.photos],
                "traits": asdict(person.identity),
            }
            for person in self.persons
        ]
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "gallery.json").write_text(json.dumps({"persons": entries}, indent=2) + "\n", encoding="utf-8")


def _read_person(entry: object, directory: Path, where: str) -> PersonOfInterest:
    try:
        if not isinstance(entry, dict):
            raise TypeError(f"expected an object, found {entry!r}")
        photos = tuple(directory / photo for photo in entry["photos"])
        return PersonOfInterest(str(entry["name"]), Identity(**entry["traits"]), photos)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from error
