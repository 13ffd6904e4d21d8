"""`airside get`: the server's Tables, or the objects themselves; with `-w` what changes after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airside.cli.errors import CommandError, Failed
from airside.cli.output import Output
from airside.cli.session import Console
from airside.cli.show import show_name, show_objects, typed
from airside.cli.table import Growing, ServerTable, layout, parse_table
from airside.cli.words import Wanted
from airside.client.client import ApiClient
from airside.client.errors import Expired, Refused, Unreachable
from airside.client.requests import TABLE, Selection, build_get, build_list
from airside.resources.kinds import Kind

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to get and how to show it. `namespace` None: all."""

    wanted: tuple[Wanted, ...]
    namespace: str | None
    labels: str = ""
    fields: str = ""
    output: Output | None = None
    headers: bool = True

    @property
    def is_table(self) -> bool:
        return self.output in (None, Output.WIDE)

    def selection(self, name: str = "") -> Selection:
        fields = ",".join(part for part in (self.fields, f"metadata.name={name}" if name else "") if part)
        return Selection(self.namespace, self.labels, fields)

    def place(self, kind: Kind) -> str:
        """The namespace of an object asked for by name."""
        if self.namespace is None and kind.namespaced:
            raise CommandError("a resource cannot be retrieved by name across all namespaces")
        return self.namespace or ""


def get(client: ApiClient, asked: Asked, console: Console) -> None:
    """Prints what is there. Raises Failed where an object asked for by name is not."""
    if asked.is_table:
        _get_tables(client, asked, console)
        return
    found: list[tuple[Kind, Raw]] = []
    failed = False
    for wanted in asked.wanted:
        try:
            found += [(wanted.kind, typed(wanted.kind, raw)) for raw in _objects(client, asked, wanted)]
        except Refused as error:
            failed = True
            console.err(describe(error))
    if asked.output is Output.NAME:
        for kind, raw in found:
            console.out(show_name(kind, name_of(raw)))
    elif found or not failed:
        alone = len(asked.wanted) == 1 and bool(asked.wanted[0].name)
        console.out(show_objects([raw for _, raw in found], asked.output or Output.YAML, alone))
    if failed:
        raise Failed


def _objects(client: ApiClient, asked: Asked, wanted: Wanted) -> Sequence[Raw]:
    if wanted.name:
        return [client.get(wanted.kind, wanted.name, asked.place(wanted.kind))]
    return client.list(wanted.kind, asked.selection()).items


def _get_tables(client: ApiClient, asked: Asked, console: Console) -> None:
    kinds = list(dict.fromkeys(wanted.kind for wanted in asked.wanted))
    printed = failed = False
    for kind in kinds:
        tables, errors = _tables(client, asked, kind)
        for error in errors:
            failed = True
            console.err(describe(error))
        rows = [row for table in tables for row in _shown(table, asked, kind, kinds)[1]]
        if not rows:
            continue
        if printed:
            console.out("")
        header = _shown(tables[0], asked, kind, kinds)[0]
        lines = layout(header, rows)
        for line in lines if asked.headers else lines[1:]:
            console.out(line)
        printed = True
    if failed:
        raise Failed
    if not printed:
        place = f" in {asked.namespace} namespace" if asked.namespace and any(kind.namespaced for kind in kinds) else ""
        console.err(f"No resources found{place}.")


def _tables(client: ApiClient, asked: Asked, kind: Kind) -> tuple[list[ServerTable], list[Refused]]:
    tables: list[ServerTable] = []
    errors: list[Refused] = []
    for wanted in asked.wanted:
        if wanted.kind != kind:
            continue
        if wanted.name:
            request = build_get(kind, asked.place(kind), wanted.name, accept=TABLE)
        else:
            request = build_list(kind, asked.selection(), TABLE)
        try:
            tables.append(parse_table(client.send(request), asked.output is Output.WIDE))
        except Refused as error:
            errors.append(error)
    return tables, errors


def _shown(table: ServerTable, asked: Asked, kind: Kind, kinds: Sequence[Kind]) -> tuple[list[str], list[list[str]]]:
    prefix = kind.title if len(kinds) > 1 else ""
    return table.shown(prefix, with_namespace=asked.namespace is None and kind.namespaced)


def watch(client: ApiClient, asked: Asked, console: Console) -> None:
    """What is there, then every change, until interrupted."""
    names = {wanted.name for wanted in asked.wanted}
    kinds = {wanted.kind.plural: wanted.kind for wanted in asked.wanted}
    if len(kinds) != 1 or len(names) != 1:
        raise CommandError("-w watches one kind, or one object")
    wanted = asked.wanted[0]
    if asked.is_table:
        for line in _table_lines(client, asked, wanted):
            console.out(line)
        return
    selection = asked.selection(wanted.name)
    for event in client.follow(wanted.kind, selection):
        if event.type == "SYNCED":
            continue
        raw = typed(wanted.kind, event.object)
        if asked.output is Output.NAME:
            console.out(show_name(wanted.kind, name_of(raw)))
        else:
            text = show_objects([raw], asked.output or Output.YAML, alone=True)
            console.out(f"---\n{text}" if asked.output is Output.YAML else text)


def _table_lines(client: ApiClient, asked: Asked, wanted: Wanted) -> Iterator[str]:
    """A Table has no objects to compare, so after a gap in the watch the rows that are there are shown again."""
    selection, wide, growing = asked.selection(wanted.name), asked.output is Output.WIDE, Growing()
    while True:
        whole = client.send(build_list(wanted.kind, selection, TABLE))
        table, revision = parse_table(whole, wide), revision_of(whole)
        if table.rows:
            yield from growing.lines(*_shown(table, asked, wanted.kind, (wanted.kind,)))
        try:
            for event in client.watch(wanted.kind, selection, revision, TABLE):
                raw = event.get("object")
                if event.get("type") in ("BOOKMARK", "ERROR") or not isinstance(raw, dict):
                    continue
                table = parse_table(raw, wide, table)
                yield from growing.lines(*_shown(table, asked, wanted.kind, (wanted.kind,)))
        except (Expired, Unreachable):
            continue  # the list above waits for nobody: an installation that is down ends the command there


def revision_of(raw: Raw) -> str:
    metadata = raw.get("metadata")
    return str(metadata.get("resourceVersion", "")) if isinstance(metadata, Mapping) else ""


def name_of(raw: Raw) -> str:
    metadata = raw.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, Mapping) else ""


def describe(error: Refused) -> str:
    """As kubectl words what a server refuses."""
    reason = f" ({error.status.reason})" if error.status.reason else ""
    return f"Error from server{reason}: {error.status.message}"
