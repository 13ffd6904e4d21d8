"""Columns as kubectl prints them, and the server's Tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GAP = "   "


def layout(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines; every column as wide as its widest cell, the last one ragged."""
    rows = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in [list(header), *rows]) for column in range(len(header))]
    return [_line(row, widths) for row in [list(header), *rows]]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True))]).rstrip()


class Growing:
    """A table whose rows come one after the other, as with `-w`: columns never shrink, so that later rows stay aligned."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def lines(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        """The header comes with the first rows."""
        first = not self._widths
        shown = [list(header), *map(list, rows)] if first else list(map(list, rows))
        widths = [max([len(row[column]) for row in shown], default=0) for column in range(len(header))]
        self._widths = widths if first else [max(pair) for pair in zip(self._widths, widths, strict=True)]
        return [_line(row, self._widths) for row in shown]


@dataclass(frozen=True, slots=True)
class ServerTable:
    """A `meta.k8s.io/v1` Table: what the server thinks worth showing of a kind."""

    columns: tuple[str, ...]
    indices: tuple[int, ...]  # where in a row's cells the columns are
    rows: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    namespaces: tuple[str, ...]

    def shown(self, prefix: str = "", with_namespace: bool = False) -> tuple[list[str], list[list[str]]]:
        """Header and rows; `prefix` (`pod`) goes before names where several kinds are shown."""
        header = [column.upper() for column in self.columns]
        rows = [list(row) for row in self.rows]
        for row, name in zip(rows, self.names, strict=True):
            row[0] = f"{prefix}/{name}" if prefix else row[0]
        if with_namespace:
            header = ["NAMESPACE", *header]
            rows = [[namespace, *row] for namespace, row in zip(self.namespaces, rows, strict=True)]
        return header, rows


def parse_table(raw: Mapping[str, object], wide: bool, before: ServerTable | None = None) -> ServerTable:
    """`before`: what was told earlier in the same watch, which tells its columns only once."""
    definitions = _mappings(raw.get("columnDefinitions"))
    if definitions or before is None:
        indices = tuple(index for index, one in enumerate(definitions) if wide or not one.get("priority"))
        columns = tuple(str(definitions[index].get("name", "")) for index in indices)
    else:
        indices, columns = before.indices, before.columns
    rows, names, namespaces = [], [], []
    for row in _mappings(raw.get("rows")):
        cells = row.get("cells")
        cells = cells if isinstance(cells, list) else []
        rows.append(tuple(_cell(cells[index]) if index < len(cells) else "" for index in indices))
        names.append(_named(row, "name"))
        namespaces.append(_named(row, "namespace"))
    return ServerTable(columns, indices, tuple(rows), tuple(names), tuple(namespaces))


def _named(row: Mapping[str, object], name: str) -> str:
    partial = row.get("object")
    metadata = partial.get("metadata") if isinstance(partial, dict) else None
    return str(metadata.get(name, "")) if isinstance(metadata, dict) else ""


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "<none>" if value is None or value == "" else str(value)
