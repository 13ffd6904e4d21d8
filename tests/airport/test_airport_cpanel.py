from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from airport_rig import IMAGE, Airport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from airport.cpanel.app import build
from airport.environment import BadSetting, Environment

ANALYSIS = {
    "timestamp": "2020-02-25T14:35:38.204522Z",
    "section": 1,
    "event": "exit",
    "persons": [{"age": "38-43", "gender": "male"}, {"age": "25-32", "gender": "female"}],
    "image": IMAGE,
}
ALERT = {
    "timestamp": "2020-02-25T14:35:27.224857Z",
    "section": 1,
    "event": "entry",
    "known-persons": [{"name": "George W"}, {"name": "<script>alert(1)</script>"}],
    "image": IMAGE,
}

Env = Callable[..., Environment]


async def open_panel(airport: Airport, env: Env, version: str = "v1", **variables: str) -> httpx.AsyncClient:
    return await airport.open(build(env(VERSION=version, **variables), airport.client()), f"cpanel-{version}:8080")


def text(page: httpx.Response) -> str:
    return re.sub(r"<[^>]+>", "", page.text)


@pytest.mark.parametrize(("version", "title"), [("v1", "<h1>Dashboard V1</h1>"), ("v2", "<h1>Dashboard V2</h1>")])
@pytest.mark.parametrize("path", ["/", "/index"])
async def test_the_title_names_the_version_on_a_line_of_its_own(airport: Airport, env: Env, version: str, title: str, path: str) -> None:
    panel = await open_panel(airport, env, version)

    assert title in (await panel.get(path)).text.splitlines()


async def test_its_status_is_that_of_the_thesis(airport: Airport, env: Env) -> None:
    assert (await (await open_panel(airport, env)).get("/status")).text == "CPanel v1 : Online"
    assert (await (await open_panel(airport, env, "v2")).get("/status")).text == "CPanel v2 : Online"


async def test_the_page_shows_what_arrived_last(airport: Airport, env: Env) -> None:
    panel = await open_panel(airport, env)
    await panel.post("/analysis", json={**ANALYSIS, "timestamp": "2026-01-01T00:00:00Z", "persons": []})
    await panel.post("/analysis", json=ANALYSIS)
    await panel.post("/alert", json=ALERT)

    page = await panel.get("/")

    assert "gender: male | age: 38-43 | event: exit\n" in text(page)
    assert "gender: female | age: 25-32 | event: exit\n" in text(page)
    assert "timestamp: 2020-02-25T14:35:38.204522Z\n" in text(page)
    assert "section: 1\nevent: entry\nname: George W" in text(page)
    assert "<strong>George W</strong>" in page.text


async def test_what_was_posted_stays_text(airport: Airport, env: Env) -> None:
    panel = await open_panel(airport, env)
    await panel.post("/alert", json=ALERT)

    assert "<script>alert" not in (await panel.get("/")).text


async def test_an_empty_panel_says_that_it_waits(airport: Airport, env: Env) -> None:
    panel = await open_panel(airport, env, "v2")

    assert "No statistics yet" in (await panel.get("/")).text
    assert (await panel.get("/analysis")).status_code == 204
    assert (await panel.get("/alert")).status_code == 204


async def test_the_versions_share_what_they_know_and_only_the_second_shows_photos(airport: Airport, env: Env) -> None:
    first, second = await open_panel(airport, env, "v1"), await open_panel(airport, env, "v2")
    await first.post("/analysis", json=ANALYSIS)
    await second.post("/alert", json=ALERT)

    assert (await second.get("/analysis")).json() == ANALYSIS
    assert (await first.get("/alert")).json() == ALERT
    assert (await first.get("/")).text.count("<img") == 0
    assert (await second.get("/")).text.count(f'src="data:image/jpeg;base64,{IMAGE}"') == 2


async def test_a_page_is_renewed_alike_by_whatever_version_answers(airport: Airport, env: Env) -> None:
    first, second = await open_panel(airport, env, "v1"), await open_panel(airport, env, "v2")
    await first.post("/analysis", json=ANALYSIS)

    answers = [await panel.get("/blocks?photos=on") for panel in (first, second)]

    assert answers[0].text == answers[1].text
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    assert answers[0].text.strip() in (await second.get("/")).text


@pytest.mark.parametrize("path", ["/blocks?photos=on", "/analysis"])
async def test_what_is_unchanged_is_not_sent_again(airport: Airport, env: Env, path: str) -> None:
    panel = await open_panel(airport, env)
    await panel.post("/analysis", json=ANALYSIS)
    known = {"if-none-match": (await panel.get(path)).headers["etag"]}

    assert (await panel.get(path, headers=known)).status_code == 304
    await panel.post("/analysis", json=ANALYSIS)
    assert (await panel.get(path, headers=known)).status_code == 200


@pytest.mark.parametrize("name", ["cpanel.css", "cpanel.js", "icon.svg"])
async def test_all_that_the_page_needs_comes_from_the_panel(airport: Airport, env: Env, name: str) -> None:
    panel = await open_panel(airport, env)

    assert (await panel.get(f"/static/{name}")).status_code == 200
    page = (await panel.get("/")).text
    assert f'"static/{name}"' in page
    assert "//" not in re.sub(r"<!doctype.*?>", "", page).replace("http-equiv", "")


