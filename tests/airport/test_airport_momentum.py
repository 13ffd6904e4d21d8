from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from airport_rig import Airport

from airport import section
from airport.documents import show_moment
from airport.environment import Environment
from airport.momentum import build


async def open_both(airport: Airport, env: Callable[..., Environment]) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    first = await airport.open(section.build(env()), "section-1:8080")
    return first, await airport.open(build(Environment({"SECTIONS": "1"}), airport.client()), "momentum:8080")


async def tell(client: httpx.AsyncClient, event: str, count: int, ago: timedelta) -> None:
    moment = show_moment(datetime.now(UTC) - ago)
    persons = [{"age": "25-32", "gender": "female"}] * count
    await client.post("/persons", json={"timestamp": moment, "section": 1, "event": event, "persons": persons})


async def test_inside_are_all_who_came_less_all_who_left_and_the_rate_is_of_late(airport: Airport, env: Callable[..., Environment]) -> None:
    first, momentum = await open_both(airport, env)
    await tell(first, "entry", 10, timedelta(hours=1))
    await tell(first, "entry", 1, timedelta(seconds=10))
    await tell(first, "exit", 4, timedelta(seconds=5))

    answer = (await momentum.get("/momentum?window=30")).json()

    assert answer["sections"] == [{"section": 1, "inside": 7, "rate": -6.0, "entries": 11, "exits": 4}]
    assert answer["window"] == 30


async def test_the_root_says_the_same(airport: Airport, env: Callable[..., Environment]) -> None:
    _, momentum = await open_both(airport, env)

    assert (await momentum.get("/")).json()["sections"][0]["inside"] == 0
    assert (await momentum.get("/status")).text == "Momentum v1 : Online"


async def test_a_section_that_fails_hides_no_other(airport: Airport, env: Callable[..., Environment]) -> None:
    await airport.open(section.build(env()), "section-1:8080")
    momentum = await airport.open(build(Environment({"SECTIONS": "1,2"}), airport.client()), "momentum:8080")

    answer = await momentum.get("/momentum")

    assert answer.status_code == 200
    assert answer.json()["sections"][0]["inside"] == 0
    assert answer.json()["sections"][1] == {"section": 2, "failed": {"to": "section-2", "status": None, "reason": "connection refused"}}
    assert (await momentum.get("/momentum?section=2")).status_code == 502


@pytest.mark.parametrize("query", ["window=0", "window=x", "window=-5", "section=3", "section=x"])
async def test_a_question_that_makes_no_sense_is_refused(airport: Airport, env: Callable[..., Environment], query: str) -> None:
    _, momentum = await open_both(airport, env)

    assert (await momentum.get(f"/momentum?{query}")).status_code == 400
