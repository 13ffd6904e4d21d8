"""PromQL's binary operators: numbers with numbers, vectors with numbers, vectors with vectors of the same labels."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable

from airside.telemetry.expression import BadQuery, Binary, Grouping, Operator
from airside.telemetry.sample import Labels, Series

Vector = list[tuple[Series, float]]
Value = float | Vector


def group_labels(series: Series, grouping: Grouping) -> Labels:
    """The labels that a grouping leaves."""
    return tuple((name, value) for name, value in series.labels if (name in grouping.labels) == grouping.by)


def combine(binary: Binary, left: Value, right: Value) -> Value:
    """Raises BadQuery where series cannot be matched one to one."""
    if isinstance(left, float):
        if isinstance(right, float):
            return float(_COMPARE[binary.op](left, right)) if binary.op in _COMPARE else _ARITHMETIC[binary.op](left, right)
        return _apply(binary, ((series, series.labels, left, value, value) for series, value in right))
    if isinstance(right, float):
        return _apply(binary, ((series, series.labels, value, right, value) for series, value in left))
    if binary.op in ("and", "or", "unless"):
        return _combine_sets(binary, left, right)
    ours, theirs = _by_match(binary.matching, left, "left"), _by_match(binary.matching, right, "right")
    return _apply(binary, ((series, key, value, theirs[key][1], value) for key, (series, value) in ours.items() if key in theirs))


def _by_match(matching: Grouping, vector: Vector, side: str) -> dict[Labels, tuple[Series, float]]:
    found: dict[Labels, tuple[Series, float]] = {}
    for series, value in vector:
        key = group_labels(series, matching)
        if key in found:
            raise BadQuery(f"several series on the {side} have the same labels to match; sum by (...) makes them one")
        found[key] = (series, value)
    return found


def _combine_sets(binary: Binary, left: Vector, right: Vector) -> Vector:
    here = {group_labels(series, binary.matching) for series, _ in left}
    there = {group_labels(series, binary.matching) for series, _ in right}
    if binary.op == "or":
        return left + [one for one in right if group_labels(one[0], binary.matching) not in here]
    return [one for one in left if (group_labels(one[0], binary.matching) in there) == (binary.op == "and")]


def _apply(binary: Binary, pairs: Iterable[tuple[Series, Labels, float, float, float]]) -> Vector:
    """Of each (series, labels of a calculated result, left, right, the vector's value): comparisons filter, unless they have `bool`."""
    result: Vector = []
    for series, labels, left, right, value in pairs:
        if binary.op in _ARITHMETIC:
            result.append((Series("", labels), _ARITHMETIC[binary.op](left, right)))
        elif binary.gives_bool:
            result.append((Series("", labels), float(_COMPARE[binary.op](left, right))))
        elif _COMPARE[binary.op](left, right):
            result.append((series, value))
    return result


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except ValueError:  # a negative base with a fraction, or 0 to a negative power
        return math.nan if base else math.inf
    except OverflowError:
        return math.inf


_ARITHMETIC: dict[Operator, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}
_COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
