"""The types of single fields: what Kubernetes' and Istio's schemas write as int, bool, duration, quantity, int-or-string.

Each is strict: a number in quotes is not a number, as on a real API server. Error texts say what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from airside.resources.quantity import is_quantity


class Part(BaseModel):
    """A frozen piece of an object; names are Python's, aliases are the wire's."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


_UNITS = {"ns": 0.001, "us": 1, "µs": 1, "μs": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
_DURATION = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SIGNED_DURATION = re.compile(rf"([+-]?)((?:{_DURATION.pattern})+|0)", re.ASCII)
_NUMBER = re.compile(r"[0-9.]+")


def parse_duration(text: str) -> timedelta:
    """A duration as Go writes it: `1.5s`, `1h30m`, `100ms`. Raises ValueError for anything else."""
    found = _SIGNED_DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"not a duration: {text!r}")
    total = 0.0
    for part in _DURATION.findall(found[2]):
        number = _NUMBER.match(part)
        assert number is not None, "the pattern of a part starts with a number"
        total += float(number[0]) * _UNITS[part[number.end() :]]
    try:
        return timedelta(microseconds=-total if found[1] == "-" else total)
    except OverflowError as error:
        raise ValueError(f"a duration too long: {text!r}") from error


def format_duration(duration: timedelta) -> str:
    """The shortest of `90s`, `100ms`, `15us` that says the same, whole seconds preferred."""
    microseconds = round(duration / timedelta(microseconds=1))
    for size, unit in ((1_000_000, "s"), (1_000, "ms")):
        if microseconds % size == 0:
            return f"{microseconds // size}{unit}"
    return f"{microseconds}us"


_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_DURATION = timedelta(seconds=315_576_000_000)
"""Protobuf's: ten thousand years."""


def _any_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        try:
            duration = parse_duration(value)
        except ValueError:
            duration = None
        if duration is not None and timedelta(0) <= duration <= _LONGEST_DURATION:
            return duration
    raise PydanticCustomError("duration", 'a duration such as "5s", "100ms" or "1m30s"')


def _duration(value: object) -> timedelta:
    duration = _any_duration(value)
    if duration < _MILLISECOND or duration % _MILLISECOND:
        raise PydanticCustomError("duration", 'a duration of at least "1ms", in whole milliseconds')
    return duration


_INT32 = range(-(2**31), 2**31)


def _int_or_string(value: object) -> int | str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value in _INT32):
        return value
    raise PydanticCustomError("int_or_string", "an integer or a string")


def _quantity(value: object) -> str:
    """Kubernetes takes a bare number for a quantity too."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and is_quantity(value):
        return value
    raise PydanticCustomError("quantity", 'a quantity such as "500m", "128Mi" or 2')


def _time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) >= len("2020-01-01T00:00:00Z"):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    raise PydanticCustomError("time", 'a time such as "2020-02-25T14:35:38Z"')


def format_time(moment: datetime) -> str:
    """As Kubernetes writes times: UTC, `Z`; microseconds only where there are some."""
    return moment.isoformat().replace("+00:00", "Z")


Bool = Annotated[bool, Strict()]
Float = Annotated[float, Strict()]
Uint32 = Annotated[int, Strict(), Field(ge=0, le=2**32 - 1)]
Uint64 = Annotated[int, Strict(), Field(ge=0, le=2**64 - 1)]
Int32 = Annotated[int, Strict(), Field(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Strict(), Field(ge=-(2**63), le=2**63 - 1)]
Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, return_type=str)]
"""1ms or longer, in whole milliseconds: what most of Istio's durations must be."""
AnyDuration = Annotated[timedelta, BeforeValidator(_any_duration), PlainSerializer(format_duration, return_type=str)]
"""Zero too, where zero says something."""
IntOrString = Annotated[int | str, BeforeValidator(_int_or_string)]
Quantity = Annotated[str, BeforeValidator(_quantity)]
Time = Annotated[datetime, BeforeValidator(_time), PlainSerializer(format_time, return_type=str)]
StringMap = Mapping[str, str]
JsonObject = Mapping[str, object]
"""A part whose inside no layer of ours reads; stored and given back as it came."""
Raw = dict[str, object]
"""An object as JSON has it."""
