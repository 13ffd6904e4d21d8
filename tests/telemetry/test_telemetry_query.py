"""PromQL gives what Prometheus gives, and what is not evaluated is refused by name."""

import math

import pytest

from airside.telemetry.combine import Value
from airside.telemetry.evaluate import evaluate, render
from airside.telemetry.expression import BadQuery, parse_query
from airside.telemetry.sample import Sample, Series, sort_labels
from airside.telemetry.windows import Windows

END = 60.0


def series(name: str, **labels: str) -> Series:
    return Series(name, sort_labels(labels))


@pytest.fixture
def windows() -> Windows:
    """A minute of scrapes, every 10 s: requests grow by 10 and 5 a scrape, errors by 1; a histogram of two buckets; a gauge."""
    kept = Windows()
    for step in range(7):
        at = step * 10
        kept.record(
            "a",
            at,
            [
                Sample(series("requests", app="cpanel", code="200"), 100 + step * 10, cumulative=True),
                Sample(series("requests", app="cpanel", code="503"), step, cumulative=True),
                Sample(series("requests", app="collector", code="200"), step * 5, cumulative=True),
                Sample(series("took_bucket", app="cpanel", le="10"), step * 6, cumulative=True),
                Sample(series("took_bucket", app="cpanel", le="100"), step * 9, cumulative=True),
                Sample(series("took_bucket", app="cpanel", le="+Inf"), step * 10, cumulative=True),
                Sample(series("open", app="cpanel"), step, cumulative=False),
                Sample(series("open", app="collector"), 3, cumulative=False),
            ],
        )
    return kept


def ask(windows: Windows, text: str) -> Value:
    return evaluate(parse_query(text), windows, END)


def table(windows: Windows, text: str) -> dict[str, float]:
    """Rows as `label=value,...` -> value, in no order."""
    value = ask(windows, text)
    assert isinstance(value, list)
    rows = {",".join(f"{key}={label}" for key, label in one.labels): pytest.approx(number) for one, number in value}
    assert len(rows) == len(value)
    return rows


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("open", {"app=cpanel": 6, "app=collector": 3}, id="the newest value"),
        pytest.param("open offset 20s", {"app=cpanel": 4, "app=collector": 3}, id="an earlier value"),
        pytest.param('open{app!="cpanel"}', {"app=collector": 3}, id="not equal"),
        pytest.param('open{app=~"c.*l"}', {"app=cpanel": 6}, id="a pattern"),
        pytest.param('open{app=~"cpan"}', {}, id="a pattern matches the whole value"),
        pytest.param('open{app!~"cpa.*"}', {"app=collector": 3}, id="not a pattern"),
        pytest.param('{__name__="open",app="cpanel"}', {"app=cpanel": 6}, id="the name as a label"),
        pytest.param('open{nosuch=""}', {"app=cpanel": 6, "app=collector": 3}, id="a missing label is empty"),
        pytest.param('rate(requests{code="503"}[1m])', {"app=cpanel,code=503": 6 / 60}, id="rate reaches to the window's edges"),
        pytest.param('increase(requests{app="cpanel"}[30s])', {"app=cpanel,code=200": 30, "app=cpanel,code=503": 3}, id="increase"),
        pytest.param('irate(requests{code="503"}[1m])', {"app=cpanel,code=503": 0.1}, id="irate takes the last two"),
        pytest.param("rate(requests[5s])", {}, id="one sample gives no rate"),
        pytest.param("sum(open)", {"": 9}, id="sum"),
        pytest.param("sum by (app) (requests)", {"app=cpanel": 166, "app=collector": 30}, id="sum by"),
        pytest.param("sum without (code) (requests)", {"app=cpanel": 166, "app=collector": 30}, id="sum without"),
        pytest.param("avg(open) + max(open) * min(open) - count(open)", {"": 4.5 + 18 - 2}, id="arithmetic, precedence"),
        pytest.param("topk(1, open)", {"app=cpanel": 6}, id="topk"),
        pytest.param("bottomk(1, open)", {"app=collector": 3}, id="bottomk"),
        pytest.param("histogram_quantile(0.5, took_bucket)", {"app=cpanel": 10 * 30 / 36}, id="a quantile within a bucket"),
        pytest.param("histogram_quantile(0.99, took_bucket)", {"app=cpanel": 100}, id="a quantile beyond the last bound"),
        pytest.param("histogram_quantile(0.9, sum by (le) (rate(took_bucket[1m])))", {"": 100}, id="as dashboards ask it"),
        pytest.param("open > 4", {"app=cpanel": 6}, id="a comparison filters"),
        pytest.param("4 < open", {"app=cpanel": 6}, id="and keeps the vector's value on either side"),
        pytest.param("open > bool 4", {"app=cpanel": 1, "app=collector": 0}, id="bool tells"),
        pytest.param("open / sum by (app) (open)", {"app=cpanel": 1, "app=collector": 1}, id="series of the same labels meet"),
        pytest.param('sum by (app) (requests{code="503"}) / sum by (app) (requests)', {"app=cpanel": 6 / 166}, id="series alone drop out"),
        pytest.param('requests{code="503"} / ignoring(code) requests{code="200"}', {"app=cpanel": 6 / 160}, id="ignoring"),
        pytest.param('requests{code="503"} / on(app) requests{code="200"}', {"app=cpanel": 6 / 160}, id="on"),
        pytest.param('open and on(app) requests{code="503"}', {"app=cpanel": 6}, id="and"),
        pytest.param('open unless on(app) requests{code="503"}', {"app=collector": 3}, id="unless"),
        pytest.param('open{app="cpanel"} or open', {"app=cpanel": 6, "app=collector": 3}, id="or"),
        pytest.param("-open", {"app=cpanel": -6, "app=collector": -3}, id="minus"),
        pytest.param("clamp_max(open, 4)", {"app=cpanel": 4, "app=collector": 3}, id="clamp"),
        pytest.param("round(open / 4)", {"app=cpanel": 2, "app=collector": 1}, id="round goes up at a half"),
        pytest.param("vector(1)", {"": 1}, id="vector"),
        pytest.param("nosuch", {}, id="an unknown metric is an empty answer"),
    ],
)
def test_a_query_answers(windows: Windows, query: str, expected: dict[str, float]) -> None:
    assert table(windows, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("7 % 4", 3.0),
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("0 / 0", math.nan),
        ("1 % 0", math.nan),
        ("(0 - 8) ^ 0.5", math.nan),
        ("2 > bool 1", 1.0),
        ("time()", END),
        ("scalar(sum(open))", 9.0),
        ("scalar(open)", math.nan),
    ],
)
def test_numbers_are_calculated_as_prometheus_does(windows: Windows, query: str, expected: float) -> None:
    value = ask(windows, query)

    assert value == pytest.approx(expected, nan_ok=True)


