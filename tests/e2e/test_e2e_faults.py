"""Faults, circuit breaking and ejection, as the thesis left them to be finished."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from harness import ISTIO, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("airport")]  # one airport for all of them, so one worker


def frame(airport: Installation) -> dict[str, object]:
    """A Frame as a camera sends it."""
    got = airport.get("/cameras/1/frame", headers={"accept": "image/jpeg"})
    assert got.headers["content-type"] == "image/jpeg"
    return {
        "timestamp": "2026-01-01T00:00:00Z",
        "image": base64.b64encode(got.content).decode(),
        "section": 1,
        "event": "entry",
        "frame_uuid": "00000000-0000-4000-8000-000000000000",
    }


def inside(airport: Installation, app: str) -> httpx.Client:
    """An HTTP client that calls as the pod of `app` does: through its sidecar."""
    pod = airport.pods(app)[0]
    return httpx.Client(proxy=f"http://{pod['status']['podIP']}:15080", timeout=60, trust_env=False)


def seen(airport: Installation, service: str, code: str) -> list[dict[str, object]]:
    """What callers' proxies counted of calls to a service that ended with `code`. A fault ends a call before it reaches a workload."""
    rows = json.loads(airport.airside("top", "-o", "json", "--window", "30").stdout)
    return [row for row in rows if row["side"] == "client" and str(row["service"]).startswith(f"{service}.") and str(row["code"]) == code]


def test_aborts_at_image_analysis_are_seen_in_top(airport: Installation) -> None:
    airport.make("fault-injection-500")
    body = frame(airport)

    with inside(airport, "collector") as client:
        answers = Counter(client.post("http://image-analysis:8080/frame", json=body).status_code for _ in range(40))
    assert answers == {500: 40}

    (row,) = [row for row in seen(airport, "image-analysis", "500") if row["source"] == "collector-deploy"]
    assert row["requests"] >= 40
    assert row["success"] == 0


def test_delays_of_ten_seconds_at_image_analysis_are_felt_and_seen(airport: Installation) -> None:
    body = frame(airport)
    airport.make("fault-injection-delay10")

    with inside(airport, "collector") as client:
        before = time.monotonic()
        assert client.post("http://image-analysis:8080/frame", json=body).status_code == 200
        assert 10 <= time.monotonic() - before < 14
    assert any(row["p99"] >= 9_000 for row in seen(airport, "image-analysis", "200"))


def test_the_pool_of_one_lets_some_through_and_refuses_the_rest_with_uo(airport: Installation) -> None:
    body = frame(airport)
    airport.make("circuit-breaker")

    with inside(airport, "collector") as client, ThreadPoolExecutor(20) as pool:
        answers = Counter(pool.map(lambda _: client.post("http://image-analysis:8080/frame", json=body).status_code, range(60)))
    assert answers[200] >= 1
    assert answers[503] >= 1
    assert set(answers) == {200, 503}
    log = airport.airside("logs", "deployment/collector-deploy", "-c", "istio-proxy", "--tail=500").stdout
    assert " 503 UO " in log


def test_a_bad_replica_is_ejected_after_seven_errors_and_the_others_get_all_until_its_time_ends(airport: Installation) -> None:
    body = frame(airport)
    airport.get("/production?toggle=off")
    airport.airside("scale", "deployment", "image-analysis-deploy", "--replicas=3")
    airport.airside("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/image-analysis-deploy", "--timeout=60s")
    text = (ISTIO / "circuit_breaker.yaml").read_text()
    for long, short in (("interval: 5m", "interval: 1s"), ("baseEjectionTime: 15m", "baseEjectionTime: 3s")):
        assert long in text
        text = text.replace(long, short)
    airport.airside("apply", "--wait", "-f", "-", stdin=text)
    bad, *_ = airport.pods("image-analysis")
    switch(airport, bad, share=1.0)

    with inside(airport, "collector") as client:
        answers = [client.post("http://image-analysis:8080/frame", json=body).status_code for _ in range(60)]
        assert set(answers[-30:]) == {200}
        assert failures(airport, bad) == 7, (
            answers
        )  # of all calls through this sidecar: a frame on its way when the cameras stopped counts too

        switch(airport, bad, share=0.0)
        before = served(airport, bad)
        deadline = time.monotonic() + 20
        while served(airport, bad) == before:
            assert time.monotonic() < deadline, "its ejection never ended"
            assert client.post("http://image-analysis:8080/frame", json=body).status_code == 200


def switch(airport: Installation, pod: dict[str, Any], share: float) -> None:
    """The pod's own fault switch, at the application itself."""
    port = airport.record(pod["metadata"]["uid"], pod["spec"]["containers"][0]["name"])["port"]
    fault = {"status": 503, "share": share, "delay_ms": 0}
    assert httpx.put(f"http://127.0.0.1:{port}/fault", json=fault, trust_env=False).status_code == 200


def failures(airport: Installation, pod: dict[str, Any]) -> int:
    """How many calls from the collector's sidecar to this pod were answered 503 by it."""
    log = airport.airside("logs", "deployment/collector-deploy", "-c", "istio-proxy").stdout.splitlines()
    return sum(f'"{pod["status"]["podIP"]}:8080"' in line and '" 503 ' in line for line in log)


def served(airport: Installation, pod: dict[str, Any]) -> int:
    """How many requests for frames reached the pod's sidecar."""
    return airport.airside("logs", pod["metadata"]["name"], "-c", "istio-proxy").stdout.count("POST /frame")
