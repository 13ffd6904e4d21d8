"""Patterns as RE2 has them, judged without RE2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.validate.regex import judge_regex


@pytest.mark.parametrize(
    "pattern",
    [
        "a", ".*", "^(a|b)+$", r"\d+\.\w*", "(?i)abc", "a(?i:b)c", "(?P<name>x)", "(?<name>x)", "[[:alpha:]_]+", 
        r"\pL\p{Greek}\P{Lu}", r"a\z",
        r"\Qa.b(\E", "a{2,1000}", "[*+]", "[^]a]", "[(?=]", "[*+a]", r"\(?=", "(?s).", "x*?", r"[\]*+]", "(?U)a+",
    ],
)  # fmt: skip
def test_what_re2_takes_is_taken(pattern: str) -> None:
    assert list(judge_regex(pattern)) == []


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", "must not be empty"),
        ("(", "is no regex"),
        ("a{2", None),
        ("*a", "is no regex"),
        ("[b-a]", "is no regex"),
        ("(?=a)", "no lookahead"),
        ("(?<!a)b", "no lookahead"),
        (r"(a)\1", "no backreferences"),
        ("(?P<n>a)(?P=n)", "no backreferences"),
        ("(?>a)", "no atomic groups"),
        ("(a)?(?(1)b|c)", "no conditional groups"),
        ("a*+", "no possessive"),
        ("a{1001}", "at most 1000 times"),
        ("a" * 1025, "at most 1024 characters"),
    ],
)
def test_what_re2_refuses_is_named(pattern: str, says: str | None) -> None:
    problems = list(judge_regex(pattern))

    assert len(problems) == (1 if says else 0)
    assert says is None or says in problems[0]


@given(st.text(st.sampled_from(r"ab()[]{}?*+|\^$.-:=!<>PQEpL10,imsU"), max_size=30))
def test_no_pattern_crashes_the_judge(pattern: str) -> None:
    assert all(isinstance(text, str) for text in judge_regex(pattern))
