from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from airport_rig import Airport, run_module
from sqlalchemy import insert, select

from airport import section
from airport.database import Database, NotMigrated, database_url, show_database_error
from airport.environment import Environment
from airport.schema import MIGRATIONS, latest, schema_version

pytestmark = pytest.mark.integration


async def version_of(database: Database) -> int | None:
    return await database.run(lambda connection: connection.execute(select(schema_version.c.version)).scalar())


def test_each_service_has_a_file_of_its_own_unless_the_variable_says_otherwise() -> None:
    assert database_url(Environment({"AIRPORT_DATA": "/data"}), "alerts") == "sqlite:////data/alerts.sqlite"
    assert database_url(Environment({"DATABASE_URL": "postgresql://db/airport"}), "alerts") == "postgresql://db/airport"


async def test_a_file_is_made_and_migrated_by_who_opens_it_first(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/place/x.sqlite")

    assert await database.problem() == ""
    assert await version_of(database) == len(MIGRATIONS)
    database.close()


async def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")

    assert database.migrate() == (0, len(MIGRATIONS))
    assert database.migrate() == (len(MIGRATIONS), len(MIGRATIONS))
    database.close()


async def test_work_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")

    def fail(connection: object) -> None:
        connection.execute(insert(latest).values(kind="alert", tag="t", document={}))  # type: ignore[attr-defined]
        raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        await database.run(fail, writes=True)

    assert await database.run(lambda connection: connection.execute(select(latest)).all()) == []
    database.close()


async def test_many_who_share_a_file_lose_no_write(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path}/x.sqlite") for _ in range(4)]

    async def write(number: int) -> None:
        row = {"kind": f"k{number}", "tag": "t", "document": {"number": number}}
        await databases[number % 4].run(lambda connection: connection.execute(insert(latest), row), writes=True)

    async with asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task(write(number))

    assert len(await databases[0].run(lambda connection: connection.execute(select(latest)).all())) == 100
    for database in databases:
        database.close()


async def test_a_database_that_cannot_be_opened_is_a_problem_and_no_crash() -> None:
    database = Database("sqlite:////proc/nowhere/x.sqlite")

    assert (await database.problem()).startswith("database: ")


async def test_migrating_is_a_command(tmp_path: Path) -> None:
    outputs = []
    for _ in range(2):
        process = await run_module("airport.migrate", {"DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite"})
        outputs.append((await process.communicate())[0].decode())
        assert process.returncode == 0

    assert outputs[0].endswith(f"version {len(MIGRATIONS)} (was 0)\n")
    assert outputs[1].endswith(f"version {len(MIGRATIONS)}\n")


async def test_a_migration_that_cannot_be_done_says_why_and_shows_no_password() -> None:
    process = await run_module("airport.migrate", {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/airport"})
    output = (await process.communicate())[0].decode()

    assert process.returncode == 1
    assert "secret" not in output
    assert "database: " in output


async def test_what_a_section_saw_can_be_exported(airport: Airport, tmp_path: Path) -> None:
    client = await airport.open(section.build(Environment({"AIRPORT_DATA": str(tmp_path)})))
    person = {"age": "38-43", "gender": "male"}
    await client.post("/persons", json={"timestamp": "2020-02-25T14:00:00Z", "section": 1, "event": "exit", "persons": [person]})

    process = await run_module("airport.export", {"AIRPORT_DATA": str(tmp_path)}, "--from", "2020-01-01")
    output = (await process.communicate())[0].decode()

    assert output.splitlines() == ["timestamp,section,event,age,gender", "2020-02-25T14:00:00.000000Z,1,exit,38-43,male"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of the tests' own, on a UNIX socket."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        pytest.skip("no PostgreSQL on this machine")
    programs = Path(initdb).resolve().parent
    # It does not run as root; who it then runs as must be able to enter the directory.
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as home:
        if as_nobody:
            shutil.chown(home, "nobody", "nogroup")
        setting = dict(cwd=home, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*as_nobody, initdb, "-D", f"{home}/data", "-U", "airport", "-A", "trust", "-N"], **setting)  # type: ignore[call-overload]
        control = [*as_nobody, str(programs / "pg_ctl"), "-D", f"{home}/data", "-w", "-s"]
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        subprocess.run([*control, "-l", f"{home}/log", "-o", options, "start"], **setting)  # type: ignore[call-overload]
        try:
            yield f"postgresql://airport@/postgres?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **setting)  # type: ignore[call-overload]


async def test_postgresql_waits_for_its_migration_and_then_serves(airport: Airport, postgres: str) -> None:
    client = await airport.open(section.build(Environment({"DATABASE_URL": postgres})))
    assert (await client.get("/readyz")).text == (
        f"the database has tables of version 0, {len(MIGRATIONS)} is needed: run `python -m airport.migrate`"
    )

    process = await run_module("airport.migrate", {"DATABASE_URL": postgres})
    await process.communicate()

    assert process.returncode == 0
    assert (await client.get("/readyz")).status_code == 200
    person = {"age": "38-43", "gender": "male"}
    document = {"timestamp": "2020-02-25T14:00:00Z", "section": 1, "event": "exit", "frame_uuid": "f", "persons": [person]}
    for _ in range(2):
        await client.post("/persons", json=document)
    answer = await client.get("/persons?from=2020-02-25T14:00:00Z")
    assert answer.json() == {"persons": [{"timestamp": "2020-02-25T14:00:00.000000Z", "section": 1, "event": "exit", **person}]}


def test_an_unmigrated_database_names_the_remedy() -> None:
    assert show_database_error(NotMigrated("run `python -m airport.migrate`")) == "run `python -m airport.migrate`"
