"""The picture that `airside demo` shows while it runs: pods on the left, figures on the right. Values in, something Rich can draw out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from airside.cli.table import ServerTable
from airside.cli.top_view import Row

_POD_COLUMNS = ("Name", "Ready", "Status", "Restarts")


def build_view(title: str, pods: ServerTable, rows: Sequence[Row]) -> RenderableType:
    """`rows`: of the last minute; the client side's totals are shown, since faults are seen there only."""
    return Group(Text(title, style="bold"), Columns([Panel(_pods(pods), title="pods"), Panel(_figures(rows), title="last minute")]))


def _pods(pods: ServerTable) -> Table:
    table = Table(box=None, pad_edge=False)
    shown = [(pods.columns.index(name), name) for name in _POD_COLUMNS if name in pods.columns]
    for _, name in shown:
        table.add_column(name.upper(), no_wrap=True)
    for row in pods.rows:
        cells = [row[index] for index, _ in shown]
        table.add_row(*cells, style="" if _is_whole(row, pods.columns) else "yellow")
    return table


def _is_whole(row: Sequence[str], columns: Sequence[str]) -> bool:
    if "Ready" not in columns:
        return True
    ready, _, all_ = row[columns.index("Ready")].partition("/")
    return ready == all_


def _figures(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("SERVICE", "WORKLOAD"):
        table.add_column(name, no_wrap=True)
    for name in ("RATE/S", "P50", "P90", "P99", "SUCCESS"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if row.side == "client" and row.is_total:
            style = "" if row.success > 0.99 else "red" if row.success < 0.5 else "yellow"
            table.add_row(row.service.partition(".")[0], row.workload, *row.figures()[1:], style=style)
    return table
