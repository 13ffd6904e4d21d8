"""The database of a service, by `DATABASE_URL`: a SQLite file by default, PostgreSQL by changing the variable.

Work is a plain function of a connection. It runs in a thread of its own and in one transaction, so that nothing waits
on a disk or a socket in the event loop. The first work, or the first look whether all is well, opens the database.
"""

from __future__ import annotations

import asyncio
import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from airport.environment import Environment
from airport.schema import MIGRATIONS, schema_version
from airport.service import show_error

Result = TypeVar("Result")

# How long a writer waits for the others that share its SQLite file.
_BUSY_MS = 10_000
# How long a probe waits before it says that the database does not answer.
_PROBE_SECONDS = 2.0
# Any number will do, as long as it is this one: whoever migrates a PostgreSQL database holds it.
_MIGRATION_LOCK = 20200225


class NotMigrated(SQLAlchemyError):
    """The database is there, its tables are not (or not those of this release)."""


def database_url(env: Environment, service: str) -> str:
    """`DATABASE_URL`, or a SQLite file of the service's own in `AIRPORT_DATA` (a directory; `data` here by default)."""
    return env.text("DATABASE_URL", f"sqlite:///{Path(env.text('AIRPORT_DATA', 'data')).absolute()}/{service}.sqlite")


class Database:
    """One database. A SQLite file is migrated by whoever opens it first, others only by `python -m airport.migrate`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._file = Path(self.url.database) if self.url.get_backend_name() == "sqlite" and self.url.database else None
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._usable = False
        self._check: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Connection], Result], writes: bool = False) -> Result:
        """The result of `work`, done in one transaction; say so if it writes."""
        return await asyncio.to_thread(self.work, work, writes)

    async def problem(self) -> str:
        """Why the database cannot be worked with just now; empty when it can."""
        # A look that still waits is not joined by another: threads are few.
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self.run(_look))
        done, _ = await asyncio.wait({self._check}, timeout=_PROBE_SECONDS)
        if not done:
            return f"the database did not answer within {_PROBE_SECONDS:g} s"
        error = self._check.exception()
        if error is None or isinstance(error, SQLAlchemyError | OSError):
            return "" if error is None else show_database_error(error)
        raise error

    def migrate(self) -> tuple[int, int]:
        """Bring the tables up to date, whoever else may be doing so; the versions before and after."""
        with self._opening:
            return self._migrate(self._connect())

    def _migrate(self, engine: Engine) -> tuple[int, int]:
        with self._alone(), engine.connect().execution_options(writes=True) as connection, connection.begin():
            if self.url.get_backend_name() == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            before = _read_version(connection)
            for migration in MIGRATIONS[before:]:
                migration(connection)
            if before < len(MIGRATIONS):
                connection.execute(schema_version.delete())
                connection.execute(schema_version.insert().values(version=len(MIGRATIONS)))
            return before, max(before, len(MIGRATIONS))

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def work(self, work: Callable[[Connection], Result], writes: bool = False) -> Result:
        """The same, here and now: for one-off commands."""
        with self._open().connect().execution_options(writes=writes) as connection, connection.begin():
            return work(connection)

    def _open(self) -> Engine:
        with self._opening:
            engine = self._connect()
            if not self._usable and self._file is not None:
                self._migrate(engine)
            elif not self._usable:
                _check_version(engine)
            self._usable = True
            return engine

    def _connect(self) -> Engine:
        if self._engine is None:
            self._engine = create_engine(self.url, pool_pre_ping=True) if self._file is None else self._connect_file(self._file)
        return self._engine

    def _connect_file(self, file: Path) -> Engine:
        file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        with self._alone(), engine.connect() as connection:
            # A property of the file; setting it does not wait for others, so none may be doing the same.
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
        return engine

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Held by one process at a time while a SQLite file is set up: not everything there waits for its turn by itself."""
        if self._file is None:
            yield
            return
        with open(f"{self._file}.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def insert_or_keep(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT to which `on_conflict_...` can be said, in the dialect of the connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


async def show_database_trouble(_: Request, error: Exception) -> Response:
    """Exception handler: without its database a service cannot do its work."""
    return show_error(503, show_database_error(error))


# What the services that have a database answer when it fails them.
DATABASE_ERRORS = ((SQLAlchemyError, show_database_trouble), (OSError, show_database_trouble))


def show_database_error(error: BaseException) -> str:
    """What a database said, in its own first line; never the URL, which may hold a password."""
    if isinstance(error, NotMigrated):
        return str(error)
    return "database: " + (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]


def _look(connection: Connection) -> None:
    connection.execute(select(schema_version.c.version))


def _read_version(connection: Connection) -> int:
    if not inspect(connection).has_table(schema_version.name):
        return 0
    return int(connection.execute(select(func.max(schema_version.c.version))).scalar() or 0)


def _check_version(engine: Engine) -> None:
    with engine.connect() as connection:
        version = _read_version(connection)
    if version < len(MIGRATIONS):
        raise NotMigrated(f"the database has tables of version {version}, {len(MIGRATIONS)} is needed: run `python -m airport.migrate`")


def _set_up_sqlite(connection: object, _: object) -> None:
    # The driver is to begin no transactions of its own accord: `_begin_sqlite` does.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its turn at the start: one that first reads and then writes would be refused, not made to wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
