from __future__ import annotations

import threading
from dataclasses import dataclass

import httpx
import pytest
from airport_rig import JPEG, Airport, frame
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airport import face_recognition, image_analysis
from airport.environment import Environment
from airport.looking import Eyes, answer, read_picture
from airport.service import Service
from airport.vision.scene import render


@dataclass
class Seeing:
    """A service with eyes of the test's own making."""

    eyes: Eyes[int]

    def service(self, client: httpx.AsyncClient) -> Service:
        async def look(request: Request) -> Response:
            given = await read_picture(request)
            return await answer(given.origin | {"size": await self.eyes.look(given.jpeg)}, given, client)

        return Service("Eyes", "v1", [Route("/frame", look, methods=["POST"])], unready=self.eyes.unready, running=self.eyes.open)


async def test_it_is_not_ready_and_yet_online_while_its_model_is_loaded(airport: Airport) -> None:
    loaded = threading.Event()

    def load() -> object:
        loaded.wait(10)
        return len

    seeing = Seeing(Eyes(load))  # type: ignore[arg-type]
    client = await airport.open(seeing.service(airport.client()))

    assert (await client.get("/readyz")).text == "the model is being loaded"
    assert (await client.get("/status")).status_code == 200
    loaded.set()
    assert (await client.post("/frame", json=frame())).json()["size"] == len(JPEG)
    assert (await client.get("/readyz")).status_code == 200


async def test_a_model_that_cannot_be_loaded_is_said(airport: Airport) -> None:
    def load() -> object:
        raise ValueError("gallery.json: no such thing")

    eyes: Eyes[int] = Eyes(load)  # type: ignore[arg-type]
    client = await airport.open(Seeing(eyes).service(airport.client()))
    with pytest.raises(ValueError, match="gallery.json"):
        await client.post("/frame", json=frame())

    assert (await client.get("/readyz")).text == "the model could not be loaded: gallery.json: no such thing"


async def test_a_result_goes_where_the_frame_says_as_well(airport: Airport) -> None:
    airport.listen("elsewhere:9000", JSONResponse({}))
    client = await airport.open(Seeing(Eyes(lambda: len)).service(airport.client()))

    result = await client.post("/frame", json=frame(destination="http://elsewhere:9000/results"))

    assert airport.wire.posted("http://elsewhere:9000/results") == [result.json()]


async def test_a_result_that_could_not_be_pushed_is_an_error(airport: Airport) -> None:
    client = await airport.open(Seeing(Eyes(lambda: len)).service(airport.client()))

    assert (await client.post("/frame", json=frame(destination="http://elsewhere:9000/"))).status_code == 502


class TestImageAnalysis:
    async def test_it_answers_a_picture_with_the_people_on_it(self, airport: Airport) -> None:
        client = await airport.open(image_analysis.build(Environment({}), airport.client()))

        result = await client.post("/frame", content=render("camera-agent-1", 3).jpeg, headers={"content-type": "image/jpeg"})

        assert result.status_code == 200
        assert set(result.json()) >= {"timestamp", "section", "event", "persons"}
        assert all(set(person) == {"age", "gender"} for person in result.json()["persons"])
        assert (await client.get("/status")).text == "Image Analysis v1 : Online"

    async def test_it_says_of_a_frame_where_it_came_from(self, airport: Airport) -> None:
        client = await airport.open(image_analysis.build(Environment({}), airport.client()))

        refused = await client.post("/frame", json=frame())

        assert refused.status_code == 400
        assert refused.json()["error"].startswith("image: ")


class TestFaceRecognition:
    async def test_nobody_known_is_an_empty_answer(self, airport: Airport) -> None:
        client = await airport.open(face_recognition.build(Environment({}), airport.client()))
        nobody = next(seen.jpeg for seen in (render("test", cycle) for cycle in range(100)) if not seen.truth)

        result = await client.post("/frame", content=nobody, headers={"content-type": "image/jpeg"})

        assert (result.status_code, result.content) == (204, b"")
        assert (await client.get("/status")).text == "Face Recognition v1 : Online"

    async def test_persons_of_interest_are_named(self, airport: Airport) -> None:
        client = await airport.open(face_recognition.build(Environment({}), airport.client()))
        seen = [render("test", cycle, None, 1.0) for cycle in range(12)]

        named = []
        for one in seen:
            result = await client.post("/frame", content=one.jpeg, headers={"content-type": "image/jpeg"})
            named += [person["name"] for person in result.json()["known-persons"]] if result.status_code == 200 else []

        known = {person.name for one in seen for person in one.truth if person.name}
        assert named
        assert set(named) <= known
