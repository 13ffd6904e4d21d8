"""The tables of the thesis: who was asked for how much, how fast and with what success, as callers and as callees measured it.

Figures are what was really counted in the window, not Prometheus' extrapolation: a hundred requests are shown as a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from airside.telemetry.histogram import estimate_quantile
from airside.telemetry.sample import Series
from airside.telemetry.windows import Windows

REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds_bucket"
Side = Literal["client", "server"]
_SIDES: dict[str, Side] = {"source": "client", "destination": "server"}


@dataclass(frozen=True, slots=True, order=True)
class Traffic:
    """What one row is about. `side`: whose proxy measured it. `workload` is "unknown" where a call reached none (a fault, an open breaker).

    `source`, `code` and `flags` are "" in a row that sums over them.
    """

    side: Side
    namespace: str
    service: str
    workload: str
    source: str = ""
    code: str = ""
    flags: str = ""

    def total(self) -> Traffic:
        return Traffic(self.side, self.namespace, self.service, self.workload)


@dataclass(frozen=True, slots=True)
class TopRow:
    """One row. Quantiles are milliseconds, None where no duration was measured; `success` is the share of answers that are not 5xx."""

    traffic: Traffic
    requests: float
    rate: float  # per second
    p50: float | None
    p90: float | None
    p99: float | None
    success: float


@dataclass(slots=True)
class _Count:
    requests: float = 0.0
    failed: float = 0.0
    buckets: dict[float, float] = field(default_factory=dict)


def build_top(windows: Windows, window: timedelta, at: float) -> list[TopRow]:
    """Rows with traffic in the window: each total, followed by its parts by source and response code."""
    seconds = window.total_seconds()
    counts: dict[Traffic, _Count] = {}
    for traffic, series, growth in _growths(windows, REQUESTS, at - seconds, at):
        for count in (counts.setdefault(traffic, _Count()), counts.setdefault(traffic.total(), _Count())):
            count.requests += growth
            # an answer that never came is code 0; a 4xx is the caller's own fault, as in Istio's dashboards
            count.failed += growth if series.label("response_code")[:1] in ("5", "0") else 0.0
    for traffic, series, growth in _growths(windows, DURATION, at - seconds, at):
        bound = float(series.label("le") or math.nan)
        for count in (counts.setdefault(traffic, _Count()), counts.setdefault(traffic.total(), _Count())):
            count.buckets[bound] = count.buckets.get(bound, 0.0) + growth
    return [_row(traffic, counts[traffic], seconds) for traffic in sorted(counts) if counts[traffic].requests > 0]


def _growths(windows: Windows, name: str, start: float, end: float) -> Iterator[tuple[Traffic, Series, float]]:
    for series, points in windows.select(name, _measured):
        growth = points.increase(start, end)
        if growth > 0:
            yield _traffic(series), series, growth


def _measured(series: Series) -> bool:
    return series.label("reporter") in _SIDES


def _traffic(series: Series) -> Traffic:
    return Traffic(
        side=_SIDES[series.label("reporter")],
        namespace=series.label("destination_service_namespace") or series.label("destination_workload_namespace") or "unknown",
        service=series.label("destination_service") or "unknown",
        workload=series.label("destination_workload") or "unknown",
        source=series.label("source_workload") or "unknown",
        code=series.label("response_code") or "0",
        flags=series.label("response_flags") or "-",
    )


def _row(traffic: Traffic, count: _Count, seconds: float) -> TopRow:
    p50, p90, p99 = (_quantile(quantile, count.buckets) for quantile in (0.5, 0.9, 0.99))
    return TopRow(traffic, count.requests, count.requests / seconds, p50, p90, p99, 1 - count.failed / count.requests)


def _quantile(quantile: float, buckets: dict[float, float]) -> float | None:
    value = estimate_quantile(quantile, buckets)
    return None if math.isnan(value) else value
