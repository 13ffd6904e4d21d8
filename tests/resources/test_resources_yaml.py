"""YAML and JSON text: every value as kubectl reads it, every field with its line, everything broken with file and line."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airside.resources.problems import Problem, Severity
from airside.resources.yaml import MAX_DEPTH, read_documents

BROKEN = [
    pytest.param("a:\n\tb: 1\n", "x.yaml:2 AIR0002 error: a tab in the indentation; YAML is indented by spaces", id="a tab"),
    pytest.param(
        "metadata:\n  name: a\nspec:\n  b: 1\n  b: 2\n",
        'x.yaml:5 AIR0003 error spec.b: the key "b" stands here a second time; the first is at line 4. Keep one',
        id="a duplicate key",
    ),
    pytest.param("a: [1\nb: 2", "x.yaml:2 AIR0001 error: not YAML, column 2: ", id="an open bracket"),
    pytest.param("a: 'x\n", "x.yaml:2 AIR0001 error: not YAML, column 1: ", id="an open quote"),
    pytest.param("- a\n- b\n", "x.yaml:1 AIR0004 error: a list where an object was expected", id="a list"),
    pytest.param("hello\n", 'x.yaml:1 AIR0004 error: the text "hello" where an object was expected', id="a text"),
    pytest.param("a: *b\n", "x.yaml:1 AIR0006 error: the alias *b has no anchor &b before it", id="an alias to nowhere"),
    pytest.param("a: &b [*b]\n", "x.yaml:1 AIR0006 error: the alias *b has no anchor &b before it", id="an alias inside of itself"),
    pytest.param("a: !!binary aGk=\n", "x.yaml:1 AIR0006 error: the tag !!binary is not supported", id="a tag"),
    pytest.param("a: !Secret x\n", "x.yaml:1 AIR0006 error: the tag !Secret is not supported", id="a tag of another program"),
    pytest.param("? [a, b]\n: c\n", "x.yaml:1 AIR0006 error: a mapping or list as a key is not supported", id="a list as a key"),
    pytest.param("a: b: c\n", "x.yaml:1 AIR0001 error: not YAML, column 5: mapping values are not allowed", id="two colons"),
    pytest.param("a: 1\n\x00", "x.yaml:2 AIR0001 error: not text: ", id="a zero byte"),
    pytest.param("a: \ud800", "x.yaml:1 AIR0001 error: not text: half of a surrogate pair", id="half a character"),
    pytest.param("a: " + "[" * 200 + "]" * 200, f"x.yaml:1 AIR0005 error: nested more than {MAX_DEPTH} deep", id="too deep"),
    pytest.param(
        "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]),
        "x.yaml:6 AIR0005 error: more than 500000 values in one document",
        id="an alias bomb",
    ),
    pytest.param("<<: 5\n", "x.yaml:1 AIR0006 error: << merges mappings, not the number 5", id="a merge of a number"),
    pytest.param('{"a": 1, "a": 2}', 'x.yaml:1 AIR0003 error a: the key "a" stands here a second time', id="a duplicate key in JSON"),
]


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_what_is_broken_is_named_with_file_and_line(text: str, says: str) -> None:
    documents, problems = read_documents(text, "x.yaml")

    assert documents == []
    assert [str(problem)[: len(says)] for problem in problems] == [says]


def test_a_document_that_is_broken_leaves_those_before_it() -> None:
    documents, problems = read_documents("a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n---\n\td: 4\n", "x.yaml")

    assert [document.raw for document in documents] == [{"a": 1}, {"c": 3}]
    assert [(problem.code, problem.line) for problem in problems] == [("AIR0003", 4), ("AIR0002", 8)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("off", False),
        ("true", True),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-7", -7),
        ("0644", 420),
        ("0o644", 420),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1e3", 1000),
        ("80.0", 80),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("2020-02-25", "2020-02-25"),
        ("1:30", "1:30"),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("089", 89),
        ("'12'", "12"),
        ('"yes"', "yes"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("|\n  text", "text"),
        ("5m", "5m"),
        ("-", "-"),
        ("._", "._"),
    ],
)
def test_a_scalar_is_what_kubectl_reads(text: str, value: object) -> None:
    documents, problems = read_documents(f"a: {text}" if text != "-" else "a: '-'", "x.yaml")

    assert problems == []
    found = documents[0].raw["a"]
    assert found == value and type(found) is type(value)


def test_keys_are_text_even_where_they_look_like_numbers() -> None:
    documents, _ = read_documents("8080: a\non: b\n", "x.yaml")

    assert documents[0].raw == {"8080": "a", "on": "b"}


def test_every_field_has_its_line() -> None:
    text = "# a comment\nkind: A\nspec:\n  http:\n  - route:\n    - destination:\n        host: a\n  - name: b\n  labels: {a.b/c: d}\n"

    (document,), _ = read_documents("\n---\n" + text, "x.yaml")

    assert document.line == 4
    assert document.line_of("spec.http[0].route[0].destination.host") == 9
    assert document.line_of("spec.http[1].name") == 10
    assert document.line_of("spec.labels[a.b/c]") == 11
    assert document.line_of("spec.labels[kind]") == 11
    assert document.line_of("spec.http[1].route[0].destination") == 10  # not written: the part around it
    assert document.line_of("metadata.name") == 4


def test_a_problem_is_placed_by_its_field() -> None:
    (document,), _ = read_documents("kind: A\nspec:\n  a: 1\n", "shop.yaml")

    placed = document.locate(Problem("AIR0020", Severity.ERROR, "A b", "spec.a", "m"))

    assert str(placed) == "shop.yaml:3 AIR0020 error A b spec.a: m"


def test_a_list_is_its_items() -> None:
    text = "kind: List\napiVersion: v1\nitems:\n- kind: A\n  spec:\n    b: 1\n- 5\n- kind: C\n"

    documents, problems = read_documents(text, "x.yaml")

    assert [(document.raw["kind"], document.line) for document in documents] == [("A", 4), ("C", 8)]
    assert documents[0].line_of("spec.b") == 6
    assert [str(problem) for problem in problems] == ["x.yaml:7 AIR0004 error items[1]: the number 5 where an object was expected"]


def test_anchors_and_merges_work() -> None:
    text = "base: &base {a: 1, b: 2}\nhere: {<<: *base, b: 3}\nlist: &l [x]\nagain: *l\nboth: {<<: [*base, {c: 4}]}\n"

    (document,), problems = read_documents(text, "x.yaml")

    assert problems == []
    assert document.raw["here"] == {"a": 1, "b": 3}
    assert document.raw["again"] == ["x"]
    assert document.raw["both"] == {"a": 1, "b": 2, "c": 4}


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "---\n---\n", "null\n"])
def test_nothing_is_no_object_and_no_problem(text: str) -> None:
    assert read_documents(text, "x.yaml") == ([], [])


def test_json_works_with_tabs_and_surrogate_pairs() -> None:
    (tabs,), _ = read_documents('{\n\t"a": 1,\n\t"b": [true]\n}', "x.json")
    (pairs,), _ = read_documents('{"a": "\\ud83d\\ude00"}', "x.json")

    assert tabs.raw == {"a": 1, "b": [True]}
    assert pairs.raw == {"a": "😀"}


# PyYAML does not write every control character in a form that reads back, and knows fewer forms of numbers than kubectl.
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc"]), max_size=20).filter(
    lambda text: not text or text[0] not in "-+.0123456789"
)


def _json(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | texts
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20)


@given(st.dictionaries(st.text(max_size=10), _json(st.text(max_size=20)), min_size=1, max_size=4))
def test_what_was_written_as_json_is_read_back(value: dict[str, Any]) -> None:
    documents, problems = read_documents(json.dumps(value), "x.json")

    assert problems == []
    assert [document.raw for document in documents] == [value] or str(value.get("kind", "")).endswith("List")


@given(st.dictionaries(PLAIN, _json(PLAIN), min_size=1, max_size=4))
def test_what_was_written_as_yaml_is_read_back(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)

    documents, problems = read_documents(text, "x.yaml")

    assert problems == [] and documents[0].raw == value


@given(st.text(st.sampled_from("ab:- \n\t[]{}&*!|>'\"#%@`?,<1.~\\\x00é\ud800"), max_size=60))
def test_no_text_crashes_the_reader(text: str) -> None:
    documents, problems = read_documents(text, "x.yaml")

    assert all(isinstance(document.raw, dict) and document.line >= 1 for document in documents)
    assert all(problem.severity is Severity.ERROR and problem.line >= 1 and problem.file == "x.yaml" for problem in problems)
