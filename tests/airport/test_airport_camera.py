from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from airport_rig import IMAGE, JPEG, Airport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from airport import tracing
from airport.camera_agent.app import build
from airport.environment import Environment

COLLECTOR = "http://collector.default.svc.cluster.local:8080"
IDLE = '{"streaming":false,"cycle":0,"fps":0,"section":null,"destination":null,"event":null}'


class Receiver:
    """Takes frames, one after the other; may be told to answer with a status, or to hold a frame back."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.answers = asyncio.Event()
        self.answers.set()
        self.status = 200
        self.traces: list[str | None] = []
        self.app = Starlette(routes=[Route("/frame", self.take, methods=["POST"]), Route("/other", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.traces.append(request.headers.get("x-request-id"))
        self.frames.put_nowait(json.loads(await request.body()))
        await self.answers.wait()
        return PlainTextResponse("no", self.status)


@pytest.fixture
def receiver(airport: Airport) -> Receiver:
    receiver = Receiver()
    airport.listen("collector.default.svc.cluster.local:8080", receiver.app)
    return receiver


async def open_camera(airport: Airport, **variables: str) -> httpx.AsyncClient:
    env = Environment({"CAMERA_ID": "1", "SECTION_ID": "1", "POSITION": "exit", **variables})
    client = httpx.AsyncClient(transport=airport.wire, timeout=None, event_hooks={"request": [hand_on]})
    return await airport.open(build(env, client, lambda camera, cycle: JPEG), "camera-agent-1:8080")


async def hand_on(request: httpx.Request) -> None:
    request.headers.update(dict(tracing.headers()))


@pytest.fixture
async def camera(airport: Airport, receiver: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    yield await open_camera(airport)


async def begin(camera: httpx.AsyncClient, **order: object) -> httpx.Response:
    return await camera.post("/stream?toggle=on", json={"destination": COLLECTOR, **order})


async def test_a_camera_at_rest_says_so_whatever_its_configuration(camera: httpx.AsyncClient) -> None:
    assert (await camera.get("/state")).text == IDLE
    assert (await camera.get("/config")).json() == {"section": 1, "event": "exit", "name": "camera-agent-1"}
    assert (await camera.get("/status")).text == "Camera Agent 1 v1 : Online"


async def test_a_streaming_camera_says_where_it_is_and_how_many_frames_it_sent(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    assert (await begin(camera, delay=3600)).status_code == 202
    await receiver.frames.get()

    state = (await camera.get("/state")).text

    assert state == f'{{"streaming":true,"cycle":1,"fps":0,"section":"1","destination":"{COLLECTOR}","event":"exit"}}'


async def test_a_stream_goes_on_until_it_is_ended_and_then_all_is_as_before(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    await begin(camera)
    for _ in range(5):
        await receiver.frames.get()

    report = await camera.post("/stream?toggle=off")

    assert report.status_code == report.json()["code"] == 207
    assert re.fullmatch(r"Streamed \d+ frame\(s\) in [\d.]+ seconds, with 0 failed requests\.", report.json()["message"])
    assert (await camera.get("/state")).text == IDLE


async def test_a_limited_stream_reports_when_its_frames_are_sent(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    report = await begin(camera, **{"max-frames": 3, "extra-info": {"gate": "B12"}})

    assert report.json() | {"message": ""} == {"code": 207, "type": "STATUS", "message": ""}
    assert report.json()["message"].startswith("Streamed 3 frame(s) in ")
    sent = [receiver.frames.get_nowait() for _ in range(3)]
    assert [(one["section"], one["event"], one["image"], one["extra-info"]) for one in sent] == [(1, "exit", IMAGE, {"gate": "B12"})] * 3
    assert len({one["frame_uuid"] for one in sent}) == 3
    assert (await camera.get("/state")).text == IDLE


async def test_a_receiver_that_fails_is_counted(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.status = 500

    report = await begin(camera, **{"max-frames": 2})

    assert report.json()["message"].endswith("with 2 failed requests.")


async def test_a_receiver_that_is_not_there_is_counted_too(camera: httpx.AsyncClient) -> None:
    report = await camera.post("/stream?toggle=on", json={"destination": "http://nobody:1", "max-frames": 2})

    assert report.json()["message"].endswith("with 2 failed requests.")


async def test_a_slow_receiver_has_one_frame_at_a_time_and_wedges_nothing(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.answers.clear()
    await begin(camera)
    await receiver.frames.get()

    assert '"cycle":1' in (await camera.get("/state")).text
    assert receiver.frames.empty()
    assert (await camera.post("/stream?toggle=off")).status_code == 207
    assert (await camera.get("/state")).text == IDLE
    receiver.answers.set()
    assert (await begin(camera, **{"max-frames": 1})).status_code == 207


async def test_frames_that_cannot_be_made_are_counted(airport: Airport, receiver: Receiver) -> None:
    def draw(camera: str, cycle: int) -> bytes:
        if cycle == 0:
            raise ValueError("no gallery")
        return JPEG

    env = Environment({"SECTION_ID": "1", "POSITION": "exit"})
    camera = await airport.open(build(env, airport.client(), draw))

    report = await begin(camera, **{"max-frames": 2})

    assert report.json()["message"].startswith("Streamed 2 frame(s)")
    assert report.json()["message"].endswith("with 1 failed requests.")


async def test_a_new_stream_takes_the_place_of_the_old_one(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    await begin(camera, delay=3600)
    await receiver.frames.get()

    await begin(camera, delay=3600, destination=f"{COLLECTOR}/other")
    await receiver.frames.get()

    assert (await camera.get("/state")).json() | {"cycle": 1, "destination": f"{COLLECTOR}/other"} == (await camera.get("/state")).json()


async def test_no_frame_belongs_to_the_request_that_began_the_stream(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    await camera.post("/stream?toggle=on", json={"destination": COLLECTOR, "max-frames": 1}, headers={"x-request-id": "r-1"})

    assert receiver.traces == [None]


async def test_the_state_is_the_same_while_the_configuration_changes(camera: httpx.AsyncClient, receiver: Receiver) -> None:
    await begin(camera, delay=3600)

    await camera.put("/config", json={"section": "2", "event": "entry"})

    assert (await camera.get("/state")).json()["section"] == "1"
    assert (await camera.get("/config")).json() == {"section": 2, "event": "entry", "name": "camera-agent-1"}


async def test_a_single_frame_comes_as_json_or_as_a_picture(camera: httpx.AsyncClient) -> None:
    document = (await camera.get("/frame")).json()
    picture = await camera.get("/frame", headers={"accept": "image/jpeg"})

    assert (document["image"], document["section"], document["event"]) == (IMAGE, 1, "exit")
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")


async def test_a_configured_rate_is_shown(airport: Airport) -> None:
    camera = await open_camera(airport, FPS="2.5")

    assert (await camera.get("/state")).json()["fps"] == 2.5


async def test_a_camera_that_does_not_know_where_it_stands_asks_first(airport: Airport) -> None:
    camera = await airport.open(build(Environment({}), airport.client(), lambda camera, cycle: JPEG))

    refused = await begin(camera)

    assert refused.status_code == 400
    assert "PUT /config" in refused.json()["error"]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        pytest.param("", {"destination": COLLECTOR}, id="on or off is said"),
        pytest.param("?toggle=maybe", {"destination": COLLECTOR}, id="on or off and nothing else"),
        pytest.param("?toggle=on", {}, id="a destination is needed"),
        pytest.param("?toggle=on", {"destination": "collector"}, id="a destination is a URL"),
        pytest.param("?toggle=on", {"destination": "http://host:port"}, id="a destination can be understood"),
        pytest.param("?toggle=on", {"destination": COLLECTOR, "max-frames": 0}, id="no frames are no stream"),
        pytest.param("?toggle=on", {"destination": COLLECTOR, "delay": -1}, id="a delay is not negative"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(camera: httpx.AsyncClient, query: str, order: dict[str, object]) -> None:
    assert (await camera.post(f"/stream{query}", json=order)).status_code == 400
    assert (await camera.get("/state")).text == IDLE


async def test_ending_what_does_not_run_is_fine(camera: httpx.AsyncClient) -> None:
    assert (await camera.post("/stream?toggle=off")).json() == {"code": 200, "type": "STATUS", "message": "Not streaming."}
