"""What a PromQL expression gives at an instant, with Prometheus' semantics (extrapolated rates, staleness, label matching)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from airside.telemetry.combine import Value, Vector, combine, group_labels
from airside.telemetry.expression import Aggregate, BadQuery, Binary, Call, Expression, Negate, Number, Selector
from airside.telemetry.histogram import estimate_quantile
from airside.telemetry.sample import Labels, Series
from airside.telemetry.windows import Windows

LOOKBACK = timedelta(minutes=5)


def evaluate(expression: Expression, windows: Windows, at: float) -> Value:
    """A number or a vector. Raises BadQuery."""
    return _Evaluation(windows, at).value(expression)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    windows: Windows
    at: float

    def value(self, expression: Expression) -> Value:
        match expression:
            case Number():
                return expression.value
            case Selector():
                return self._instant(expression)
            case Call():
                return self._call(expression)
            case Aggregate():
                return self._aggregate(expression)
            case Binary():
                return combine(expression, self.value(expression.left), self.value(expression.right))
            case Negate():
                return _map(self.value(expression.of), operator.neg)

    def vector(self, expression: Expression) -> Vector:
        value = self.value(expression)
        if isinstance(value, float):
            raise BadQuery("a vector is needed where the query has a number")
        return value

    def scalar(self, expression: Expression) -> float:
        value = self.value(expression)
        if not isinstance(value, float):
            raise BadQuery("a number is needed where the query has a vector")
        return value

    def _instant(self, selector: Selector) -> Vector:
        at = self.at - selector.offset.total_seconds()
        found = ((series, points.latest(at, LOOKBACK)) for series, points in self.windows.select(selector.name, selector.wants))
        return [(series, value) for series, value in found if value is not None]

    def _call(self, call: Call) -> Value:
        first = call.arguments[0] if call.arguments else Number(0.0)
        match call.function:
            case "rate" | "increase" | "irate":
                return self._growth(call.function, first)
            case "histogram_quantile":
                return _quantiles(self.scalar(first), self.vector(call.arguments[1]))
            case "abs":
                return _map(self.value(first), abs)
            case "round":
                step = self.scalar(call.arguments[1]) if len(call.arguments) > 1 else 1.0
                return _map(self.value(first), lambda value: math.floor(value / step + 0.5) * step)
            case "clamp_min" | "clamp_max":
                bound, choose = self.scalar(call.arguments[1]), max if call.function == "clamp_min" else min
                return _map(self.value(first), lambda value: choose(value, bound))
            case "time":
                return self.at
            case "vector":
                return [(Series("", ()), self.scalar(first))]
            case "scalar":
                vector = self.vector(first)
                return vector[0][1] if len(vector) == 1 else math.nan

    def _growth(self, function: str, argument: Expression) -> Vector:
        if not isinstance(argument, Selector) or argument.window is None:
            raise BadQuery(f"{function} needs a range such as [1m]")
        end = self.at - argument.offset.total_seconds()
        start = end - argument.window.total_seconds()
        grown: Vector = []
        for series, points in self.windows.select(argument.name, argument.wants):
            samples = points.between(start, end)
            if len(samples) > 1:
                value = _instant_rate(samples) if function == "irate" else _extrapolated(samples, start, end)
                grown.append((Series("", series.labels), value / argument.window.total_seconds() if function == "rate" else value))
        return grown

    def _aggregate(self, aggregate: Aggregate) -> Vector:
        groups: dict[Labels, Vector] = {}
        for series, value in self.vector(aggregate.of):
            groups.setdefault(group_labels(series, aggregate.grouping), []).append((series, value))
        if aggregate.op in ("topk", "bottomk"):
            count = int(self.scalar(aggregate.parameter or Number(1.0)))
            ranked = (sorted(group, key=lambda one: one[1], reverse=aggregate.op == "topk") for group in groups.values())
            return [one for group in ranked for one in group[:count]]
        fold = _FOLDS[aggregate.op]
        return [(Series("", labels), fold([value for _, value in group])) for labels, group in groups.items()]


_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "avg": lambda values: math.fsum(values) / len(values),
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
}


def _map(value: Value, change: Callable[[float], float]) -> Value:
    if isinstance(value, float):
        return change(value)
    return [(Series("", series.labels), change(one)) for series, one in value]


def _corrected(samples: list[tuple[float, float]]) -> float:
    """Growth from the first sample to the last, over restarts."""
    pairs = zip(samples, samples[1:], strict=False)
    return math.fsum(later - earlier if later >= earlier else later for (_, earlier), (_, later) in pairs)


def _instant_rate(samples: list[tuple[float, float]]) -> float:
    (before, _), (after, _) = samples[-2:]
    return _corrected(samples[-2:]) / (after - before)


def _extrapolated(samples: list[tuple[float, float]], start: float, end: float) -> float:
    """Prometheus' extrapolatedRate: growth is carried on to the window's edges where the samples reach near them, never below zero."""
    growth = _corrected(samples)
    covered = samples[-1][0] - samples[0][0]
    spacing = covered / (len(samples) - 1)
    before, after = samples[0][0] - start, end - samples[-1][0]
    if before >= spacing * 1.1:
        before = spacing / 2
    if growth > 0 and samples[0][1] >= 0:
        before = min(before, covered * samples[0][1] / growth)
    if after >= spacing * 1.1:
        after = spacing / 2
    return growth * (covered + before + after) / covered


def _quantiles(quantile: float, vector: Vector) -> Vector:
    groups: dict[Labels, dict[float, float]] = {}
    for series, value in vector:
        bound = series.label("le")
        if bound:
            labels = tuple(pair for pair in series.labels if pair[0] != "le")
            groups.setdefault(labels, {})[float(bound)] = value
    return [(Series("", labels), estimate_quantile(quantile, buckets)) for labels, buckets in groups.items()]


def render(value: Value, at: float) -> dict[str, object]:
    """The `data` of an instant query's answer, as Prometheus' API words it."""
    if isinstance(value, float):
        return {"resultType": "scalar", "result": [at, _word(value)]}
    rows = [{"metric": _metric(series), "value": [at, _word(one)]} for series, one in value]
    return {"resultType": "vector", "result": rows}


def _metric(series: Series) -> dict[str, str]:
    return dict(series.labels) | ({"__name__": series.name} if series.name else {})


def _word(value: float) -> str:
    """Prometheus sends numbers as text, since JSON has no NaN."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")
