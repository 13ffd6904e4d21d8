"""The house rules that no linter holds: sizes, and that the docs tell of everything there is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from airside.cli.cli import app
from airside.translate.profile import PROFILES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINES = {"src": 400, "apps": 400, "benchmarks": 400, "tests": 500}
"""A module that is longer holds more than one noun. Tests may hold more rows of one table."""


def sources(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "build" not in path.parts)


@pytest.mark.parametrize("folder", LINES)
def test_no_module_is_too_long(folder: str) -> None:
    found = sources(folder)
    assert found, "the folder has moved"

    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in found}
    assert {path: length for path, length in lengths.items() if length > LINES[folder]} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in sources("src") if not path.read_text().startswith(('"""', "#!"))]

    assert silent == []


def test_modules_are_named_for_what_they_hold() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}

    assert [path for folder in LINES for path in sources(folder) if path.stem in vague] == []


def commands(group: typer.core.TyperGroup, before: str = "airside") -> Iterator[tuple[str, set[str]]]:
    """Each command with the variables it heeds."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", {str(parameter.envvar) for parameter in command.params if parameter.envvar}


def group() -> typer.core.TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, typer.core.TyperGroup)
    return found


def test_every_command_is_in_the_docs_and_every_one_in_the_docs_is_there() -> None:
    told = re.findall(r"^\| `(airside [a-z -]+)` \|", (DOCS / "commands.md").read_text(), re.MULTILINE)

    assert sorted(told) == sorted(name for name, _ in commands(group()))


def test_every_setting_is_in_the_docs() -> None:
    heeded = {"AIRSIDE_HOME"}.union(*(variables for _, variables in commands(group())))
    told = re.findall(r"^\| `(AIRSIDE_\w+)` \|", (DOCS / "commands.md").read_text(), re.MULTILINE)

    assert sorted(told) == sorted(heeded)


def shown(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s" if value else "none"
    return str(value)


def test_the_table_of_profiles_says_what_they_are() -> None:
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-2]] for line in (DOCS / "profiles.md").read_text().splitlines() if line[:1] == "|"
    ]
    told = {(name, row[0]): cell for row in rows[2:] for name, cell in zip(rows[0][1:], row[1:], strict=True)}

    assert told == {
        (profile.name, field.name): shown(getattr(profile, field.name))
        for profile in PROFILES.values()
        for field in fields(profile)
        if field.name != "name"
    }


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    airport = tomllib.loads((ROOT / "apps" / "airport" / "pyproject.toml").read_text())["project"]
    extras = [each for name, named in airport["optional-dependencies"].items() if name != "all" for each in named]
    developing = [line for line in (ROOT / "requirements-dev.in").read_text().splitlines() if line and line[0] not in "#-"]
    wanted = {re.split(r"[<>=~ ]", each)[0] for each in (*project["dependencies"], *airport["dependencies"], *extras, *developing)}
    told = set(re.findall(r"`([\w.\[\]-]+)`", (DOCS / "dependencies.md").read_text()))

    assert wanted - told == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-dev.in"])
def test_requirements_name_versions_and_hashes_and_no_place(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.lstrip().startswith("#")]

    assert [line for line in lines if re.search(r"://|index-url|find-links|^/|^\.|file:| @ ", line)] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_every_package_of_the_house_is_in_its_picture() -> None:
    told = (DOCS / "architecture.md").read_text()
    packages = [path.parent.name for path in (ROOT / "src" / "airside").glob("*/__init__.py")]

    assert [name for name in packages if f"**`{name}`**" not in told] == []
