"""The thesis' walk, by its own make targets, against the transcripts typed from it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from harness import ISTIO, Installation
from scipy.stats import binomtest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("airport")]  # one airport for all of them, so one worker

TRANSCRIPTS = Path(__file__).parent / "transcripts"
ALPHA = 1e-4


def masked(text: str, installation: Installation) -> str:
    """A transcript without what differs from run to run: host, cycle, pod suffix."""
    text = text.replace(f"127.0.0.1:{installation.gateway_port}", "<gateway>")
    text = re.sub(r'"cycle":[1-9]\d*', '"cycle":<n>', text)
    return text.strip()


def transcript(name: str) -> str:
    return (TRANSCRIPTS / f"{name}.txt").read_text().strip()


def share_is(expected: float, hits: int, total: int) -> bool:
    """Whether `hits` of `total` is what a share of `expected` gives, by an exact binomial test at ALPHA."""
    return binomtest(hits, total, expected).pvalue > ALPHA


def test_health_before_and_after_the_cameras_start_reads_as_in_the_thesis(airport: Installation) -> None:
    airport.get("/production?toggle=off")
    fresh = [pod["metadata"]["name"] for camera in ("camera-agent-1", "camera-agent-2") for pod in airport.pods(camera)]
    airport.airside("delete", "pod", *fresh)
    airport.airside(
        "wait", "--for=condition=Available", "deployment/camera-agent-1-deploy", "deployment/camera-agent-2-deploy", "--timeout=60s"
    )

    assert masked(airport.make("health"), airport) == transcript("health-before")

    airport.make("start-cameras")
    for camera in (1, 2):  # the first frames are on their way; wait for them on the camera's own word
        while airport.get(f"/cameras/{camera}/state").json()["cycle"] == 0:
            pass
    assert masked(airport.make("health"), airport) == transcript("health-after")


def test_by_default_only_version_one_answers(airport: Installation) -> None:
    lines = airport.make("load", N=50, PAUSE=0).splitlines()

    assert Counter(line for line in lines if "Online" in line) == {"CPanel v1 : Online": 50}


def test_half_and_half_splits_the_load_evenly(airport: Installation) -> None:
    assert masked(airport.make("cpanel-50-50"), airport) == transcript("cpanel-50-50")

    seen = airport.bodies("/status", 400)
    assert set(seen) == {"CPanel v1 : Online", "CPanel v2 : Online"}
    assert share_is(0.5, seen["CPanel v1 : Online"], 400)


def test_the_front_page_shows_both_versions(airport: Installation) -> None:
    airport.apply(ISTIO / "virt_svc_50-50.yaml")

    headings = Counter(airport.make("load-front", N=40, PAUSE=0).split("\n"))
    assert headings["<h1>Dashboard V1</h1>"] and headings["<h1>Dashboard V2</h1>"]


def test_after_the_switch_only_version_two_answers(airport: Installation) -> None:
    assert masked(airport.make("cpanel-v2"), airport) == transcript("cpanel-v2")

    assert airport.bodies("/status", 100) == {"CPanel v2 : Online": 100}


def test_round_robin_over_one_and_three_replicas_is_exact(airport: Installation) -> None:
    assert masked(airport.make("scale_v2_x3"), airport).startswith(transcript("scale_v2_x3"))
    airport.airside("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/cpanel-v2", "--timeout=60s")
    assert masked(airport.make("load_balancing"), airport) == transcript("load_balancing")
    airport.airside("apply", "--wait", "-f", ISTIO / "round_robin.yaml")

    seen = airport.bodies("/status", 200)
    assert seen == {"CPanel v1 : Online": 50, "CPanel v2 : Online": 150}


def test_random_balancing_keeps_the_shares_but_not_the_order(airport: Installation) -> None:
    airport.make("scale_v2_x3")
    airport.airside("wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/cpanel-v2", "--timeout=60s")
    airport.make("load_balancing")
    assert masked(airport.make("random"), airport) == transcript("random")

    order = [airport.get("/status").text for _ in range(400)]
    ones = order.count("CPanel v1 : Online")
    assert share_is(0.25, ones, 400)
    gaps = Counter(len(run) for run in "".join("1" if o == "CPanel v1 : Online" else "2" for o in order).split("1"))
    assert len(gaps) > 3, "version one came at regular distances: that is round robin"


def test_timeouts_at_the_gateway_cut_the_delayed_half(airport: Installation) -> None:
    assert masked(airport.make("timeout"), airport) == transcript("timeout")
    airport.make("health-timeout", N=4, PAUSE=0)

    seen = airport.bodies("/cameras/1/state", 80, workers=8)
    cut = seen.pop("upstream request timeout")
    assert share_is(0.5, cut, 80)
    assert all(body.startswith('{"streaming":') for body in seen)


def test_retries_turn_half_failing_into_one_in_sixteen(airport: Installation) -> None:
    airport.apply(ISTIO / "retry_fault_only.yaml")
    without = airport.bodies("/sections/1/status", 1000, workers=4)
    assert 0.45 <= without["fault filter abort"] / 1000 <= 0.55

    airport.apply(ISTIO / "retry.yaml")
    with_retries = airport.bodies("/sections/1/status", 1000, workers=4)
    assert 0.03 <= with_retries["fault filter abort"] / 1000 <= 0.11
    assert with_retries["fault filter abort"] + with_retries["Section 1 v1 : Online"] == 1000
