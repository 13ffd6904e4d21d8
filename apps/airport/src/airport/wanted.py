"""Which records are asked for: those from a moment on, before another, of one event. What is not said does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, Table

from airport.documents import EVENTS, parse_choice, parse_moment

Rows = TypeVarTuple("Rows")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query names; None where it names nothing."""

    since: datetime | None
    until: datetime | None
    event: str | None


def parse_wanted(query: Mapping[str, str]) -> Wanted:
    """`from` (with), `to` (without), `event` of a query. Raises Invalid."""
    since, until, event = query.get("from"), query.get("to"), query.get("event")
    return Wanted(
        since=parse_moment(since, "from") if since else None,
        until=parse_moment(until, "to") if until else None,
        event=parse_choice(event, EVENTS, "event") if event else None,
    )


def narrow(query: Select[*Rows], table: Table, wanted: Wanted) -> Select[*Rows]:
    """The query, for the wanted records of a table with the columns `moment` and `event`."""
    if wanted.since is not None:
        query = query.where(table.c.moment >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.moment < wanted.until)
    if wanted.event is not None:
        query = query.where(table.c.event == wanted.event)
    return query
