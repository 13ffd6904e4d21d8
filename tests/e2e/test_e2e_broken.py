"""Broken things: what fails says so, and everything else goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest
from harness import AIRSIDE, ROOT, Installation, new_installation
from ports import free_ports

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("airport")]  # one airport for all of them, so one worker


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.05)  # the state asked for is another process's; there is no event to wait on from here


@contextmanager
def load(airport: Installation, path: str) -> Iterator[list[int]]:
    """Calls one after the other while the body runs; their status codes (0: no answer)."""
    codes: list[int] = []
    stop = Event()

    def call() -> None:
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not stop.is_set():
                try:
                    codes.append(client.get(f"{airport.gateway}{path}").status_code)
                except httpx.TransportError:
                    codes.append(0)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(call)
        try:
            yield codes
        finally:
            stop.set()
            running.result()


def only_pod(airport: Installation, app: str) -> dict:  # type: ignore[type-arg]
    (pod,) = airport.pods(app)
    return pod


@pytest.mark.parametrize("container", ["istio-proxy", "app"])
def test_a_killed_process_of_one_pod_comes_back_and_the_others_never_notice(airport: Installation, container: str) -> None:
    pod = only_pod(airport, "alerts")
    name = pod["spec"]["containers"][0]["name"] if container == "app" else container
    record = airport.record(pod["metadata"]["uid"], name)

    with load(airport, "/status") as codes:
        os.kill(record["pid"], signal.SIGKILL)
        until(lambda: airport.record(pod["metadata"]["uid"], name)["pid"] != record["pid"])
        until(lambda: airport.get("/alerts/status").status_code == 200)
    assert set(codes) == {200}


@pytest.mark.parametrize("part", ["agent", "control-plane"])
def test_traffic_goes_on_while_a_part_of_the_installation_is_dead_and_it_finds_everything_again(airport: Installation, part: str) -> None:
    before = {process.pid for process in airport.processes()}
    pods = {pod["metadata"]["uid"] for pod in airport.objects("pods")}
    pid = airport.airside("status", "-o", "json").stdout
    victim = json.loads(pid)["processes"][part]["pid"]

    with load(airport, "/status") as codes:
        os.kill(victim, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(victim) or psutil.Process(victim).status() == psutil.STATUS_ZOMBIE)
        until(lambda: len(codes) > 50)
        if part == "control-plane":
            assert "pods           unknown" in airport.airside("status", check=False).stdout
        airport.airside("up")
        until(lambda: airport.airside("get", "pods", check=False).returncode == 0)
    assert set(codes) == {200}
    assert {pod["metadata"]["uid"] for pod in airport.objects("pods")} == pods
    survivors = before - {victim}
    assert survivors <= {process.pid for process in airport.processes()}
    airport.airside("scale", "deployment", "collector-deploy", "--replicas=2")
    until(lambda: len([p for p in airport.pods("collector") if p["status"].get("phase") == "Running"]) == 2)
    airport.airside("scale", "deployment", "collector-deploy", "--replicas=1")


def test_acknowledged_writes_survive_the_control_planes_death(airport: Installation) -> None:
    names = [f"kept-{i}" for i in range(20)]
    for name in names:
        airport.airside("apply", "-f", "-", stdin=f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
    victim = json.loads(airport.airside("status", "-o", "json").stdout)["processes"]["control-plane"]["pid"]
    os.kill(victim, signal.SIGKILL)
    airport.airside("up")

    found = {each["metadata"]["name"] for each in airport.objects("configmaps")}
    assert set(names) <= found
    airport.airside("delete", "configmap", *names)


BROKEN = {
    "a tab": ("kind: VirtualService\n\tspec: {}\n", ":2"),
    "a duplicate key": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n", ":5"),
    "an unknown field": (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cpanel}\n"
        "spec:\n  hosts: [cpanel]\n  http:\n  - rout:\n    - destination: {host: cpanel}\n",
        "spec.http[0].rout",
    ),
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_bad_yaml_is_refused_by_line_and_field_and_changes_nothing(airport: Installation, case: str, tmp_path: Path) -> None:
    text, expected = BROKEN[case]
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    before = airport.airside("get", "virtualservices", "-o", "yaml").stdout

    refused = airport.airside("apply", "-f", file, check=False)

    assert refused.returncode != 0
    assert str(file) in refused.stderr + refused.stdout
    assert expected in refused.stderr + refused.stdout
    assert airport.airside("get", "virtualservices", "-o", "yaml").stdout == before


def test_a_subset_nobody_defines_is_accepted_and_named(airport: Installation) -> None:
    text = (ROOT / "deploy/airport/istio/virt_svc_v2.yaml").read_text().replace("subset: v2", "subset: v9")
    done = airport.airside("apply", "-f", "-", stdin=text)

    assert 'no subset "v9"' in done.stderr + done.stdout


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: {name}
        image: {name}
        command: {command}
        ports: [{{containerPort: 8080, name: http}}]
"""


