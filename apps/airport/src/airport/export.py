"""One-off command: writes what a section saw to stdout, as CSV or JSON."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from airport.database import Database, database_url, show_database_error
from airport.documents import EVENTS, Invalid
from airport.environment import Environment
from airport.section import read_persons
from airport.wanted import parse_wanted

_COLUMNS = ("timestamp", "section", "event", "age", "gender")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m airport.export", description=__doc__)
    parser.add_argument("--section", type=int, default=1)
    parser.add_argument("--format", choices=("csv", "json"), default="csv")
    parser.add_argument("--from", metavar="MOMENT", default="", help="2020-02-25T14:35:38Z")
    parser.add_argument("--to", metavar="MOMENT", default="", help="without it")
    parser.add_argument("--event", choices=EVENTS, default="")
    given = vars(parser.parse_args())
    database = Database(database_url(Environment(os.environ), f"section-{given['section']}"))
    try:
        wanted = parse_wanted(given)
        persons = database.work(lambda connection: read_persons(connection, wanted, given["section"]))
    except (Invalid, SQLAlchemyError, OSError) as error:
        print(error if isinstance(error, Invalid) else show_database_error(error), file=sys.stderr)
        return 1
    finally:
        database.close()
    if given["format"] == "json":
        json.dump({"persons": persons}, sys.stdout, indent=2)
        print()
    else:
        rows = csv.DictWriter(sys.stdout, _COLUMNS)
        rows.writeheader()
        rows.writerows(persons)
    return 0


if __name__ == "__main__":
    sys.exit(main())
