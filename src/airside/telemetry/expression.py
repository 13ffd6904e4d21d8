"""PromQL as a tree of our own values: what we evaluate has a type here, what we do not is refused by name.

The grammar is `promql_parser`'s; its nodes end in this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

import promql_parser as promql

from airside.telemetry.sample import Series

MatchOp = Literal["=", "!=", "=~", "!~"]
Operator = Literal["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "unless"]
Aggregation = Literal["sum", "avg", "min", "max", "count", "topk", "bottomk"]
Function = Literal["rate", "irate", "increase", "histogram_quantile", "abs", "round", "clamp_min", "clamp_max", "time", "vector", "scalar"]


class BadQuery(ValueError):
    """The query is no PromQL, or uses what Airside does not evaluate; the text says which."""


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    op: MatchOp
    value: str
    pattern: re.Pattern[str] | None = None  # with =~ and !~

    def matches(self, series: Series) -> bool:
        found = series.label(self.label)
        equal = self.pattern.fullmatch(found) is not None if self.pattern else found == self.value
        return equal if self.op in ("=", "=~") else not equal


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Selector:
    """An instant selector; with `window`, a range selector."""

    name: str | None
    matchers: tuple[Matcher, ...]
    offset: timedelta
    window: timedelta | None = None

    def wants(self, series: Series) -> bool:
        return all(matcher.matches(series) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """`by (labels)`, or `without (labels)`."""

    by: bool
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Aggregate:
    op: Aggregation
    of: Expression
    grouping: Grouping
    parameter: Expression | None


@dataclass(frozen=True, slots=True)
class Binary:
    """`matching`: which labels make two series the same, as in on() (by) and ignoring() (without)."""

    op: Operator
    left: Expression
    right: Expression
    matching: Grouping
    gives_bool: bool


@dataclass(frozen=True, slots=True)
class Negate:
    of: Expression


Expression = Number | Selector | Call | Aggregate | Binary | Negate

_MATCH_OPS: tuple[tuple[promql.MatchOp, MatchOp], ...] = (
    (promql.MatchOp.Equal, "="),
    (promql.MatchOp.NotEqual, "!="),
    (promql.MatchOp.Re, "=~"),
    (promql.MatchOp.NotRe, "!~"),
)


def parse_query(text: str) -> Expression:
    """Raises BadQuery."""
    try:
        tree = promql.parse(text)
    except ValueError as error:
        raise BadQuery(f"{error} (in the query {text!r})") from error
    return _convert(tree)


def _convert(node: promql.Expr) -> Expression:
    build = _NODES.get(type(node))
    if build is None:
        raise BadQuery(f"{type(node).__name__} is not evaluated by Airside: {node.prettify()}")
    return build(node)


def _number(node: promql.NumberLiteral) -> Expression:
    return Number(node.val)


def _paren(node: promql.ParenExpr) -> Expression:
    return _convert(node.expr)


def _negate(node: promql.UnaryExpr) -> Expression:
    return Negate(_convert(node.expr))


def _selector(node: promql.VectorSelector) -> Selector:
    if node.at is not None or node.matchers.or_matchers:
        raise BadQuery(f"`@` and `or` inside a selector are not evaluated by Airside: {node.prettify()}")
    matchers = tuple(_matcher(matcher) for matcher in node.matchers.matchers)
    return Selector(node.name, matchers, node.offset or timedelta(0))


def _range(node: promql.MatrixSelector) -> Expression:
    vector = _selector(node.vector_selector)
    return Selector(vector.name, vector.matchers, vector.offset, node.range)


def _matcher(matcher: promql.Matcher) -> Matcher:
    op = next(ours for theirs, ours in _MATCH_OPS if theirs == matcher.op)
    if op in ("=", "!="):
        return Matcher(matcher.name, op, matcher.value)
    try:
        return Matcher(matcher.name, op, matcher.value, re.compile(matcher.value))
    except re.error as error:
        raise BadQuery(f"{matcher.name}{op}{matcher.value!r} is no regular expression: {error}") from error


def _call(node: promql.Call) -> Expression:
    name = node.func.name
    for function in get_args(Function):
        if name == function:
            return Call(function, tuple(_convert(argument) for argument in node.args))
    raise BadQuery(f"the function {name} is not evaluated by Airside; these are: {', '.join(get_args(Function))}")


def _aggregate(node: promql.AggregateExpr) -> Expression:
    name = str(node.op)
    grouping = Grouping(True, frozenset())
    if node.modifier is not None:
        grouping = Grouping(node.modifier.type == promql.AggModifierType.By, frozenset(node.modifier.labels))
    parameter = None if node.param is None else _convert(node.param)
    for op in get_args(Aggregation):
        if name == op:
            return Aggregate(op, _convert(node.expr), grouping, parameter)
    raise BadQuery(f"the aggregation {name} is not evaluated by Airside; these are: {', '.join(get_args(Aggregation))}")


def _binary(node: promql.BinaryExpr) -> Expression:
    name, modifier = str(node.op), node.modifier
    matching, gives_bool = Grouping(False, frozenset()), False
    if modifier is not None:
        if modifier.card not in (promql.VectorMatchCardinality.OneToOne, promql.VectorMatchCardinality.ManyToMany):
            raise BadQuery(f"group_left and group_right are not evaluated by Airside: {node.prettify()}")
        gives_bool = modifier.return_bool
        if modifier.matching is not None:
            matching = Grouping(modifier.matching.type == promql.LabelModifierType.Include, frozenset(modifier.matching.labels))
    for op in get_args(Operator):
        if name == op:
            return Binary(op, _convert(node.lhs), _convert(node.rhs), matching, gives_bool)
    raise BadQuery(f"the operator {name} is not evaluated by Airside: {node.prettify()}")


_NODES: dict[type, Callable[..., Expression]] = {
    promql.NumberLiteral: _number,
    promql.ParenExpr: _paren,
    promql.UnaryExpr: _negate,
    promql.VectorSelector: _selector,
    promql.MatrixSelector: _range,
    promql.Call: _call,
    promql.AggregateExpr: _aggregate,
    promql.BinaryExpr: _binary,
}
