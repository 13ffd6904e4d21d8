"""The thesis' tables: client and server side, by source and response code."""

from datetime import timedelta

import pytest

from airside.telemetry.sample import Sample, Series, sort_labels
from airside.telemetry.top import TopRow, Traffic, build_top
from airside.telemetry.windows import Windows

HOST = "image-analysis.default.svc.cluster.local"
MINUTE = timedelta(minutes=1)


def labels(
    reporter: str, code: str, flags: str = "-", workload: str = "image-analysis-deploy", source: str = "collector-deploy"
) -> dict[str, str]:
    return {
        "reporter": reporter,
        "source_workload": source,
        "destination_workload": workload,
        "destination_service": HOST,
        "destination_service_namespace": "default",
        "response_code": code,
        "response_flags": flags,
    }


def counted(requests: float, given: dict[str, str], buckets: dict[str, float] | None = None) -> list[Sample]:
    samples = [Sample(Series("istio_requests_total", sort_labels(given)), requests, cumulative=True)]
    for bound, value in (buckets or {}).items():
        name = "istio_request_duration_milliseconds_bucket"
        samples.append(Sample(Series(name, sort_labels(given | {"le": bound})), value, cumulative=True))
    return samples


def top(*samples: list[Sample]) -> dict[Traffic, TopRow]:
    windows = Windows()
    windows.record("a", 0, [])
    windows.record("a", 60, [sample for some in samples for sample in some])
    rows = build_top(windows, MINUTE, 60)
    assert [row.traffic for row in rows] == sorted(row.traffic for row in rows)
    return {row.traffic: row for row in rows}


CLIENT = Traffic("client", "default", HOST, "image-analysis-deploy")


def test_requests_are_shown_in_all_and_by_source_and_code() -> None:
    rows = top(
        counted(80, labels("source", "200")),
        counted(20, labels("source", "503", "UO")),
        counted(10, labels("source", "200", source="cpanel-v1")),
    )

    assert {(t.source, t.code, t.flags): row.requests for t, row in rows.items()} == {
        ("", "", ""): 110,
        ("collector-deploy", "200", "-"): 80,
        ("collector-deploy", "503", "UO"): 20,
        ("cpanel-v1", "200", "-"): 10,
    }
    assert rows[CLIENT].rate == pytest.approx(110 / 60)
    assert rows[CLIENT].success == pytest.approx(90 / 110)


def test_what_callers_and_callees_measured_are_rows_of_their_own() -> None:
    rows = top(counted(100, labels("source", "200")), counted(97, labels("destination", "200")))

    assert rows[CLIENT].requests == 100
    assert rows[Traffic("server", "default", HOST, "image-analysis-deploy")].requests == 97


def test_an_injected_abort_is_seen_by_callers_though_it_reached_no_workload() -> None:
    rows = top(counted(5, labels("source", "500", "FI", workload="unknown")))

    assert rows[Traffic("client", "default", HOST, "unknown")].success == 0
    assert not [traffic for traffic in rows if traffic.side == "server"]


@pytest.mark.parametrize(("code", "success"), [("200", 1), ("204", 1), ("404", 1), ("500", 0), ("503", 0), ("0", 0)])
def test_success_is_an_answer_that_is_not_5xx(code: str, success: float) -> None:
    assert top(counted(5, labels("source", code)))[CLIENT].success == success


def test_quantiles_are_over_all_parts_of_a_row() -> None:
    rows = top(
        counted(50, labels("source", "200"), {"10": 50, "100": 50, "+Inf": 50}),
        counted(50, labels("source", "503"), {"10": 0, "100": 50, "+Inf": 50}),
    )

    assert rows[CLIENT].p50 == pytest.approx(10)
    assert rows[CLIENT].p90 == pytest.approx(82)
    assert rows[CLIENT].p99 == pytest.approx(98.2)


def test_without_durations_there_is_no_quantile() -> None:
    row = top(counted(5, labels("source", "200")))[CLIENT]

    assert (row.p50, row.p90, row.p99) == (None, None, None)


def test_a_row_without_traffic_in_the_window_is_left_out() -> None:
    windows = Windows()
    windows.record("a", 0, [])
    windows.record("a", 10, counted(5, labels("source", "200")))
    windows.record("a", 100, counted(5, labels("source", "200")))

    assert build_top(windows, MINUTE, 100) == []
