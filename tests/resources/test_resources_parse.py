"""Parsing judges structure: either the whole object comes out, or problems that say where and what was expected."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.resources.parse import Parsed, UnknownFields, parse_object
from airside.resources.problems import Severity


def _route(**route: Any) -> dict[str, Any]:
    spec = {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a"}}]} | route]}
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "v", "namespace": "n"}, "spec": spec}


def _top(**fields: Any) -> dict[str, Any]:
    return _route() | fields


def _nested(depth: int) -> dict[str, Any]:
    return {"a": _nested(depth - 1)} if depth else {}


ROWS = [
    pytest.param({}, "AIR0010", "apiVersion", "required, for example apiVersion: apps/v1", id="nothing at all"),
    pytest.param({"apiVersion": "v1"}, "AIR0010", "kind", "required, for example kind: Deployment", id="no kind"),
    pytest.param(
        _top(kind=5), "AIR0010", "kind", "required, for example kind: Deployment, found the number 5", id="a kind that is a number"
    ),
    pytest.param(
        _top(kind="VirtualSerivce"),
        "AIR0011",
        "kind",
        '"VirtualSerivce" of "networking.istio.io/v1" is not served here. Did you mean "VirtualService"? Served: ConfigMap, Deployment,',
        id="a misspelt kind",
    ),
    pytest.param(
        _top(apiVersion="v1", kind="Deployment"),
        "AIR0011",
        "kind",
        'no kind "Deployment" in "v1"; write kind: Deployment with apiVersion: apps/v1',
        id="a kind in another group",
    ),
    pytest.param(
        _top(apiVersion="networking.istio.io/v2"),
        "AIR0012",
        "apiVersion",
        'VirtualService is not served as "networking.istio.io/v2";'
        " served: networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3",
        id="an unknown version",
    ),
    pytest.param(
        _route(tiemout="1s"), "AIR0020", "spec.http[0].tiemout", 'unknown field "tiemout"; did you mean "timeout"?', id="a misspelt field"
    ),
    pytest.param(
        _route(Timeout="1s"),
        "AIR0020",
        "spec.http[0].Timeout",
        'unknown field "Timeout"; did you mean "timeout"?',
        id="a field in capitals",
    ),
    pytest.param(
        _route(cors_policy={}),
        "AIR0020",
        "spec.http[0].cors_policy",
        'unknown field "cors_policy"; did you mean "corsPolicy"?',
        id="our own name of a field",
    ),
    pytest.param(
        _top(spec={"hosts": ["a"], "xyzzy": 1}),
        "AIR0020",
        "spec.xyzzy",
        'unknown field "xyzzy"; known in spec: hosts, gateways, http, tls, tcp, exportTo',
        id="a field like no other",
    ),
    pytest.param(
        _route(match=[{"headers": {"end-user": {"exakt": "x"}}}]),
        "AIR0020",
        "spec.http[0].match[0].headers.end-user.exakt",
        'unknown field "exakt"; did you mean "exact"?',
        id="an unknown field within a map",
    ),
    pytest.param(
        _route(retries={"attempts": "3"}),
        "AIR0021",
        "spec.http[0].retries.attempts",
        'expected an integer, found the text "3"',
        id="a number in quotes",
    ),
    pytest.param(
        _route(retries={"attempts": True}),
        "AIR0021",
        "spec.http[0].retries.attempts",
        "expected an integer, found the boolean true",
        id="a boolean for a number",
    ),
    pytest.param(
        _route(retries={"attempts": 1.5}),
        "AIR0021",
        "spec.http[0].retries.attempts",
        "expected an integer, found the number 1.5",
        id="a fraction",
    ),
    pytest.param(
        _route(name=5),
        "AIR0021",
        "spec.http[0].name",
        'expected text, found the number 5 (put it in quotes: "5")',
        id="a number for a text",
    ),
    pytest.param(_route(route={}), "AIR0021", "spec.http[0].route", "expected a list, found a mapping", id="a mapping for a list"),
    pytest.param(_route(retries=[]), "AIR0021", "spec.http[0].retries", "expected a mapping, found a list", id="a list for a mapping"),
    pytest.param(_top(spec="x"), "AIR0021", "spec", 'expected a mapping, found the text "x"', id="a text for a mapping"),
    pytest.param(_top(metadata=[]), "AIR0021", "metadata", "expected a mapping, found a list", id="metadata that is a list"),
    pytest.param(
        _route(match=[{"headers": []}]),
        "AIR0021",
        "spec.http[0].match[0].headers",
        "expected a mapping, found a list",
        id="a list for a map",
    ),
    pytest.param(
        _top(metadata={"name": "v", "labels": {"a": 1}}),
        "AIR0021",
        "metadata.labels.a",
        'expected text, found the number 1 (put it in quotes: "1")',
        id="a label that is a number",
    ),
    pytest.param(
        _route(match=[{"headers": {"a": None}}]),
        "AIR0021",
        "spec.http[0].match[0].headers.a",
        "expected a mapping, found nothing (null)",
        id="a matcher that is null would match everything",
    ),
    pytest.param(_route(route=[{"weight": 1}]), "AIR0022", "spec.http[0].route[0].destination", "Required value", id="a required field"),
    pytest.param(
        _route(corsPolicy={"unmatchedPreflights": "ignore"}),
        "AIR0023",
        "spec.http[0].corsPolicy.unmatchedPreflights",
        'Unsupported value: "ignore": supported values: "FORWARD", "IGNORE", "UNSPECIFIED"',
        id="not one of the choices",
    ),
    pytest.param(
        _route(route=[{"destination": {"host": "a", "port": {"number": -1}}}]),
        "AIR0024",
        "spec.http[0].route[0].destination.port.number",
        "expected at least 0, found the number -1",
        id="below the range",
    ),
    pytest.param(
        _route(timeout=5),
        "AIR0025",
        "spec.http[0].timeout",
        'expected a duration such as "5s", "100ms" or "1m30s", found the number 5',
        id="a duration that is a number",
    ),
    pytest.param(
        _route(timeout="1us"),
        "AIR0025",
        "spec.http[0].timeout",
        'expected a duration of at least "1ms", in whole milliseconds, found the text "1us"',
        id="a duration too fine",
    ),
    pytest.param(_top(spec=_nested(200)), "AIR0005", "", "nested more than 100 deep", id="too deep"),
]


@pytest.mark.parametrize(("raw", "code", "field", "message"), ROWS)
def test_wrong_structure_is_one_problem_with_its_place(raw: dict[str, Any], code: str, field: str, message: str) -> None:
    problems = parse_object(raw)

    assert isinstance(problems, list)
    assert [(problem.code, problem.field, problem.severity) for problem in problems] == [(code, field, Severity.ERROR)]
    assert problems[0].message.startswith(message)


def test_all_wrong_fields_are_named_at_once() -> None:
    problems = parse_object(_route(tiemout="1s", retries={"attempts": "3"}, timeout=1))

    assert isinstance(problems, list)
    assert {problem.field for problem in problems} == {"spec.http[0].tiemout", "spec.http[0].retries.attempts", "spec.http[0].timeout"}
    assert {problem.object for problem in problems} == {"VirtualService n/v"}


def test_null_is_the_same_as_not_there() -> None:
    parsed = parse_object(_route(timeout=None, retries={"attempts": 1, "retryOn": None}))

    assert isinstance(parsed, Parsed)
    assert parsed.raw == _route(retries={"attempts": 1})


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_every_served_version_becomes_the_stored_one(version: str) -> None:
    parsed = parse_object(_top(apiVersion=f"networking.istio.io/{version}"))

    assert isinstance(parsed, Parsed) and parsed.warnings == ()
    assert parsed.raw["apiVersion"] == parsed.object.api_version == "networking.istio.io/v1"


def test_unknown_fields_can_be_dropped_with_or_without_a_word() -> None:
    raw = _route(tiemout="1s") | {"extra": 1}

    warned, silent = parse_object(raw, UnknownFields.WARN), parse_object(raw, UnknownFields.IGNORE)

    assert isinstance(warned, Parsed) and isinstance(silent, Parsed)
    assert {problem.field for problem in warned.warnings} == {"extra", "spec.http[0].tiemout"}
    assert all(problem.severity is Severity.WARNING for problem in warned.warnings)
    assert silent.warnings == () and silent.raw == warned.raw == _route()


def test_a_wrong_type_is_an_error_even_where_unknown_fields_are_dropped() -> None:
    problems = parse_object(_route(tiemout="1s", timeout=5), UnknownFields.IGNORE)

    assert isinstance(problems, list) and "spec.http[0].timeout" in {problem.field for problem in problems}


def test_what_was_parsed_shares_nothing_with_what_came_in() -> None:
    raw = _route(match=[{"headers": {"a": {"exact": "b"}}}])
    parsed = parse_object(raw)
    assert isinstance(parsed, Parsed)

    raw["spec"]["http"][0]["match"][0]["headers"]["a"]["exact"] = "changed"

    assert parsed.raw == _route(match=[{"headers": {"a": {"exact": "b"}}}])


GOOD = [
    _route(
        timeout="1s",
        retries={"attempts": 3},
        match=[{"uri": {"prefix": "/"}, "headers": {"a": {"exact": "b"}}}],
        fault={"delay": {"percent": 5, "fixedDelay": "1s"}},
    ),
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "d", "labels": {"a": "b"}},
        "spec": {
            "host": "a",
            "subsets": [{"name": "v1", "labels": {"v": "1"}}],
            "trafficPolicy": {"outlierDetection": {"consecutiveErrors": 7}, "loadBalancer": {"simple": "RANDOM"}},
        },
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {
                    "containers": [
                        {"name": "c", "image": "i", "ports": [{"containerPort": 80}], "readinessProbe": {"httpGet": {"port": "http"}}}
                    ]
                },
            },
        },
    },
]
ODD = st.sampled_from(
    [None, True, -1, 0, 2**70, 1.5, float("inf"), "", "x", "5s", [], [None], [[]], {}, {"": None}, {"a": {"b": []}}, {1: 2}, b"x"]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for step, item in inner for place in _places(item, (*path, step))]


@given(st.data())
def test_no_change_of_a_good_object_crashes_or_is_half_accepted(data: st.DataObject) -> None:
    raw = copy.deepcopy(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(_places(raw)))
        here: Any = raw
        for step in way:
            here = here[step]
        here[last] = copy.deepcopy(data.draw(ODD))
    mode = data.draw(st.sampled_from(UnknownFields))

    result = parse_object(raw, mode)

    if isinstance(result, Parsed):
        assert result.kind.model.of(result.raw) == result.object
        again = parse_object(result.raw)
        assert isinstance(again, Parsed) and again.raw == result.raw
    else:
        assert any(problem.severity is Severity.ERROR for problem in result)
