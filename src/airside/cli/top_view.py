"""`/airside/v1/top` as tables: one line per service and workload, or everything about one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.cli.table import layout

SUFFIX = ".svc.cluster.local"
FIGURES = ("REQUESTS", "RATE/S", "P50", "P90", "P99", "SUCCESS")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the server sends it; `source` and `code` are "" in totals. Quantiles in milliseconds."""

    side: str
    namespace: str
    service: str
    workload: str
    source: str
    code: str
    flags: str
    requests: float
    rate: float
    p50: float | None
    p90: float | None
    p99: float | None
    success: float

    @property
    def is_total(self) -> bool:
        return not self.source and not self.code

    def is_about(self, name: str) -> bool:
        """A service by short or full name, or a workload."""
        return name in (self.workload, self.service, self.service.partition(".")[0], self.service.removesuffix(SUFFIX))

    def figures(self) -> list[str]:
        return [f"{self.requests:.0f}", f"{self.rate:.2f}", _time(self.p50), _time(self.p90), _time(self.p99), _share(self.success)]


def parse_rows(raw: object) -> list[Row]:
    """The answer's `rows`."""
    rows = raw.get("rows") if isinstance(raw, Mapping) else raw
    return [_parse_row(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _parse_row(row: Mapping[str, object]) -> Row:
    words = (str(row.get(name) or "") for name in ("side", "namespace", "service", "workload", "source", "code", "flags"))
    side, namespace, service, workload, source, code, flags = words
    requests, rate, success = (_number(row.get(name)) or 0.0 for name in ("requests", "rate", "success"))
    p50, p90, p99 = (_number(row.get(name)) for name in ("p50", "p90", "p99"))
    return Row(side, namespace, service, workload, source, code, flags, requests, rate, p50, p90, p99, success)


def select_rows(rows: Sequence[Row], namespace: str | None, name: str) -> list[Row]:
    chosen = [row for row in rows if namespace is None or row.namespace == namespace]
    return [row for row in chosen if row.is_about(name)] if name else chosen


def show_top(rows: Sequence[Row], namespace: str | None, details: bool) -> list[str]:
    """`namespace` None: of all, and then it is a column. With `details` by source and response code too, as the thesis' tables."""
    lines: list[str] = []
    for side, title in (
        ("client", "CLIENT SIDE, as the callers' proxies measured it"),
        ("server", "SERVER SIDE, as the called pods' proxies did"),
    ):
        ours = [row for row in rows if row.side == side]
        totals = [row for row in ours if row.is_total]
        if totals:
            lines += [*([""] if lines else []), title, *layout(*_totals(totals, namespace))]
        parts = [row for row in ours if not row.is_total]
        if details and parts:
            lines += ["", f"{title.partition(',')[0]} by source and response code", *layout(*_parts(parts))]
    return lines or ["No requests in this window."]


def _totals(rows: Sequence[Row], namespace: str | None) -> tuple[list[str], list[list[str]]]:
    everywhere = namespace is None
    header = [*(["NAMESPACE"] if everywhere else []), "SERVICE", "WORKLOAD", *FIGURES]
    cells = [[*([row.namespace] if everywhere else []), row.service.partition(".")[0], row.workload, *row.figures()] for row in rows]
    return header, cells


def _parts(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    header = ["SOURCE", "WORKLOAD", "CODE", "FLAGS", *FIGURES]
    return header, [[row.source, row.workload, row.code, row.flags, *row.figures()] for row in rows]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _time(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "-"
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.2f}s"
    return f"{milliseconds:.0f}ms" if milliseconds >= 10 else f"{milliseconds:.1f}ms"


def _share(part: float) -> str:
    """Rounded down: what is not all is not shown as 100%."""
    return f"{math.floor(part * 1000) / 10:.1f}%"


def show_metrics(data: Mapping[str, object]) -> list[str]:
    """An instant query's answer: a column per label, the value last."""
    result = data.get("result")
    if data.get("resultType") == "scalar":
        return [_figure(result)] if isinstance(result, list) else []
    rows = [row for row in result if isinstance(row, Mapping)] if isinstance(result, list) else []
    if not rows:
        return ["No data."]
    metrics = [metric if isinstance(metric := row.get("metric"), Mapping) else {} for row in rows]
    labels = sorted({str(label) for metric in metrics for label in metric}, key=lambda label: (label != "__name__", label))
    cells = []
    for metric, row in zip(metrics, rows, strict=True):
        cells.append([*(str(metric.get(label, "")) for label in labels), _figure(row.get("value"))])
    return layout([*("METRIC" if label == "__name__" else label for label in labels), "VALUE"], sorted(cells))


def _figure(value: object) -> str:
    """The number of a `[time, "number"]` pair, to six digits: more are noise of the arithmetic."""
    if not isinstance(value, list) or len(value) != 2:
        return ""
    return f"{float(value[1]):.6g}"
