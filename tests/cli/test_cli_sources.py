"""Files are found, read and judged before anything is sent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from airside.cli.bundle import check_documents
from airside.cli.errors import CommandError
from airside.cli.sources import read_sources

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {selector: {app: a}, ports: [{port: 8080}]}\n"


def service(name: str) -> str:
    return SERVICE.replace("NAME", name)


def test_a_directorys_files_come_by_name_and_others_are_left(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(service("b"))
    (tmp_path / "a.yml").write_text(service("a"))
    (tmp_path / "README.md").write_text("not: an object")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.yaml").write_text(service("c"))

    def names(recursive: bool) -> list[object]:
        documents, problems = read_sources([str(tmp_path)], io.StringIO(), recursive)
        assert problems == []
        return [document.raw["metadata"]["name"] for document in documents]  # type: ignore[index]

    assert names(recursive=False) == ["a", "b"]
    assert names(recursive=True) == ["a", "b", "c"]


def test_standard_input_is_a_file_too() -> None:
    documents, _ = read_sources(["-"], io.StringIO(service("a") + "---\n" + service("b")))

    assert [(document.file, document.line) for document in documents] == [("standard input", 1), ("standard input", 6)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("nosuch.yaml", 'the path "nosuch.yaml" does not exist', id="missing"),
        pytest.param("https://example.com/a.yaml", "curl -s https://example.com/a.yaml | airside apply -f -", id="an address"),
    ],
)
def test_a_source_that_cannot_be_read_is_named(name: str, words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        read_sources([name], io.StringIO())

    assert words in str(refusal.value)


def test_an_empty_directory_is_an_error_that_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no \.yaml, \.yml, \.json file in this directory; -R looks into those below"):
        read_sources([str(tmp_path)], io.StringIO())


def test_an_object_without_a_namespace_gets_one(tmp_path: Path) -> None:
    documents, _ = read_sources(["-"], io.StringIO(service("a") + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"))

    bundle = check_documents(documents, "shop", None)

    assert bundle.problems == ()
    assert [str(item.key) for item in bundle.items] == ["Service/shop/a", "Namespace//shop"]


def test_an_object_of_another_namespace_than_the_one_said_is_refused() -> None:
    documents, _ = read_sources(["-"], io.StringIO(service("a").replace("{name: a}", "{name: a, namespace: other}")))

    with pytest.raises(CommandError, match='namespace from the provided object "other" does not match the namespace "shop"'):
        check_documents(documents, "shop", None)


def test_every_error_of_every_document_is_told_with_its_line() -> None:
    text = service("a").replace("ports", "prots") + "---\n" + service("b") + "---\n" + service("c").replace("8080", '"x"')
    documents, _ = read_sources(["-"], io.StringIO(text))

    bundle = check_documents(documents, None, None)

    assert not bundle.is_sound
    assert [item.key.name for item in bundle.items] == ["b"]
    assert str(bundle.problems[0]).startswith("standard input:4 AIR0020 error Service default/a spec.prots: unknown field")
    assert {problem.line for problem in bundle.problems} == {4, 14}


def test_what_is_sent_is_what_was_written_in_the_stored_version() -> None:
    spec = "{hosts: [a], http: [{route: [{destination: {host: a}}]}]}"
    text = f"apiVersion: networking.istio.io/v1alpha3\nkind: VirtualService\nmetadata: {{name: a}}\nspec: {spec}\n"
    documents, _ = read_sources(["-"], io.StringIO(text))

    (item,) = check_documents(documents, None, None).items

    assert item.raw["apiVersion"] == "networking.istio.io/v1"
    assert item.raw["spec"] == {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a"}}]}]}
    assert item.title == "virtualservice.networking.istio.io/a"
