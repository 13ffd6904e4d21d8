"""Envoy's patterns are RE2.

Python's own engine judges them, once what RE2 cannot do is refused and what only RE2 has is put in Python's words.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

_MAX_LENGTH = 1024
_MAX_REPEAT = 1000
_CLASSES = "alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit"

# Each token of a pattern, longest first; escapes come before all, so that `\(` is never taken for a group.
_TOKEN = re.compile(
    rf"""(?P<quoted>\\Q.*?(?:\\E|$))
    |(?P<backreference>\\[1-9]|\(\?P=)
    |(?P<look>\(\?<?[=!])
    |(?P<atomic>\(\?>)
    |(?P<conditional>\(\?\()
    |(?P<unicode>\\[pP](?:\{{\^?[A-Za-z_]+\}}|[A-Z]))
    |(?P<end>\\z)
    |(?P<byte>\\C)
    |(?P<escape>\\.)
    |(?P<named>\(\?P?<)(?=[A-Za-z_])
    |(?P<flags>\(\?[imsU]*(?:-[imsU]+)?[:)])
    |(?P<posix>\[:\^?(?:{_CLASSES}):\])
    |(?P<possessive>(?:[*+?]|\{{\d+(?:,\d*)?\}})\+)
    |(?P<repeat>\{{(?P<least>\d+)(?:,(?P<most>\d*))?\}})
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_REFUSED = {
    "backreference": "backreferences",
    "look": "lookahead and lookbehind",
    "atomic": "atomic groups",
    "conditional": "conditional groups",
    "possessive": "possessive or doubled repeats",
}


def judge_regex(pattern: str) -> Iterator[str]:
    """What keeps a pattern from working in Envoy."""
    if not pattern:
        yield "a regex must not be empty"
        return
    if len(pattern) > _MAX_LENGTH:
        yield f"a regex has at most {_MAX_LENGTH} characters, this has {len(pattern)}"
        return
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup or ""
        if kind in _REFUSED and not _within_class(pattern, token.start()):
            yield f'"{token[0]}" in regex "{pattern}": Envoy (RE2) knows no {_REFUSED[kind]}'
            return
        if token["repeat"] and max(int(token["least"]), int(token["most"] or 0)) > _MAX_REPEAT:
            yield f'"{token[0]}" in regex "{pattern}": Envoy (RE2) repeats at most {_MAX_REPEAT} times'
            return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python may one day read otherwise: RE2 does not change with it
            re.compile(_TOKEN.sub(_in_python, pattern))
    except (re.error, OverflowError, RecursionError) as error:
        yield f'"{pattern}" is no regex: {error}'


def _in_python(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "quoted":
            return re.escape(token[0].removeprefix("\\Q").removesuffix("\\E"))
        case "unicode" | "posix":
            return r"\w"
        case "end":
            return r"\Z"
        case "byte":
            return "."
        case "named":
            return "(?P<"
        case "flags":
            return "(?:" if token[0].endswith(":") else ""
        case _:
            return token[0]


def _within_class(pattern: str, position: int) -> bool:
    """Whether `[` stands open before a position: there `*+` are two plain characters."""
    opened = False
    index = 0
    while index < position:
        if pattern[index] == "\\":
            index += 1
        elif pattern[index] == "[" and not opened:
            opened = True
            index += 1 if pattern[index + 1 : index + 2] in ("]", "^") else 0
        elif pattern[index] == "]":
            opened = False
        index += 1
    return opened
