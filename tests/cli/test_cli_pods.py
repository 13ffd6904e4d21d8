"""Which container is meant, what a command's end says, and other small readings."""

from __future__ import annotations

import json

import pytest

from airside.cli.applying import pod_of
from airside.cli.client import exit_code
from airside.cli.deleting import parse_timeout
from airside.cli.errors import CommandError
from airside.cli.pods import DEFAULT_CONTAINER, choose_container, containers
from airside.client.errors import ClientError, Unreachable


def pod(*names: str, **annotations: str) -> dict[str, object]:
    return {"metadata": {"name": "p", "annotations": annotations}, "spec": {"containers": [{"name": name} for name in names]}}


@pytest.mark.parametrize(
    ("given", "asked", "chosen"),
    [
        pytest.param(pod("istio-proxy", "app"), "", "app", id="the app's, wherever the sidecar stands"),
        pytest.param(pod("app", "istio-proxy"), "istio-proxy", "istio-proxy", id="the one asked for"),
        pytest.param(pod("a", "b", **{DEFAULT_CONTAINER: "b"}), "", "b", id="the annotated one"),
        pytest.param(pod("a", **{DEFAULT_CONTAINER: "gone"}), "", "a", id="an annotation that names nobody"),
        pytest.param(pod("istio-proxy"), "", "istio-proxy", id="a gateway has nothing else"),
    ],
)
def test_a_container_is_chosen(given: dict[str, object], asked: str, chosen: str) -> None:
    assert choose_container(given, asked) == chosen


def test_a_container_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(CommandError, match="container nosuch is not valid for pod p; it has app, istio-proxy"):
        choose_container(pod("istio-proxy", "app"), "nosuch")
    assert containers({}) == []


def failure(**parts: object) -> bytes:
    return json.dumps({"metadata": {}, "status": "Failure", **parts}).encode()


def test_the_exit_code_is_the_commands() -> None:
    said = failure(reason="NonZeroExitCode", message="exit status 3", details={"causes": [{"reason": "ExitCode", "message": "3"}]})

    assert exit_code(b'{"metadata":{},"status":"Success"}') == 0
    assert exit_code(said) == 3


def test_a_command_that_could_not_be_run_is_an_error_with_its_reason() -> None:
    with pytest.raises(ClientError, match="no such program"):
        exit_code(failure(reason="InternalError", message="no such program: frobnicate"))
    with pytest.raises(Unreachable, match="ended before the command did"):
        exit_code(b"")


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("2m", 120), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("45", 45)])
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    assert parse_timeout(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10 s", "s", "1d", "-5s"])
def test_a_duration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="expected a duration"):
        parse_timeout(text)


def test_a_proxy_is_named_by_its_pod() -> None:
    assert pod_of("sidecar~127.16.0.2~cpanel-v1-abc.default~default.svc.cluster.local") == "cpanel-v1-abc.default"
    assert pod_of("something else") == "something else"
