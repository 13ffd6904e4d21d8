"""The tables of the airport, and how they came to be.

All of them may lie in one database (or each service's in its own): every service creates and needs only what it uses,
but migrating makes all, so that one command is enough whatever the services share.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import JSON, Column, Connection, DateTime, Dialect, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment; in UTC and without a zone in the database, since SQLite keeps none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


tables = MetaData()

schema_version = Table("schema_version", tables, Column("version", Integer, primary_key=True))

# Section: everybody a camera saw. A frame that arrives twice is stored once (a call may be tried again on its way).
persons = Table(
    "persons",
    tables,
    Column("id", Integer, primary_key=True),
    Column("frame_uuid", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("moment", Moment, nullable=False),
    Column("section", Integer, nullable=False),
    Column("event", String(8), nullable=False),
    Column("age", String(16), nullable=False),
    Column("gender", String(16), nullable=False),
    UniqueConstraint("frame_uuid", "position"),
    Index("persons_by_moment", "moment"),
    Index("persons_by_event", "section", "event", "moment"),
)

# Alerts: known persons seen, with the photo where one came.
alerts = Table(
    "alerts",
    tables,
    Column("id", Integer, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True),
    Column("frame_uuid", String(64), nullable=False, unique=True),
    Column("moment", Moment, nullable=False, index=True),
    Column("section", Integer, nullable=False),
    Column("event", String(8), nullable=False),
    Column("names", JSON, nullable=False),
    Column("image", LargeBinary),
)

# Control panel: the latest analysis and the latest alert, shared by all its replicas.
latest = Table(
    "latest",
    tables,
    Column("kind", String(16), primary_key=True),
    Column("tag", String(36), nullable=False),
    Column("document", JSON, nullable=False),
)


def _first_tables(connection: Connection) -> None:
    tables.create_all(connection)


# Each brings a database from the version that is its place in this list to the next.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first_tables,)
