"""`python -m airport.vision.enrol NAME [PHOTO.jpg ...]`: adds a person of interest to a gallery, or replaces one.

With photos, those are what the recogniser will know the person by. Without, reference photos are rendered from the
person's traits. The traits by which cameras draw the person are invented from the name, unless the gallery has them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from airport.vision.dice import dice
from airport.vision.gallery import BUILT_IN, Gallery, PersonOfInterest
from airport.vision.identity import Identity, draw_identity
from airport.vision.people import AGE_BRACKETS, GENDERS
from airport.vision.portrait import draw_portraits
from airport.vision.recognise import Recogniser


def main() -> None:
    """Enrols, after checking that every photo shows a face."""
    parser = argparse.ArgumentParser(prog="python -m airport.vision.enrol", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--gallery", type=Path, default=BUILT_IN, help="the gallery's directory (default: the built-in one)")
    parser.add_argument("--gender", choices=GENDERS, help="of the invented traits")
    parser.add_argument("--age", choices=AGE_BRACKETS, help="of the invented traits")
    given = parser.parse_args()
    gallery = Gallery.load(given.gallery) if (given.gallery / "gallery.json").exists() else Gallery(())
    before = next((person.identity for person in gallery.persons if person.name == given.name), None)
    who = before or draw_identity(dice("person of interest", given.name), given.gender, given.age)
    try:
        person = enrol(gallery, given.gallery, given.name, who, given.photos)
    except (ValueError, OSError) as error:
        sys.exit(f"{given.name} was not enrolled: {error}")
    print(f"{person.name}: {len(person.photos)} photos in {given.gallery}")


def enrol(gallery: Gallery, directory: Path, name: str, who: Identity, photos: list[Path]) -> PersonOfInterest:
    """Stores photos and traits in a gallery's directory. Raises ValueError where a photo does not show a face."""
    folder = directory / "-".join(name.lower().split())
    jpegs = [photo.read_bytes() for photo in photos] or [frame.jpeg for frame in draw_portraits(name, who)]
    Recogniser.load(Gallery(())).enrol(name, jpegs)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    stored = tuple(folder / f"{number}.jpg" for number in range(1, len(jpegs) + 1))
    for photo, jpeg in zip(stored, jpegs, strict=True):
        photo.write_bytes(jpeg)
    person = PersonOfInterest(name, who, stored)
    Gallery((*(other for other in gallery.persons if other.name != name), person)).save(directory)
    return person


if __name__ == "__main__":
    main()
