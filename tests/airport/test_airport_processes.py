from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from airport_rig import IMAGE, Process, Start, frame, listening, run_module

pytestmark = pytest.mark.integration

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers, body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
    return head[0], headers, await reader.readexactly(int(headers.get("content-length", 0)))


async def reply(writer: asyncio.StreamWriter, status: str = "200 OK", body: bytes = b"{}") -> None:
    writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("module", "variables", "status"),
    [
        ("camera_agent", {"CAMERA_ID": "1"}, "Camera Agent 1 v1 : Online"),
        ("collector", {}, "Collector v1 : Online"),
        ("image_analysis", {}, "Image Analysis v1 : Online"),
        ("face_recognition", {}, "Face Recognition v1 : Online"),
        ("section", {"SECTION_ID": "1"}, "Section 1 v1 : Online"),
        ("alerts", {}, "Alerts v1 : Online"),
        ("momentum", {}, "Momentum v1 : Online"),
        ("cpanel", {"VERSION": "v2"}, "CPanel v2 : Online"),
    ],
)
async def test_every_service_runs_logs_in_json_and_ends_well(start: Start, module: str, variables: dict[str, str], status: str) -> None:
    process = await start(module, **variables)
    async with httpx.AsyncClient(base_url=process.url, trust_env=False, timeout=30) as client:
        assert (await client.get("/status")).text == status
        assert (await client.get("/healthz")).status_code == 200

        # The connection is still open, and idle.
        assert await process.end() == 0

    requests = [line for line in process.lines if "path" in line]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [("GET", "/status", 200)]
    assert {"time", "level", "service", "version", "message"} <= set(requests[0])


async def test_requests_being_served_are_finished_before_the_end(start: Start) -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await released.wait()
        await reply(writer, body=b"Section 1 v1 : Online")

    async with listening(hold) as section, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        process = await start("collector", SECTION_URL_TEMPLATE=section)
        asked = asyncio.create_task(client.get(f"{process.url}/sections/1/status"))
        await arrived.wait()

        process.process.send_signal(signal.SIGTERM)
        await no_longer_listening(process)
        released.set()

        assert (await asked).text == "Section 1 v1 : Online"
        assert await process.ended() == 0


async def no_longer_listening(process: Process) -> None:
    """Returns when new connections are refused."""
    host, port = process.url.removeprefix("http://").split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:  # it stopped listening while this one waited to be accepted
            continue


@pytest.mark.parametrize("limit", [{}, {"max-frames": 1000}], ids=["endless", "limited, its caller waiting"])
async def test_a_streaming_camera_ends_at_once_even_if_its_receiver_never_answers(start: Start, limit: dict[str, int]) -> None:
    arrived = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await reader.read()
        writer.close()

    async with listening(never_answer) as collector, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        camera = await start("camera_agent", SECTION_ID="1", POSITION="exit")
        asked = asyncio.create_task(client.post(f"{camera.url}/stream?toggle=on", json={"destination": collector, **limit}))
        await arrived.wait()

        async with asyncio.timeout(5):
            assert await camera.end() == 0

        assert (await asked).status_code == (207 if limit else 202)


async def test_a_camera_survives_receivers_that_break_connections_and_talk_nonsense(start: Start) -> None:
    answers = [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n",
    ]
    left = iter(answers)

    async def misbehave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(next(left, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
        await writer.drain()
        writer.close()

    async with listening(misbehave) as collector, httpx.AsyncClient(trust_env=False, timeout=60) as client:
        camera = await start("camera_agent", SECTION_ID="1", POSITION="exit")

        order = {"destination": collector, "max-frames": len(answers) + 2}
        report = await client.post(f"{camera.url}/stream?toggle=on", json=order)

        assert report.json()["message"].startswith(f"Streamed {len(answers) + 2} frame(s)")
        assert report.json()["message"].endswith(f"with {len(answers)} failed requests.")
        assert (await client.get(f"{camera.url}/healthz")).status_code == 200


async def test_calls_go_out_by_the_proxy_of_the_environment_and_carry_the_trace_on(start: Start) -> None:
    seen: list[tuple[str, dict[str, str], bytes]] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        await reply(writer, "500 Internal Server Error", b"fault filter abort")

    trace = {"x-request-id": "r-1", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "b3": "0"}
    async with listening(proxy) as url, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        collector = await start("collector", http_proxy=url, HTTP_PROXY=url, no_proxy="localhost,127.0.0.1")
        relayed = await client.get(f"{collector.url}/sections/1/status", headers=trace)
        collected = await client.post(f"{collector.url}/frame", json=frame(), headers=trace)
        await collector.end()

    assert (relayed.status_code, relayed.text) == (500, "fault filter abort")
    assert collected.status_code == 502
    assert {line for line, _, _ in seen} == {
        "GET http://section-1:8080/status HTTP/1.1",
        "POST http://image-analysis:8080/frame HTTP/1.1",
        "POST http://face-recognition:8080/frame HTTP/1.1",
    }
    assert all({name: headers.get(name) for name in trace} == trace for _, headers, _ in seen)
    assert {line["request_id"] for line in collector.lines if "path" in line} == {"r-1"}


async def test_panels_of_both_versions_share_one_database_while_both_write(start: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.sqlite"
    panels = await asyncio.gather(*(start("cpanel", VERSION=version, DATABASE_URL=url) for version in ("v1", "v2", "v2")))
    seen = {"timestamp": "2020-02-25T14:35:38Z", "section": 1, "event": "exit", "image": IMAGE}

    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        posted = await asyncio.gather(
            *(
                client.post(f"{panels[number % 3].url}/analysis", json={**seen, "persons": [{"age": "8-12", "gender": "male"}] * number})
                for number in range(30)
            )
        )
        shown = [(await client.get(f"{panel.url}/analysis")).json() for panel in panels]

    assert {answer.status_code for answer in posted} == {201}
    assert shown[0] == shown[1] == shown[2]


async def test_what_a_panel_knew_it_knows_after_a_crash(start: Start) -> None:
    alert = {"timestamp": "2020-02-25T14:35:38Z", "section": 1, "event": "exit", "known-persons": [{"name": "PersonX"}]}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        panel = await start("cpanel")
        await client.post(f"{panel.url}/alert", json=alert)
        await panel.end(signal.SIGKILL)

        panel = await start("cpanel")

        assert (await client.get(f"{panel.url}/alert")).json() == alert


async def test_a_port_that_is_taken_ends_the_service_with_its_reason() -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(nothing) as url:
        process = await run_module("airport.momentum", {"PORT": url.rpartition(":")[2]})
        output = (await process.communicate())[0].decode()

    assert process.returncode != 0
    assert "address already in use" in "".join(json.loads(line)["message"] for line in output.splitlines())


async def test_a_setting_that_makes_no_sense_ends_the_service_with_its_name() -> None:
    process = await run_module("airport.camera_agent", {"POSITION": "roof"})
    output = (await process.communicate())[0].decode()

    assert process.returncode != 0
    assert output.strip() == "POSITION=roof: expected entry or exit"
