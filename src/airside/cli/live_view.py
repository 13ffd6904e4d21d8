"""The picture that `airside demo` shows while it runs: a line per workload. Values in, something Rich can draw out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from airside.cli.table import ServerTable
from airside.cli.top_view import Row

COLUMNS = ("READY", "RESTARTS", "RATE/S", "P50", "P99", "SUCCESS")


@dataclass(frozen=True, slots=True)
class Line:
    """A workload: its pods, and what callers measured of it in the last minute."""

    workload: str
    cells: tuple[str, ...]
    style: str


def build_view(title: str, pods: ServerTable, rows: Sequence[Row]) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    table.add_column("WORKLOAD", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for line in build_lines(pods, rows):
        table.add_row(line.workload, *line.cells, style=line.style)
    return Group(Text(title, style="bold"), table)


def build_lines(pods: ServerTable, rows: Sequence[Row]) -> list[Line]:
    """The workloads that have pods; below, the services whose calls reached none (a fault, an open breaker)."""
    totals = [row for row in rows if row.side == "client" and row.is_total]
    figures = {row.workload: row for row in totals}
    counted: dict[str, list[tuple[bool, int]]] = {}
    for row in pods.rows:
        cell = dict(zip(pods.columns, row, strict=True))
        ready, _, all_ = cell.get("Ready", "").partition("/")
        times = cell.get("Restarts", "0").partition(" ")[0]  # `3 (2m ago)`
        counted.setdefault(workload_of(cell["Name"]), []).append((ready == all_, int(times) if times.isdigit() else 0))
    lines = []
    for workload, found in counted.items():
        whole, restarts = sum(1 for one, _ in found if one), sum(count for _, count in found)
        measured = figures.get(workload)
        style = _style(measured) if whole == len(found) else "yellow"
        lines.append(Line(workload, (f"{whole}/{len(found)}", str(restarts), *_figures(measured)), style))
    lost = [row for row in totals if row.workload not in counted]
    return lines + [Line(f"{row.service.partition('.')[0]}, no pod reached", ("", "", *_figures(row)), _style(row)) for row in lost]


def workload_of(pod: str) -> str:
    """A Deployment's pods are named after it, their template and themselves."""
    return pod.rsplit("-", 2)[0]


def _figures(row: Row | None) -> tuple[str, ...]:
    if row is None:
        return ("-", "-", "-", "-")
    _, rate, p50, _, p99, success = row.figures()
    return (rate, p50, p99, success)


def _style(row: Row | None) -> str:
    if row is None or row.success > 0.99:
        return ""
    return "red" if row.success < 0.5 else "yellow"
