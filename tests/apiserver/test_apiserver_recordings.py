"""What a real kube-apiserver answered, we answer: the scenarios of `recordings_passing.txt` must go on passing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import recordings
from api_harness import Server, running

NAMES = recordings.PASSING.read_text().split()


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


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_are_those_of_a_real_server(answers: Mapping[str, list[tuple[str, list[str]]]], name: str) -> None:
    assert answers[name] == []
