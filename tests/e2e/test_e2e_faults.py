"""Faults, circuit breaking and ejection, as the thesis left them to be finished."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from harness import ISTIO, Installation

pytestmark = pytest.mark.e2e


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


def rows(airport: Installation, destination: str) -> list[dict[str, object]]:
    top = json.loads(airport.airside("top", "-o", "json", "--window", "30").stdout)
    return [row for row in top if str(row["workload"]).startswith(destination)]


def test_aborts_at_image_analysis_are_seen_in_top(airport: Installation) -> None:
    airport.make("fault-injection-500")
    body = frame(airport)

    with inside(airport, "collector") as client:
        answers = Counter(client.post("http://image-analysis:8080/frame", json=body).status_code for _ in range(40))
    assert answers == {500: 40}

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [
            row for row in rows(airport, "image-analysis") if row.get("source") == "collector-deploy" and str(row.get("code")) == "500"
        ]
        if found:
            break
    assert found, airport.airside("top").stdout


def test_delays_of_ten_seconds_at_image_analysis_are_felt_and_seen(airport: Installation) -> None:
    body = frame(airport)
    airport.make("fault-injection-delay10")

    with inside(airport, "collector") as client:
        before = time.monotonic()
        assert client.post("http://image-analysis:8080/frame", json=body).status_code == 200
        assert 10 <= time.monotonic() - before < 14


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


def test_a_bad_replica_is_ejected_after_seven_errors_and_the_others_get_all(airport: Installation) -> None:
    body = frame(airport)
    airport.get("/production?toggle=off")
    airport.airside("scale", "deployment", "image-analysis-deploy", "--replicas=3")
    airport.airside("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/image-analysis-deploy", "--timeout=60s")
    airport.apply(ISTIO / "circuit_breaker_ejection.yaml")
    bad, *_ = airport.pods("image-analysis")
    port = airport.record(bad["metadata"]["uid"], bad["spec"]["containers"][0]["name"])["port"]
    assert (
        httpx.put(f"http://127.0.0.1:{port}/fault", json={"status": 503, "share": 1.0, "delay_ms": 0}, trust_env=False).status_code == 200
    )

    with inside(airport, "collector") as client:
        answers = [client.post("http://image-analysis:8080/frame", json=body).status_code for _ in range(60)]
        assert answers.count(503) == 7, answers
        assert set(answers[-30:]) == {200}
