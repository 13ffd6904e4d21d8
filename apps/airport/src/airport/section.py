"""Section: who was seen at the entries and exits of one section of the airport, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVarTuple
from uuid import uuid4

from sqlalchemy import Connection, Select, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.database import DATABASE_ERRORS, Database, database_url, insert_or_keep
from airport.documents import (
    Document,
    parse_choice,
    parse_document,
    parse_event,
    parse_list,
    parse_moment,
    parse_text,
    parse_whole,
    show_moment,
)
from airport.environment import Environment
from airport.schema import persons
from airport.serve import serve
from airport.service import Service
from airport.wanted import Wanted, narrow, parse_wanted

Rows = TypeVarTuple("Rows")


class Section:
    """The persons of one section, in its database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def store(self, request: Request) -> Response:
        document = parse_document(await request.body())
        rows = _parse_rows(document)
        if rows:
            await self.database.run(lambda connection: _store(connection, rows), writes=True)
        return JSONResponse({"stored": len(rows)}, 201 if rows else 200)

    async def list(self, request: Request) -> Response:
        query = request.query_params
        wanted, section = parse_wanted(query), parse_whole(query, "section") if query.get("section") else None
        if parse_choice(query.get("aggregate", "time"), ("count", "time"), "aggregate") == "count":
            return JSONResponse({"count": await self.database.run(lambda connection: _count(connection, wanted, section))})
        return JSONResponse({"persons": await self.database.run(lambda connection: read_persons(connection, wanted, section))})


def build(env: Environment) -> Service:
    name = env.text("SECTION_ID", "1")
    database = Database(database_url(env, f"section-{name}"))
    section = Section(database)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        yield
        database.close()

    return Service(
        title=f"Section {name}",
        version=env.text("VERSION", "v1"),
        routes=[Route("/persons", section.store, methods=["POST"]), Route("/persons", section.list)],
        unready=database.problem,
        running=running,
        errors=DATABASE_ERRORS,
        fault_switch=env.switch("FAULT_SWITCH"),
    )


def _parse_rows(document: Document) -> list[dict[str, object]]:
    frame = {
        "frame_uuid": parse_text(document, "frame_uuid") if document.get("frame_uuid") else str(uuid4()),
        "moment": parse_moment(parse_text(document, "timestamp"), "timestamp"),
        "section": parse_whole(document, "section"),
        "event": parse_event(document),
    }
    return [
        {**frame, "position": position, "age": parse_text(person, "age", where), "gender": parse_text(person, "gender", where)}
        for position, person in enumerate(parse_list(document, "persons"))
        for where in [f"persons[{position}]."]
    ]


def _store(connection: Connection, rows: list[dict[str, object]]) -> None:
    connection.execute(insert_or_keep(connection, persons).on_conflict_do_nothing(), rows)


def _count(connection: Connection, wanted: Wanted, section: int | None) -> int:
    query = narrow(select(func.count()).select_from(persons), persons, wanted)
    return connection.execute(_of_section(query, section)).scalar_one()


def read_persons(connection: Connection, wanted: Wanted, section: int | None) -> list[dict[str, object]]:
    """Everybody that is asked for, as they came."""
    every = select(persons.c.moment, persons.c.section, persons.c.event, persons.c.age, persons.c.gender)
    query = narrow(every, persons, wanted).order_by(persons.c.moment, persons.c.id)
    return [
        {"timestamp": show_moment(row.moment), "section": row.section, "event": row.event, "age": row.age, "gender": row.gender}
        for row in connection.execute(_of_section(query, section))
    ]


def _of_section(query: Select[*Rows], section: int | None) -> Select[*Rows]:
    return query if section is None else query.where(persons.c.section == section)


if __name__ == "__main__":
    serve(build)