def test_a_command_that_does_not_exist_says_so_and_hurts_nobody(airport: Installation) -> None:
    airport.airside("apply", "-f", "-", stdin=DEPLOYMENT.format(name="nobody", command='["/no/such/program"]'))
    try:
        until(lambda: "/no/such/program" in airport.airside("get", "pods", "-l", "app=nobody", "-o", "yaml").stdout)
        assert airport.get("/status").status_code == 200
    finally:
        airport.airside("delete", "deployment", "nobody")


def test_an_app_that_ignores_port_is_told_so(airport: Installation, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = f'["{sys.executable}", "-m", "http.server", "--bind", "127.0.0.1", "{port}"]'
    airport.airside("apply", "-f", "-", stdin=DEPLOYMENT.format(name="stubborn", command=command))
    try:
        until(lambda: "PORT" in airport.airside("get", "events", "-o", "yaml").stdout, 40)
    finally:
        airport.airside("delete", "deployment", "stubborn")


def test_ten_applies_at_once_all_land(airport: Installation) -> None:
    def one(i: int) -> int:
        text = "\n---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: many-{i}-{k}}}\ndata: {{i: '{i}'}}" for k in range(3))
        return airport.airside("apply", "-f", "-", stdin=text, check=False).returncode

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(one, range(10))) == {0}
    names = {each["metadata"]["name"] for each in airport.objects("configmaps")}
    assert {f"many-{i}-{k}" for i in range(10) for k in range(3)} <= names
    airport.airside("delete", "configmap", *(f"many-{i}-{k}" for i in range(10) for k in range(3)))


def test_down_after_everything_was_killed_leaves_nothing_and_twice_is_harmless() -> None:
    with new_installation() as installation:
        installation.airside("up")
        for part in json.loads(installation.airside("status", "-o", "json").stdout)["processes"].values():
            os.kill(part["pid"], signal.SIGKILL)
        installation.airside("down")
        assert installation.processes() == []
        assert installation.airside("down").returncode == 0


def test_a_taken_port_is_named_before_anything_starts() -> None:
    with new_installation() as installation, socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.gateway_port))
        taken.listen()
        refused = installation.airside("up", check=False)
        assert refused.returncode != 0
        assert str(installation.gateway_port) in refused.stderr + refused.stdout
        assert installation.processes() == []


def test_two_installations_stand_side_by_side(airport: Installation) -> None:
    with new_installation() as second:
        second.airside("up")
        ours = {pod["status"]["podIP"] for pod in airport.objects("pods", "-A")}
        theirs = {pod["status"]["podIP"] for pod in second.objects("pods", "-A")}
        assert theirs and not ours & theirs
    assert airport.get("/status").status_code == 200


def test_ctrl_c_ends_the_demo_and_cleans_up() -> None:
    with new_installation() as installation:
        demo = subprocess.Popen(
            [AIRSIDE, "demo", "airport"],
            cwd=ROOT,
            env=installation.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until(lambda: _answers(installation), 60)
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(60) in (0, 130)
        assert installation.processes() == []


def _answers(installation: Installation) -> bool:
    try:
        return installation.get("/status").status_code == 200
    except httpx.TransportError:
        return False


EXTRA_GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: extra}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - port: {{number: {port}, name: http, protocol: HTTP}}
    hosts: ["extra.example"]
"""


def test_what_envoy_refuses_shows_on_the_object_and_hurts_nothing(airport: Installation) -> None:
    (gateway,) = airport.objects("pods", "-n", "istio-system", "-l", "istio=ingressgateway")
    (port,) = free_ports(1)
    with socket.socket() as taken:
        taken.bind((gateway["status"]["podIP"], port))
        taken.listen()
        refused = airport.airside("apply", "--wait", "-f", "-", stdin=EXTRA_GATEWAY.format(port=port), check=False)

        assert refused.returncode != 0
        assert "Address already in use" in refused.stderr + refused.stdout
        assert airport.get("/status").status_code == 200
        until(lambda: _reconciled(airport) == "False")
    (other,) = free_ports(1)
    airport.airside("apply", "--wait", "-f", "-", stdin=EXTRA_GATEWAY.format(port=other))
    until(lambda: _reconciled(airport) == "True")
    airport.airside("delete", "gateways.networking.istio.io", "extra")


def _reconciled(airport: Installation) -> str:
    (gateway,) = airport.objects("gateways.networking.istio.io", "extra")
    return next((each["status"] for each in gateway.get("status", {}).get("conditions", ()) if each["type"] == "Reconciled"), "")
