"""What a real kube-apiserver answered, we answer.

The scenarios of `recordings_passing.txt` pass whole, those of `recordings_otherwise.txt` but for the steps named there with the reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import recordings
from api_harness import Server, running

from airside.resources.keys import ObjectKey
from airside.store import Put

PASSING = recordings.PASSING.read_text().split()
OTHERWISE = recordings.answered_otherwise()
NAMES = [*PASSING, *OTHERWISE]
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("recordings")]  # replayed once, not once a worker


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    """Nothing acts on its objects, as on the recorded server: a namespace that was deleted stays."""
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as folder, running(Path(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def answers(alone: Server) -> Mapping[str, list[tuple[str, list[str]]]]:
    """Scenarios wait for watches most of their time, so several run at once; each has a namespace of its own."""
    if not recordings.FOLDER.is_dir():
        pytest.skip(f"no recordings beside this checkout ({recordings.FOLDER})")
    token, ca = alone.home.token.read_text().strip(), alone.home.pki / "ca.crt"
    with ThreadPoolExecutor(6) as pool:
        replayed = pool.map(lambda name: recordings.differences(alone.url, token, ca, recordings.FOLDER / f"{name}.json"), NAMES)
        return dict(zip(NAMES, replayed, strict=True))


@pytest.mark.parametrize("name", PASSING)
def test_the_answers_are_those_of_a_real_server(answers: Mapping[str, list[tuple[str, list[str]]]], name: str) -> None:
    assert answers[name] == []


@pytest.mark.parametrize("name", OTHERWISE)
def test_only_the_steps_with_a_reason_are_answered_otherwise(answers: Mapping[str, list[tuple[str, list[str]]]], name: str) -> None:
    unexpected = [(step, lines) for step, lines in answers[name] if step.startswith("step") and number_of(step) not in OTHERWISE[name]]

    assert unexpected == []
    assert [number_of(step) for step, _ in answers[name] if step.startswith("step")] == OTHERWISE[name], "no longer so: strike it out"


def number_of(step: str) -> int:
    """`step 3 GET /api/...`"""
    return int(step.split()[1])


def test_a_watch_from_before_the_log_begins_is_told_so_as_by_a_real_server() -> None:
    if not recordings.FOLDER.is_dir():
        pytest.skip(f"no recordings beside this checkout ({recordings.FOLDER})")
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as folder, running(Path(folder), keep=5) as started:
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "data": {}}
        for name in map("forgotten-{}".format, range(20)):
            key = ObjectKey("", "ConfigMap", "default", name)
            started.write(Put(key, {**config_map, "metadata": {"name": name, "namespace": "default"}}))
        token, ca = started.home.token.read_text().strip(), started.home.pki / "ca.crt"

        found = recordings.differences(started.url, token, ca, recordings.FOLDER / "watch-expired.json", "history-gone")

    assert found == []
