"""The log on disk: one SQLite table, a row per revision, read back whole at the start.

There is no table of current objects: what is current is the newest row of each key, so that log and objects cannot disagree. Compaction
drops the rows that a newer one at or before the horizon replaces, and tombstones, as etcd does.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from airside.resources.keys import ObjectKey
from airside.store.changes import Stored, StoreEvent, Unavailable
from airside.store.history import History

FORMAT = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS log_by_key ON log (key, revision);
CREATE TABLE IF NOT EXISTS horizon (only INTEGER PRIMARY KEY CHECK (only = 0), revision INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO horizon VALUES (0, 0);
"""
COMPACT = """
DELETE FROM log WHERE revision <= :horizon
    AND (kind = 'DELETED' OR EXISTS (
        SELECT 1 FROM log AS newer WHERE newer.key = log.key AND newer.revision > log.revision AND newer.revision <= :horizon))
"""


class Database:
    """An open file. Used by one thread at a time; commits are durable when they return."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
            path.chmod(0o600)
            # EXCLUSIVE: a second control plane on the same file is refused at once, not interleaved
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._check_format()
            self._connection.executescript(SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"the store {path} does not open: {error}; is another control plane using it?") from error

    def load(self) -> History:
        """The history as the file has it."""
        try:
            horizon: int = self._connection.execute("SELECT revision FROM horizon").fetchone()[0]
            history = History(horizon)
            for revision, kind, text, body in self._connection.execute("SELECT revision, kind, key, raw FROM log ORDER BY revision"):
                stored = Stored(ObjectKey.parse(text), revision, json.loads(body))
                if revision <= horizon:
                    history.restore(stored)
                else:
                    history.append([StoreEvent(kind, revision, stored, history.get(stored.key))])
        except sqlite3.Error as error:
            raise Unavailable(f"the store {self._path} does not read: {error}") from error
        return history

    def commit(self, events: Sequence[StoreEvent], horizon: int | None) -> None:
        """Append the events, and compact up to `horizon` if one is given: all of it or, with Unavailable, nothing."""
        rows = [
            (event.revision, event.type, str(event.object.key), json.dumps(event.object.raw, separators=(",", ":"))) for event in events
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows)
            if horizon is not None:
                self._connection.execute("UPDATE horizon SET revision = ?", (horizon,))
                self._connection.execute(COMPACT, {"horizon": horizon})
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            # SQLite may have rolled back by itself (a full disk does); in_transaction says
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise Unavailable(f"the write was not kept: {error} ({self._path})") from error

    def close(self) -> None:
        self._connection.close()

    def _check_format(self) -> None:
        found: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, FORMAT):
            raise Unavailable(f"the store {self._path} has format {found}, this version of Airside reads {FORMAT}")
        self._connection.execute(f"PRAGMA user_version = {FORMAT}")
