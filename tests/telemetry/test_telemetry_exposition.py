"""Envoy's Prometheus text becomes samples under Istio's names."""

import pytest

from airside.telemetry.exposition import Exposition
from airside.telemetry.sample import Sample, Series

COUNTER = "# TYPE envoy_istio_requests_total counter\n"


def only(text: str) -> Sample:
    scrape = Exposition({}).parse(text)
    assert scrape.malformed == ()
    (sample,) = scrape.samples
    return sample


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("up 1", Series("up", ()), id="a name alone"),
        pytest.param("envoy_server_uptime{} 3", Series("envoy_server_uptime", ()), id="empty braces; Envoy's own names keep their prefix"),
        pytest.param(
            'envoy_istio_requests_total{b="2",a="1"} 7',
            Series("istio_requests_total", (("a", "1"), ("b", "2"))),
            id="Istio's names lose Envoy's prefix",
        ),
        pytest.param(r'm{a="say \"hi\" \\ there"} 1', Series("m", (("a", 'say "hi" \\ there'),)), id="escapes"),
        pytest.param('m{a="x} y",b="{"} 1', Series("m", (("a", "x} y"), ("b", "{"))), id="braces and blanks inside a value"),
        pytest.param('m{a=""} 1', Series("m", ()), id="an empty value is no label"),
        pytest.param(
            'envoy_istio_x{a="-",b=""} 1', Series("istio_x", (("a", "unknown"), ("b", "unknown"))), id="what Envoy did not know is unknown"
        ),
        pytest.param(
            'envoy_istio_x{response_flags="-"} 1', Series("istio_x", (("response_flags", "-"),)), id="no response flag stays a dash"
        ),
    ],
)
def test_a_line_is_read_as(line: str, expected: Series) -> None:
    assert only(line).series == expected


def test_counters_and_histograms_are_cumulative_and_gauges_are_not() -> None:
    text = '# TYPE a counter\na 1\n# TYPE b gauge\nb 1\n# TYPE c histogram\nc_bucket{le="+Inf"} 1\nc_sum 2\nc_count 1\n'

    samples = Exposition({}).parse(text).samples

    assert [(sample.series.name, sample.cumulative) for sample in samples] == [
        ("a", True),
        ("b", False),
        ("c_bucket", True),
        ("c_sum", True),
        ("c_count", True),
    ]


def test_labels_of_the_target_are_on_every_series() -> None:
    scrape = Exposition({"pod": "cpanel-1", "namespace": "default"}).parse('m{a="1"} 1')

    assert scrape.samples[0].series.labels == (("a", "1"), ("namespace", "default"), ("pod", "cpanel-1"))


@pytest.mark.parametrize("line", ["m{a=1} 1", 'm{a="1" 1', "m one", "{} 1", 'm{a="1"junk} 1'])
def test_a_line_that_is_no_sample_is_shown_and_the_others_are_kept(line: str) -> None:
    scrape = Exposition({}).parse(f"good 1\n{line}\nalso 2\n")

    assert [sample.series.name for sample in scrape.samples] == ["good", "also"]
    assert scrape.malformed == (line,)


def test_a_line_seen_before_gives_the_very_same_series() -> None:
    exposition = Exposition({})

    first, second = exposition.parse('m{a="1"} 1').samples[0], exposition.parse('m{a="1"} 2').samples[0]

    assert first.series is second.series
    assert second.value == 2


def test_numbers_that_are_none_in_json_are_read() -> None:
    values = [sample.value for sample in Exposition({}).parse("a NaN\nb +Inf\nc -Inf\nd 1e3").samples]

    assert str(values) == "[nan, inf, -inf, 1000.0]"