@pytest.mark.parametrize(
    ("path", "document", "error"),
    [
        ("/analysis", {**ANALYSIS, "persons": [{"age": "38-43"}]}, "persons[0].gender: missing"),
        ("/analysis", {**ANALYSIS, "timestamp": "now"}, "timestamp: expected a moment"),
        ("/alert", {**ALERT, "known-persons": []}, "known-persons: expected one at least"),
        ("/alert", {**ALERT, "event": "leave"}, "event: expected entry or exit"),
    ],
)
async def test_what_is_wrong_is_refused(airport: Airport, env: Env, path: str, document: dict[str, object], error: str) -> None:
    panel = await open_panel(airport, env)

    answer = await panel.post(path, json=document)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
    assert (await panel.get(path)).status_code == 204


class TestCameras:
    async def test_production_turns_all_of_them_on_towards_the_collector(self, airport: Airport, env: Env) -> None:
        for number in (1, 2):
            airport.listen(f"camera-agent-{number}:8080", JSONResponse({"code": 202}, 202))
        panel = await open_panel(airport, env)

        answer = await panel.get("/production?toggle=on")

        assert answer.json() == {"toggle": "on", "cameras": [{"id": 1, "status": 202}, {"id": 2, "status": 202}]}
        destination = {"destination": "http://collector.default.svc.cluster.local:8080"}
        for number in (1, 2):
            assert airport.wire.posted(f"http://camera-agent-{number}:8080/stream?toggle=on") == [destination]

    async def test_production_turns_all_of_them_off(self, airport: Airport, env: Env) -> None:
        for number in (1, 2):
            airport.listen(f"camera-agent-{number}:8080", JSONResponse({"code": 207}, 207))
        panel = await open_panel(airport, env)

        assert (await panel.post("/production?toggle=off")).json()["toggle"] == "off"
        assert len(airport.wire.posted("http://camera-agent-2:8080/stream?toggle=off")) == 1

    async def test_a_camera_that_fails_keeps_none_of_the_others(self, airport: Airport, env: Env) -> None:
        airport.listen("camera-agent-2:8080", JSONResponse({"code": 202}, 202))
        panel = await open_panel(airport, env)

        answer = await panel.get("/production?toggle=on")

        assert answer.status_code == 207
        assert answer.json()["cameras"] == [{"id": 1, "status": None, "reason": "connection refused"}, {"id": 2, "status": 202}]

    async def test_on_or_off_is_to_be_said(self, airport: Airport, env: Env) -> None:
        panel = await open_panel(airport, env)

        assert (await panel.get("/production")).status_code == 400

    async def test_a_camera_is_reached_through_the_panel(self, airport: Airport, env: Env) -> None:
        async def state(request: Request) -> Response:
            return PlainTextResponse(f"{request.method} {request.url.path}", 203, {"x-came-along": "yes"})

        airport.listen("camera-agent-1:8080", Starlette(routes=[Route("/{rest:path}", state, methods=["PUT"])]))
        panel = await open_panel(airport, env)

        answer = await panel.put("/cameras/1/config")

        assert (answer.status_code, answer.text, answer.headers["x-came-along"]) == (203, "PUT /config", "yes")

    async def test_a_camera_that_is_not_configured_is_not_found(self, airport: Airport, env: Env) -> None:
        panel = await open_panel(airport, env)

        assert (await panel.get("/cameras/9/state")).status_code == 404

    async def test_the_configuration_is_read_again_when_asked_and_kept_when_wrong(self, airport: Airport, env: Env, tmp_path: Path) -> None:
        file = tmp_path / "config.json"
        camera = {"id": 7, "description": "gate", "url": "http://gate:8080", "section": 1, "type": "exit"}
        file.write_text(json.dumps({"cameras": [camera]}))
        panel = await open_panel(airport, env, CONFIG_FILE=str(file))
        assert (await panel.get("/config")).json() == {"cameras": [camera]}

        file.write_text(json.dumps({"cameras": [camera | {"id": 8}]}))
        assert (await panel.post("/config")).json()["cameras"][0]["id"] == 8
        file.write_text(json.dumps({"cameras": [camera | {"type": "both"}]}))
        refused = await panel.post("/config")

        assert (refused.status_code, "cameras[0].type" in refused.json()["error"]) == (500, True)
        assert (await panel.get("/config")).json()["cameras"][0]["id"] == 8

    async def test_the_built_in_configuration_is_that_of_the_thesis(self, airport: Airport, env: Env) -> None:
        panel = await open_panel(airport, env)

        first, second = (await panel.get("/config")).json()["cameras"]

        assert first == {"id": 1, "description": "exit camera section 1", "url": "http://camera-agent-1:8080", "section": 1, "type": "exit"}
        assert (second["url"], second["type"]) == ("http://camera-agent-2:8080", "entry")

    def test_a_panel_without_a_readable_configuration_does_not_start(self, airport: Airport, env: Env, tmp_path: Path) -> None:
        with pytest.raises(BadSetting, match="CONFIG_FILE="):
            build(env(CONFIG_FILE=str(tmp_path / "none.json")), airport.client())
