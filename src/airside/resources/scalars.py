"""What a scalar of YAML means, as kubectl reads it: YAML 1.1 booleans and octals, but no times and no numbers to base 60."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)", re.ASCII)
_BASED = re.compile(r"([-+]?)0(?:([xX])([0-9a-fA-F_]+)|([bB])([01_]+)|[oO]?([0-7_]+))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_LARGEST_WHOLE = 1e21
_MAX_DIGITS = 300
"""A longer run of digits is no number of ours; it stays text, and the schema says what was expected."""


def resolve(text: str, tag: str | None, plain: bool) -> object:
    """What a scalar means. Raises ValueError for a tag that has no place in an object."""
    if tag in (None, "!") or plain:
        return _plain(text) if plain else text
    if tag == "tag:yaml.org,2002:str":
        return text
    if tag in _TAGS:
        value = _plain(text)
        if isinstance(value, _TAGS[tag]):
            return value
    raise ValueError(f"the tag {tag.replace('tag:yaml.org,2002:', '!!') if tag else tag} is not supported here: write the plain value")


_TAGS: Mapping[str | None, type | tuple[type, ...]] = {
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:null": type(None),
}


def _plain(text: str) -> object:
    """A scalar without quotes, as kubectl reads it."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) > _MAX_DIGITS or text[0] not in "-+.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text.replace("_", ""))
    if based := _BASED.fullmatch(text):
        sign, base16, hexadecimal, base2, binary, octal = based.groups()
        digits, base = (hexadecimal, 16) if base16 else (binary, 2) if base2 else (octal, 8)
        return _integer(sign + digits.replace("_", ""), base, text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return text


def _integer(digits: str, base: int, text: str) -> object:
    return int(digits, base) if digits.lstrip("+-") else text


def _finite(text: str) -> object:
    """A whole number is an integer however it is written, as in JSON. Infinity has no form there: a number too large stays text."""
    number = float(text)
    if number.is_integer() and abs(number) < _LARGEST_WHOLE:
        return int(number)
    return number if abs(number) != float("inf") else text
