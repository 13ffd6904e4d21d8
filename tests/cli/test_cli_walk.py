"""The steps of the thesis' walk print what the thesis prints, with kubectl and without."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = ROOT / "deploy" / "airport" / "walk.sh"
TARGETS = (
    "deploy-app-default deploy-istio-default health start-cameras load load-front cpanel-50-50 cpanel-v2 scale_v2_x3 load_balancing random "
    "fault-injection-500 fault-injection-delay10 timeout health-timeout retries health-retries circuit-breaker kiali all-reset"
)


class Pages(http.server.BaseHTTPRequestHandler):
    """Stands where the gateway would."""

    def do_GET(self) -> None:
        body = b"<html><h1>Dashboard V1</h1></html>" if self.path == "/" else b"CPanel v1 : Online"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Walk:
    """A home, a gateway of our own, and an `airside` that says how it was called."""

    home: Path
    gateway: str

    def step(self, *words: str, kubectl: bool = False) -> str:
        path = f"{self.home}/kubectl:/usr/bin:/bin" if kubectl else "/usr/bin:/bin"
        environment = {"PATH": path, "BIN": str(self.home / "bin"), "AIRSIDE_HOME": str(self.home), "HOME": str(self.home)}
        environment |= {} if kubectl else {"AIRSIDE_NO_KUBECTL": "1"}
        return subprocess.run([STEPS, *words], env=environment, capture_output=True, text=True, check=True, timeout=30).stdout

    def called(self) -> list[str]:
        return (self.home / "called").read_text().splitlines()


def program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "settings.json").write_text(json.dumps({"gateway_port": server.server_port}, indent=2))
        program(tmp_path / "bin" / "airside", 'echo "airside $*" >>"$AIRSIDE_HOME/called"; echo done')
        program(
            tmp_path / "kubectl" / "kubectl",
            'case $1 in version) echo "{\\"clientVersion\\": {\\"gitVersion\\": \\"v1.32.4\\"}}" ;;\n'
            '*) echo "kubectl $* with $KUBECONFIG" >>"$AIRSIDE_HOME/called"; echo done ;; esac',
        )
        yield Walk(tmp_path, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_a_rule_is_applied_in_kubectls_words_and_awaited(walk: Walk) -> None:
    assert walk.step("apply", "istio/timeout.yaml") == "kubectl apply -f istio/timeout.yaml\ndone\n"
    assert walk.called() == ["airside apply -f istio/timeout.yaml", "airside apply --wait -f istio/timeout.yaml"]


def test_where_there_is_a_kubectl_it_is_run_on_the_installation(walk: Walk) -> None:
    words = ("scale", "deployment", "cpanel-v2", "--replicas=3")

    assert walk.step("kubectl", *words, kubectl=True) == "kubectl scale deployment cpanel-v2 --replicas=3\ndone\n"
    assert walk.called() == [f"kubectl {' '.join(words)} with {walk.home}/kubeconfig"]


def test_calls_are_printed_before_their_answers(walk: Walk) -> None:
    expected = f"curl {walk.gateway}/status\nCPanel v1 : Online\ncurl {walk.gateway}/alerts/status\nCPanel v1 : Online\n"

    assert walk.step("call", "/status", "/alerts/status") == expected


def test_a_load_prints_the_thesis_loop_and_every_answer(walk: Walk) -> None:
    loop = f'for i in {{1..3}}; do sleep 0; curl {walk.gateway}/status; printf "\\n"; done\n'

    assert walk.step("load", "3", "0", "/status") == loop + "CPanel v1 : Online\n" * 3


def test_the_front_is_seen_by_its_heading(walk: Walk) -> None:
    loop = f'for i in {{1..2}}; do sleep 0; curl --silent {walk.gateway}/ | grep -o "<h1>.*</h1>"; done\n'

    assert walk.step("load-front", "2", "0") == loop + "<h1>Dashboard V1</h1>\n" * 2


def test_without_an_installation_the_step_says_how_to_get_one(walk: Walk) -> None:
    (walk.home / "settings.json").unlink()

    with pytest.raises(subprocess.CalledProcessError) as refusal:
        walk.step("call", "/status")

    assert "start one with: make demo" in refusal.value.stderr


@pytest.mark.parametrize("target", TARGETS.split())
def test_every_step_of_the_thesis_is_a_target(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", "-o", "install", target], cwd=ROOT, env=os.environ | {"MAKEFLAGS": ""}, capture_output=True, text=True, check=True
    )

    assert "deploy/airport/walk.sh" in done.stdout
