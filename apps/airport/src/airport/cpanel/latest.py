"""The latest analysis and the latest alert: what arrived last, kept in the database that all panels share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, select

from airport.database import Database, insert_or_keep
from airport.documents import Document, Invalid, parse_event, parse_list, parse_moment, parse_text, parse_whole
from airport.schema import latest

Kind = Literal["analysis", "alert"]


@dataclass(frozen=True, slots=True)
class Latest:
    """A document as it was posted, and a tag that no other has."""

    tag: str
    document: dict[str, object]


class Board:
    """Where the latest of each kind hangs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def hang(self, kind: Kind, document: dict[str, object]) -> None:
        row: dict[str, object] = {"kind": kind, "tag": uuid4().hex, "document": document}
        await self.database.run(lambda connection: _hang(connection, row), writes=True)

    async def read(self) -> dict[Kind, Latest]:
        return await self.database.run(_read)


def parse_latest(kind: Kind, document: Document) -> dict[str, object]:
    """What is kept of a posted document. Raises Invalid."""
    parse_moment(parse_text(document, "timestamp"), "timestamp")
    if document.get("image") is not None:
        parse_text(document, "image")
    kept = {"timestamp": document["timestamp"], "section": parse_whole(document, "section"), "event": parse_event(document)}
    optional = {name: document[name] for name in ("frame_uuid", "image") if document.get(name)}
    return kept | _parse_people(kind, document) | optional


def _parse_people(kind: Kind, document: Document) -> dict[str, object]:
    if kind == "analysis":
        people = [
            {name: parse_text(person, name, f"persons[{position}].") for name in ("age", "gender")}
            for position, person in enumerate(parse_list(document, "persons"))
        ]
        return {"persons": people}
    known = [
        {"name": parse_text(person, "name", f"known-persons[{position}].")}
        for position, person in enumerate(parse_list(document, "known-persons"))
    ]
    if not known:
        raise Invalid("known-persons: expected one at least")
    return {"known-persons": known}


def _hang(connection: Connection, row: dict[str, object]) -> None:
    insert = insert_or_keep(connection, latest)
    newer = {"tag": insert.excluded.tag, "document": insert.excluded.document}
    connection.execute(insert.on_conflict_do_update(index_elements=[latest.c.kind], set_=newer), row)


def _read(connection: Connection) -> dict[Kind, Latest]:
    return {row.kind: Latest(row.tag, row.document) for row in connection.execute(select(latest))}
