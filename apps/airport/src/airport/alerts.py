"""Alerts: the persons of interest that were recognised; where, when, and the photo."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.database import DATABASE_ERRORS, Database, database_url, insert_or_keep
from airport.documents import (
    Document,
    Invalid,
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
from airport.schema import alerts
from airport.serve import serve
from airport.service import Service, show_error
from airport.wanted import Wanted, narrow, parse_wanted

# Only the latest alerts keep their photos, so that an airport left running does not fill the disk.
_KEPT_PHOTOS = 500


class Alerts:
    """The alerts, in their database."""

    def __init__(self, database: Database, kept_photos: int) -> None:
        self.database = database
        self.kept_photos = kept_photos

    async def store(self, request: Request) -> Response:
        row = _parse_row(parse_document(await request.body()))
        uuid = await self.database.run(lambda connection: _store(connection, row, self.kept_photos), writes=True)
        return JSONResponse({"uuid": uuid}, 201)

    async def list(self, request: Request) -> Response:
        wanted = parse_wanted(request.query_params)
        if "aggregate" in request.query_params:
            parse_choice(request.query_params["aggregate"], ("count",), "aggregate")
            return JSONResponse({"count": await self.database.run(lambda connection: _count(connection, wanted))})
        return JSONResponse({"alerts": await self.database.run(lambda connection: _read(connection, wanted))})

    async def one(self, request: Request) -> Response:
        uuid = request.path_params["uuid"]
        document = await self.database.run(lambda connection: _find(connection, uuid))
        return JSONResponse(document) if document is not None else show_error(404, f"no alert {uuid}")

    async def remove(self, request: Request) -> Response:
        uuid = request.path_params["uuid"]
        gone = await self.database.run(lambda connection: _remove(connection, uuid), writes=True)
        return Response(status_code=204) if gone else show_error(404, f"no alert {uuid}")


def build(env: Environment) -> Service:
    database = Database(database_url(env, "alerts"))
    alerts_ = Alerts(database, env.whole("KEPT_PHOTOS", _KEPT_PHOTOS))

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        yield
        database.close()

    return Service(
        title="Alerts",
        version=env.text("VERSION", "v1"),
        routes=[
            Route("/alerts", alerts_.store, methods=["POST"]),
            Route("/alerts", alerts_.list),
            Route("/alerts/{uuid}", alerts_.one),
            Route("/alerts/{uuid}", alerts_.remove, methods=["DELETE"]),
        ],
        unready=database.problem,
        running=running,
        errors=DATABASE_ERRORS,
    )


def _parse_row(document: Document) -> dict[str, object]:
    names = [
        parse_text(person, "name", f"known-persons[{position}].") for position, person in enumerate(parse_list(document, "known-persons"))
    ]
    if not names:
        raise Invalid("known-persons: expected one at least")
    return {
        "uuid": str(uuid4()),
        "frame_uuid": parse_text(document, "frame_uuid") if document.get("frame_uuid") else str(uuid4()),
        "moment": parse_moment(parse_text(document, "timestamp"), "timestamp"),
        "section": parse_whole(document, "section"),
        "event": parse_event(document),
        "names": names,
        "image": _parse_image(parse_text(document, "image")) if document.get("image") else None,
    }


def _parse_image(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"image: expected base64, {error}") from error


def _store(connection: Connection, row: dict[str, object], kept_photos: int) -> str:
    """The uuid of the alert: that of the first one, where the same frame comes again."""
    connection.execute(insert_or_keep(connection, alerts).on_conflict_do_nothing(), row)
    stored = connection.execute(select(alerts.c.id, alerts.c.uuid).where(alerts.c.frame_uuid == row["frame_uuid"])).one()
    forgotten = (alerts.c.id <= stored.id - kept_photos) & alerts.c.image.is_not(None)
    connection.execute(update(alerts).where(forgotten).values(image=None))
    return str(stored.uuid)


def _count(connection: Connection, wanted: Wanted) -> int:
    return connection.execute(narrow(select(func.count()).select_from(alerts), alerts, wanted)).scalar_one()


def _read(connection: Connection, wanted: Wanted) -> list[dict[str, object]]:
    every = select(alerts.c.uuid, alerts.c.frame_uuid, alerts.c.moment, alerts.c.section, alerts.c.event, alerts.c.names)
    found = connection.execute(narrow(every, alerts, wanted).order_by(alerts.c.moment, alerts.c.id))
    return [_show(row) for row in found]


def _find(connection: Connection, uuid: str) -> dict[str, object] | None:
    row = connection.execute(select(alerts).where(alerts.c.uuid == uuid)).one_or_none()
    if row is None:
        return None
    return _show(row) | ({"image": base64.b64encode(row.image).decode()} if row.image else {})


def _remove(connection: Connection, uuid: str) -> bool:
    return connection.execute(delete(alerts).where(alerts.c.uuid == uuid)).rowcount > 0


def _show(row: Row[*tuple[Any, ...]]) -> dict[str, object]:
    return {
        "uuid": row.uuid,
        "timestamp": show_moment(row.moment),
        "section": row.section,
        "event": row.event,
        "frame_uuid": row.frame_uuid,
        "known-persons": [{"name": name} for name in row.names],
    }


if __name__ == "__main__":
    serve(build)
