"""Rules of string matches and header names."""

from __future__ import annotations

import re

from airside.resources.istio import StringMatch
from airside.validate.finding import Finding, Findings
from airside.validate.regex import judge_regex
from airside.validate.unsupported import UNSUPPORTED

_HEADER_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+", re.ASCII)
_CLAIM = "@request.auth.claims"
_CLAIM_NAME = re.compile(r"@request\.auth\.claims(?:\.[^.\[\]]+|(?:\[[^\[\]]+\])+)(?:\.[^.\[\]]+)*", re.ASCII)


def check_string_match(match: StringMatch, path: str, empty_prefix: bool = False) -> Findings:
    """`empty_prefix`: whether `prefix: ""` may stand there; only paths take it."""
    given = [form for form in ("exact", "prefix", "regex") if getattr(match, form) is not None]
    if len(given) > 1:
        yield Finding("AIR1137", path, f"{' and '.join(given)} at once; a match has one of exact, prefix, regex")
    if match.prefix == "" and not empty_prefix:
        yield Finding("AIR1116", f"{path}.prefix", "an empty prefix matches everything; leave the match out, or write {} for: is present")
    # A lone star is no RE2, yet Istio reads it as "is present".
    if match.regex is not None and match.regex != "*":
        for text in judge_regex(match.regex):
            yield Finding("AIR1117", f"{path}.regex", text)


def is_header_name(name: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None


def check_match_header(name: str, path: str) -> Findings:
    """The name of a header to match on, or of a claim of a token."""
    if name.startswith(_CLAIM):
        if not _CLAIM_NAME.fullmatch(name):
            yield Finding("AIR1118", path, f'"{name}": expected {_CLAIM}.name or {_CLAIM}[name][inner]')
        else:
            yield Finding("AIR0040", path, f"a token's claim: {UNSUPPORTED}: no request has it")
    elif not is_header_name(name.removeprefix(":")):
        yield Finding("AIR1118", path, f'"{name}" is no header name')
