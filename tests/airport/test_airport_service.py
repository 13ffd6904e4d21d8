from __future__ import annotations

import pytest
from airport_rig import Airport
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport.service import Service


async def test_the_status_line_is_exactly_the_agreed_one(airport: Airport) -> None:
    client = await airport.open(Service("CPanel", "v1", []))

    answer = await client.get("/status")

    assert (answer.status_code, answer.content) == (200, b"CPanel v1 : Online")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/livenessProbe", "/readinessProbe"])
async def test_probes_answer_by_their_new_and_their_old_names(airport: Airport, path: str) -> None:
    client = await airport.open(Service("CPanel", "v1", []))

    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/readinessProbe"])
async def test_readiness_says_what_is_missing_while_liveness_holds(airport: Airport, path: str) -> None:
    async def unready() -> str:
        return "the database is away"

    client = await airport.open(Service("CPanel", "v1", [], unready=unready))

    answer = await client.get(path)

    assert (answer.status_code, answer.text) == (503, "the database is away")
    assert (await client.get("/healthz")).status_code == 200


class TestFaultSwitch:
    @staticmethod
    def service(switch: bool = True) -> Service:
        async def work(_: Request) -> Response:
            return JSONResponse("done")

        return Service("Section 1", "v1", [Route("/work", work)], fault_switch=switch)

    async def test_it_makes_one_replica_bad_and_its_probes_never(self, airport: Airport) -> None:
        client = await airport.open(self.service())

        await client.put("/fault", json={"status": 503, "share": 1.0, "delay_ms": 0})

        assert (await client.get("/work")).status_code == 503
        assert (await client.get("/status")).status_code == 503
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/healthz")).status_code == 200

    async def test_it_can_be_turned_off_again(self, airport: Airport) -> None:
        client = await airport.open(self.service())
        await client.put("/fault", json={"status": 503})

        await client.delete("/fault")

        assert (await client.get("/work")).status_code == 200
        assert (await client.get("/fault")).json() is None

    async def test_a_share_of_none_touches_nothing(self, airport: Airport) -> None:
        client = await airport.open(self.service())

        await client.put("/fault", json={"status": 503, "share": 0})

        assert [(await client.get("/work")).status_code for _ in range(20)] == [200] * 20

    async def test_a_delay_alone_still_serves(self, airport: Airport) -> None:
        client = await airport.open(self.service())

        await client.put("/fault", json={"delay_ms": 1})

        assert (await client.get("/work")).json() == "done"

    async def test_a_wrong_fault_is_refused_and_changes_nothing(self, airport: Airport) -> None:
        client = await airport.open(self.service())

        refused = await client.put("/fault", json={"status": 1000})

        assert (refused.status_code, refused.json()) == (400, {"error": "status: expected 200 to 599, got 1000"})
        assert (await client.get("/work")).status_code == 200

    async def test_it_is_not_there_unless_asked_for(self, airport: Airport) -> None:
        client = await airport.open(self.service(switch=False))

        assert (await client.put("/fault", json={"status": 503})).status_code == 404
