"""The catalogue is the only list of codes, and the page is made from it."""

from __future__ import annotations

import re
from pathlib import Path

import airside.resources
import airside.validate
from airside.validate.catalogue import CATALOGUE, page

_ROOT = Path(__file__).parents[2]


def _used() -> set[str]:
    folders = (Path(airside.resources.__file__).parent, Path(airside.validate.__file__).parent)
    sources = [path.read_text() for folder in folders for path in folder.glob("*.py") if path.name != "catalogue.py"]
    return {code for source in sources for code in re.findall(r'"(AIR\d{4})"', source)}


def test_every_code_that_is_said_is_listed_and_every_listed_one_is_said() -> None:
    assert _used() == set(CATALOGUE)


def test_codes_stand_in_order_and_once() -> None:
    codes = [line.split("`")[1] for line in page().splitlines() if line.startswith("| `AIR")]

    assert codes == sorted(set(codes))


def test_the_page_in_docs_is_fresh() -> None:
    page_on_disk = (_ROOT / "docs" / "validation-codes.md").read_text()

    assert page_on_disk == page(), "run: python -m airside.validate.catalogue > docs/validation-codes.md"
