"""The image catalogue: which command an image stands for."""

from __future__ import annotations

import pytest

from airside.agent.app import read_catalogue
from airside.installation.home import Home
from airside.installation.run import at
from airside.runtime.catalogue import Image, find_program, parse_catalogue, split_image

SHOP = """
images:
  - image: shop/cart
    command: [python, -m, cart]
    env: {VERSION: "{tag}", WORKERS: 2}
    directory: /srv/cart
  - image: shop/*
    command: [run, "{name}", "{module}"]
    args: [--verbose]
"""


def catalogue() -> list[Image]:
    return parse_catalogue(SHOP, "images.yaml")


SPLITS = [
    ("nginx", ("nginx", "latest")),
    ("nginx:1.27", ("nginx", "1.27")),
    ("registry:5000/shop/cart", ("registry:5000/shop/cart", "latest")),
    ("registry:5000/shop/cart:v2@sha256:abc", ("registry:5000/shop/cart", "v2")),
]


@pytest.mark.parametrize(("image", "wanted"), SPLITS, ids=[image for image, _ in SPLITS])
def test_an_image_has_a_name_and_a_tag(image: str, wanted: tuple[str, str]) -> None:
    assert split_image(image) == wanted


def test_the_first_entry_that_fits_is_taken() -> None:
    program = find_program(catalogue(), "shop/cart:v2", "")

    assert program is not None
    assert program.command == ("python", "-m", "cart")
    assert program.env == {"VERSION": "v2", "WORKERS": "2"}
    assert program.directory == "/srv/cart"


def test_a_pattern_gives_its_name_with_dashes_and_as_a_module() -> None:
    program = find_program(catalogue(), "shop/fraud-check", "")

    assert program is not None
    assert program.command == ("run", "fraud-check", "fraud_check")
    assert program.args == ("--verbose",)


def test_docker_hubs_long_form_is_the_short_one() -> None:
    assert find_program(catalogue(), "docker.io/shop/cart:v1", "") is not None


def test_an_unknown_image_is_none() -> None:
    assert find_program(catalogue(), "other/cart", "") is None


WRONG = [
    pytest.param("a: 1", 'expected "images:"', id="no list of images"),
    pytest.param("images: [3]", "images[0]: expected a mapping", id="an entry that is no mapping"),
    pytest.param("images: [{image: a, comand: [x]}]", "unknown comand", id="a misspelt field"),
    pytest.param("images: [{image: a, command: run it}]", "expected a list of words", id="a command as a string"),
    pytest.param("images: [{image: a, env: [A=1]}]", "env: expected a mapping", id="an environment as a list"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_catalogue_says_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="images.yaml") as found:
        parse_catalogue(text, "images.yaml")

    assert message in str(found.value)


def test_the_airports_images_are_known_and_a_users_entries_come_first(tmp_path: object) -> None:
    home = at(Home(root=tmp_path).root)  # type: ignore[arg-type]
    home.images.write_text("images: [{image: 'airside/airport-cpanel', command: [mine]}]")

    entries = read_catalogue(home)
    ours = find_program(entries, "airside/airport-image-analysis:v2", "/src")
    theirs = find_program(entries, "airside/airport-cpanel:v1", "/src")

    assert ours is not None and ours.command == ("python", "-m", "airport.image_analysis")
    assert ours.env["VERSION"] == "v2"
    assert theirs is not None and theirs.command == ("mine",)
