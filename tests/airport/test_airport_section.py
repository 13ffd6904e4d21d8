from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from airport_rig import Airport

from airport.environment import Environment
from airport.section import build

MALE, FEMALE = {"age": "38-43", "gender": "male"}, {"age": "25-32", "gender": "female"}


def seen(
    *persons: dict[str, str], at: str = "2020-02-25T14:35:38.204522Z", event: str = "exit", frame: str | None = None
) -> dict[str, object]:
    return {"timestamp": at, "section": 1, "event": event, "persons": list(persons), **({"frame_uuid": frame} if frame else {})}


@pytest.fixture
async def section(airport: Airport, env: Callable[..., Environment]) -> AsyncIterator[httpx.AsyncClient]:
    yield await airport.open(build(env(SECTION_ID="1")))


async def test_its_name_is_that_of_its_section(section: httpx.AsyncClient) -> None:
    assert (await section.get("/status")).text == "Section 1 v1 : Online"
    assert (await section.get("/readyz")).status_code == 200


async def test_it_gives_back_whom_it_was_told_of_in_order_of_time(section: httpx.AsyncClient) -> None:
    await section.post("/persons", json=seen(FEMALE, at="2020-02-25T15:00:00Z", event="entry"))
    await section.post("/persons", json=seen(MALE, at="2020-02-25T14:00:00Z"))

    assert (await section.get("/persons")).json() == {
        "persons": [
            {"timestamp": "2020-02-25T14:00:00.000000Z", "section": 1, "event": "exit", **MALE},
            {"timestamp": "2020-02-25T15:00:00.000000Z", "section": 1, "event": "entry", **FEMALE},
        ]
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("", 4, id="all"),
        pytest.param("event=entry", 3, id="by event"),
        pytest.param("from=2020-02-25T14:00:00Z", 3, id="from includes its moment"),
        pytest.param("to=2020-02-25T14:00:00Z", 1, id="to excludes its moment"),
        pytest.param("from=2020-02-25T13:30:00Z&to=2020-02-25T14:30:00Z&event=exit", 1, id="all at once"),
        pytest.param("section=2", 0, id="by section"),
        pytest.param("event=", 4, id="an empty parameter is none"),
    ],
)
async def test_it_counts_what_is_asked_for(section: httpx.AsyncClient, query: str, count: int) -> None:
    await section.post("/persons", json=seen(MALE, at="2020-02-25T13:00:00Z", event="entry"))
    await section.post("/persons", json=seen(MALE, at="2020-02-25T14:00:00Z"))
    await section.post("/persons", json=seen(MALE, FEMALE, at="2020-02-25T15:00:00Z", event="entry"))

    assert (await section.get(f"/persons?aggregate=count&{query}")).json() == {"count": count}
    assert len((await section.get(f"/persons?aggregate=time&{query}")).json()["persons"]) == count


async def test_a_frame_that_arrives_twice_counts_once(section: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await section.post("/persons", json=seen(MALE, FEMALE, frame="f-1"))).status_code == 201

    assert (await section.get("/persons?aggregate=count")).json() == {"count": 2}


async def test_a_frame_without_anybody_is_fine(section: httpx.AsyncClient) -> None:
    answer = await section.post("/persons", json=seen())

    assert (answer.status_code, answer.json()) == (200, {"stored": 0})


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({**seen(MALE), "timestamp": "then"}, "timestamp: expected a moment"),
        ({**seen(MALE), "persons": MALE}, "persons: expected a list, got an object"),
        ({**seen(MALE), "persons": [MALE, {"age": "8-12"}]}, "persons[1].gender: missing"),
        ({"section": 1}, "timestamp: missing"),
    ],
)
async def test_what_is_wrong_is_refused_whole(section: httpx.AsyncClient, document: dict[str, object], error: str) -> None:
    answer = await section.post("/persons", json=document)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
    assert (await section.get("/persons?aggregate=count")).json() == {"count": 0}


@pytest.mark.parametrize("query", ["aggregate=sum", "event=leave", "from=then", "section=x"])
async def test_a_question_that_makes_no_sense_is_refused(section: httpx.AsyncClient, query: str) -> None:
    assert (await section.get(f"/persons?{query}")).status_code == 400


async def test_it_is_not_ready_while_its_database_is_away(airport: Airport) -> None:
    client = await airport.open(build(Environment({"DATABASE_URL": "sqlite:////proc/nowhere/section.sqlite"})))

    ready = await client.get("/readyz")

    assert ready.status_code == 503
    assert ready.text.startswith("database: ")
    assert (await client.get("/persons")).status_code == 503
    assert (await client.get("/status")).status_code == 200
