"""The image catalogue: what an image name means where there are no containers."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

FIELDS = frozenset({"image", "command", "args", "env", "directory"})
_PLACE = re.compile(r"\{(name|module|tag|checkout)\}")


@dataclass(frozen=True, slots=True)
class Image:
    """One entry. Its texts may hold {name}, {module}, {tag} and {checkout}."""

    pattern: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """What an image turned out to be."""

    command: tuple[str, ...]
    args: tuple[str, ...]
    env: Mapping[str, str]
    directory: str


def parse_catalogue(text: str, file: str) -> list[Image]:
    """The entries of a catalogue. Raises ValueError that says which entry is wrong and how one looks."""
    raw = yaml.safe_load(text)
    entries = raw.get("images") if isinstance(raw, dict) else None
    if not isinstance(entries, list):
        raise ValueError(f'{file}: expected "images:" with a list of entries, each with "image" and "command"')
    return [_parse_entry(entry, f"{file}: images[{index}]") for index, entry in enumerate(entries)]


def _parse_entry(entry: object, where: str) -> Image:
    if not isinstance(entry, dict) or not isinstance(entry.get("image"), str):
        raise ValueError(f'{where}: expected a mapping with "image", a name or pattern such as "shop/*"')
    if unknown := entry.keys() - FIELDS:
        raise ValueError(f"{where}: unknown {', '.join(sorted(map(str, unknown)))}; known: {', '.join(sorted(FIELDS))}")
    env = entry.get("env") or {}
    if not isinstance(env, dict):
        raise ValueError(f"{where}.env: expected a mapping of names to values")
    return Image(
        entry["image"],
        _words(entry.get("command"), f"{where}.command"),
        _words(entry.get("args"), f"{where}.args"),
        {str(name): str(value) for name, value in env.items()},
        str(entry.get("directory") or ""),
    )


def _words(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"{where}: expected a list of words such as [python, -m, shop]")
    return tuple(str(word) for word in value)


def split_image(image: str) -> tuple[str, str]:
    """Name and tag: `registry:5000/shop/cart:v2@sha256:...` is `registry:5000/shop/cart` and `v2`; without a tag, `latest`."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")


def find_program(catalogue: Sequence[Image], image: str, checkout: str) -> Program | None:
    """What the catalogue says of `image`. Docker Hub's long forms (docker.io/library/python) are the short ones."""
    name, tag = split_image(image)
    name = name.removeprefix("docker.io/").removeprefix("library/")
    for entry in catalogue:
        if fnmatch.fnmatchcase(name, entry.pattern):
            stem = re.fullmatch(re.escape(entry.pattern).replace(r"\*", "(.*)"), name)
            star = stem[1] if stem is not None and stem.groups() else name.rpartition("/")[2]
            values = {"name": star, "module": star.replace("-", "_"), "tag": tag, "checkout": checkout}
            return _fill(entry, values)
    return None


def _fill(entry: Image, values: Mapping[str, str]) -> Program:
    def fill(text: str) -> str:
        return _PLACE.sub(lambda found: values[found[1]], text)

    return Program(
        tuple(map(fill, entry.command)),
        tuple(map(fill, entry.args)),
        {name: fill(value) for name, value in entry.env.items()},
        fill(entry.directory),
    )
