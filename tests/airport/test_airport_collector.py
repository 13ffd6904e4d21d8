from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from airport_rig import IMAGE, Airport, frame
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from airport.collector import build
from airport.environment import Environment

PERSONS = [{"age": "38-43", "gender": "male"}]
ANALYSIS = {"timestamp": "2020-02-25T14:35:38.204522Z", "section": 1, "event": "exit", "frame_uuid": "f-1", "persons": PERSONS}
KNOWN = {
    "timestamp": "2020-02-25T14:35:38.204522Z",
    "section": 1,
    "event": "exit",
    "frame_uuid": "f-1",
    "known-persons": [{"name": "George W"}],
}


def always(response: Response) -> ASGIApp:
    """Somebody who has one answer to everything."""
    return response


@pytest.fixture
async def collector(airport: Airport) -> AsyncIterator[httpx.AsyncClient]:
    airport.listen("image-analysis:8080", always(JSONResponse(ANALYSIS)))
    airport.listen("face-recognition:8080", always(JSONResponse(KNOWN)))
    for host in ("section-1:8080", "alerts:8080", "cpanel:8080"):
        airport.listen(host, always(JSONResponse({}, 201)))
    yield await airport.open(build(Environment({}), airport.client()), "collector:8080")


async def test_a_frame_is_analysed_compared_and_filed(airport: Airport, collector: httpx.AsyncClient) -> None:
    answer = await collector.post("/frame", json=frame())

    assert answer.status_code == 200
    assert sorted(answer.json()["stored"]) == ["alerts/alerts", "cpanel/alert", "cpanel/analysis", "section-1/persons"]
    assert airport.wire.posted("http://section-1:8080/persons") == [ANALYSIS]
    assert airport.wire.posted("http://cpanel:8080/analysis") == [{**ANALYSIS, "image": IMAGE}]
    assert airport.wire.posted("http://alerts:8080/alerts") == [{**KNOWN, "image": IMAGE}]
    assert airport.wire.posted("http://cpanel:8080/alert") == [{**KNOWN, "image": IMAGE}]


async def test_nobody_recognised_raises_no_alert(airport: Airport, collector: httpx.AsyncClient) -> None:
    airport.listen("face-recognition:8080", always(Response(status_code=204)))

    answer = await collector.post("/frame", json=frame())

    assert answer.status_code == 200
    assert airport.wire.posted("http://alerts:8080/alerts") == []
    assert airport.wire.posted("http://cpanel:8080/alert") == []


@pytest.mark.parametrize(
    ("away", "status", "stored"),
    [
        pytest.param(["image-analysis"], 207, ["alerts/alerts", "cpanel/alert"], id="no analysis: the alert is still raised"),
        pytest.param(["face-recognition"], 207, ["cpanel/analysis", "section-1/persons"], id="no recognition: the statistics are kept"),
        pytest.param(["section-1"], 207, ["alerts/alerts", "cpanel/alert", "cpanel/analysis"], id="no section: the panel still shows"),
        pytest.param(["cpanel"], 207, ["alerts/alerts", "section-1/persons"], id="no panel: all is filed"),
        pytest.param(["image-analysis", "face-recognition"], 502, [], id="nobody to look: nothing was done"),
    ],
)
async def test_one_who_fails_loses_nothing_of_the_others(
    airport: Airport, collector: httpx.AsyncClient, away: list[str], status: int, stored: list[str]
) -> None:
    for host in away:
        airport.listen(f"{host}:8080", always(PlainTextResponse("fault filter abort", 500)))

    answer = await collector.post("/frame", json=frame())

    assert answer.status_code == status
    assert sorted(answer.json()["stored"]) == stored
    failed = answer.json()["failed"]
    assert {failure["to"].split("/")[0] for failure in failed} == set(away)
    assert {(failure["status"], failure["reason"]) for failure in failed} == {(500, "fault filter abort")}


async def test_one_who_is_not_there_is_told_apart_from_one_who_fails(airport: Airport, collector: httpx.AsyncClient) -> None:
    del airport.wire.listeners["image-analysis:8080"]

    (failure,) = (await collector.post("/frame", json=frame())).json()["failed"]

    assert failure == {"to": "image-analysis", "status": None, "reason": "connection refused"}


