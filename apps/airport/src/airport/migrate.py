"""One-off command: brings the tables of `DATABASE_URL` up to date. Run again, it changes nothing.

Without `DATABASE_URL` every service has a SQLite file of its own, and does this by itself when it first opens it.
"""

from __future__ import annotations

import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from airport.database import Database, database_url, show_database_error
from airport.environment import Environment

_WITH_DATABASE = ("section-1", "alerts", "cpanel")


def main() -> int:
    env = Environment(os.environ)
    for url in dict.fromkeys(database_url(env, service) for service in _WITH_DATABASE):
        database = Database(url)
        shown = database.url.render_as_string(hide_password=True)
        try:
            before, after = database.migrate()
        except (SQLAlchemyError, OSError) as error:
            print(f"{shown}: {show_database_error(error)}", file=sys.stderr)
            return 1
        finally:
            database.close()
        print(f"{shown}: version {after}" + ("" if before == after else f" (was {before})"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