def test_an_extrapolated_rate_does_not_reach_below_zero() -> None:
    kept = Windows()
    for at, value in [(30, 0), (40, 10), (50, 20), (60, 30)]:
        kept.record("a", at, [Sample(series("x"), value, cumulative=True)])

    assert table(kept, "increase(x[1m])") == {"": 30}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(", "unclosed left parenthesis"),
        ("rate(requests)", "expected type matrix"),
        ("quantile(0.5, open)", "the aggregation quantile is not evaluated by Airside; these are: sum, avg"),
        ("absent(open)", "the function absent is not evaluated by Airside; these are: rate, irate"),
        ("open * on(app) group_left(code) requests", "group_left and group_right are not evaluated"),
        ("open @ 10", "`@` and `or` inside a selector"),
        ("rate(open[5m:1m])", "SubqueryExpr is not evaluated"),
        ('open{app=~"("}', "illegal regex"),
        (r'open{app=~"\\pL+"}', "is no regular expression"),
        ('requests{code="503"} / on(app) requests', "several series on the right"),
        ('requests / on(app) requests{code="503"}', "several series on the left"),
    ],
)
def test_what_is_not_evaluated_is_refused_by_name(windows: Windows, query: str, words: str) -> None:
    with pytest.raises(BadQuery) as refusal:
        ask(windows, query)

    assert words in str(refusal.value)


def test_answers_are_worded_as_prometheus_does(windows: Windows) -> None:
    assert render(ask(windows, 'open{app="cpanel"}'), END) == {
        "resultType": "vector",
        "result": [{"metric": {"__name__": "open", "app": "cpanel"}, "value": [END, "6"]}],
    }
    assert render(ask(windows, "1 / 0"), END) == {"resultType": "scalar", "result": [END, "+Inf"]}
    assert render(ask(windows, "0 / 0"), END) == {"resultType": "scalar", "result": [END, "NaN"]}
    assert render(ask(windows, "1 / 4"), END) == {"resultType": "scalar", "result": [END, "0.25"]}