async def test_an_answer_that_makes_no_sense_is_a_failure_of_who_gave_it(airport: Airport, collector: httpx.AsyncClient) -> None:
    airport.listen("image-analysis:8080", always(JSONResponse({"persons": "many"})))

    answer = await collector.post("/frame", json=frame())

    assert answer.status_code == 207
    assert answer.json()["failed"] == [{"to": "image-analysis", "status": 200, "reason": "section: missing"}]


async def test_both_looks_happen_at_once(airport: Airport, collector: httpx.AsyncClient) -> None:
    meeting = asyncio.Barrier(2)

    async def meet(request: Request) -> Response:
        await meeting.wait()
        return JSONResponse(ANALYSIS) if "image-analysis" in str(request.url) else Response(status_code=204)

    for host in ("image-analysis:8080", "face-recognition:8080"):
        airport.listen(host, Starlette(routes=[Route("/frame", meet, methods=["POST"])]))

    async with asyncio.timeout(5):
        assert (await collector.post("/frame", json=frame())).status_code == 200


async def test_with_a_destination_the_result_goes_there_and_nowhere_else(airport: Airport, collector: httpx.AsyncClient) -> None:
    airport.listen("elsewhere:9000", always(Response(status_code=204)))

    answer = await collector.post("/frame", json=frame(destination="http://elsewhere:9000/results"))

    assert answer.json()["stored"] == ["http://elsewhere:9000/results"]
    (result,) = airport.wire.posted("http://elsewhere:9000/results")
    assert (result["persons"], result["known-persons"], result["frame_uuid"]) == (PERSONS, [{"name": "George W"}], "f-1")
    assert airport.wire.posted("http://section-1:8080/persons") == []
    assert "destination" not in airport.wire.posted("http://image-analysis:8080/frame")[0]


async def test_pushed_results_are_filed_as_well(airport: Airport, collector: httpx.AsyncClient) -> None:
    assert (await collector.post("/persons", json=ANALYSIS)).status_code == 200
    assert (await collector.post("/known-persons", json=KNOWN)).status_code == 200

    assert airport.wire.posted("http://section-1:8080/persons") == [ANALYSIS]
    assert airport.wire.posted("http://alerts:8080/alerts") == [KNOWN]


@pytest.mark.parametrize("path", ["/frame", "/persons", "/known-persons"])
async def test_what_is_wrong_is_refused(collector: httpx.AsyncClient, path: str) -> None:
    assert (await collector.post(path, json={"section": 1})).status_code == 400
    assert (await collector.post(path, content=b"nonsense")).status_code == 400


class TestRelayToSections:
    async def test_the_answer_comes_back_as_received(self, airport: Airport, collector: httpx.AsyncClient) -> None:
        airport.listen("section-1:8080", always(PlainTextResponse("fault filter abort", 500, {"x-came-along": "yes"})))

        answer = await collector.get("/sections/1/status")

        assert (answer.status_code, answer.content) == (500, b"fault filter abort")
        assert answer.headers["x-came-along"] == "yes"

    async def test_the_request_goes_on_as_received(self, airport: Airport, collector: httpx.AsyncClient) -> None:
        got: list[Request] = []

        async def take(request: Request) -> Response:
            await request.body()
            got.append(request)
            return Response(status_code=201, headers={"connection": "close", "keep-alive": "timeout=5"})

        airport.listen("section-1:8080", Starlette(routes=[Route("/{rest:path}", take, methods=["PUT"])]))
        headers = {"x-mine": "1", "connection": "x-hop", "x-hop": "stays", "te": "trailers"}

        answer = await collector.put("/sections/1/a%2Fb/c?q=1&q=2", content=b"body", headers=headers)

        (request,) = got
        assert (request.scope["raw_path"], request.url.query, await request.body()) == (b"/a%2Fb/c", "q=1&q=2", b"body")
        assert request.headers["host"] == "section-1:8080"
        assert request.headers["x-mine"] == "1"
        assert not {"x-hop", "te"} & set(request.headers)
        assert answer.status_code == 201
        assert not {"keep-alive", "connection"} & set(answer.headers)

    async def test_a_section_that_is_not_there_is_a_bad_gateway(self, collector: httpx.AsyncClient) -> None:
        answer = await collector.get("/sections/7/status")

        assert (answer.status_code, answer.json()) == (502, {"error": "http://section-7:8080: connection refused"})

    async def test_a_section_without_a_path_is_asked_for_its_root(self, airport: Airport, collector: httpx.AsyncClient) -> None:
        await collector.get("/sections/1")

        assert airport.wire.calls[-1][:2] == ("GET", "http://section-1:8080/")
