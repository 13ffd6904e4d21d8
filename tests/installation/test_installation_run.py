"""A whole installation: control plane, agent, gateway, pods with real Envoys; started, hurt, stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import httpx
import pytest
from installation_rig import installation

from airside.client.client import ApiClient
from airside.client.requests import Selection, Target
from airside.installation import process
from airside.installation.home import Home
from airside.installation.records import ContainerRecord
from airside.installation.run import AGENT, CONTROL_PLANE, Stopped, read_settings, running, start, stop
from airside.resources.kinds import Kind, find_kind
from airside.resources.pod import Pod

pytestmark = [pytest.mark.e2e, pytest.mark.envoy]
Raw = dict[str, object]

SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = (os.environ["POD_NAME"] + "\\n").encode()
        self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *words): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


def kind(group: str, name: str) -> Kind:
    found = find_kind(group, name)
    assert found is not None
    return found


POD, DEPLOYMENT, SERVICE = kind("", "Pod"), kind("apps", "Deployment"), kind("", "Service")
GATEWAY, VIRTUAL_SERVICE = kind("networking.istio.io", "Gateway"), kind("networking.istio.io", "VirtualService")


def web(home: Home, replicas: int) -> list[tuple[Kind, Raw]]:
    (home.root / "server.py").write_text(SERVER)
    container = {
        "name": "web",
        "image": "none",
        "command": ["python", str(home.root / "server.py")],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
    }
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    ports = [{"name": "http", "port": 8080}]
    servers = [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]
    route = {"route": [{"destination": {"host": "web", "port": {"number": 8080}}}]}

    def made(of: Kind, spec: Raw) -> tuple[Kind, Raw]:
        return of, {"apiVersion": of.api_version, "kind": of.kind, "metadata": {"name": "web", "namespace": "default"}, "spec": spec}

    return [
        made(DEPLOYMENT, {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}),
        made(SERVICE, {"selector": labels, "ports": ports}),
        made(GATEWAY, {"selector": {"istio": "ingressgateway"}, "servers": servers}),
        made(VIRTUAL_SERVICE, {"hosts": ["*"], "gateways": ["web"], "http": [route]}),
    ]


class Mesh:
    """A started installation with `web` behind its gateway."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.started = start(home)
        self.api = ApiClient.from_kubeconfig(home.kubeconfig)
        self.url = f"http://127.0.0.1:{read_settings(home).gateway_port}/"

    def deploy(self, replicas: int) -> None:
        for of, raw in web(self.home, replicas):
            self.api.create(of, raw)
        self.until(lambda pods: sum(pod.ready for pod in pods) == replicas)
        self.until_served()

    def until(self, holds: Callable[[list[Pod]], bool]) -> list[Pod]:
        """Watch `web`'s pods until they are as wanted."""
        pods: dict[str, Pod] = {}
        for event in self.api.follow(POD, Selection("default", labels="app=web")):
            if event.type == "SYNCED":
                pass
            elif event.type == "DELETED":
                pods.pop(Pod.of(event.object).metadata.uid, None)
            else:
                pods[Pod.of(event.object).metadata.uid] = Pod.of(event.object)
            if holds(list(pods.values())):
                return list(pods.values())
        raise AssertionError("the watch ended")

    def until_served(self) -> None:
        """The gateway is up, and every proxy has what is known by now."""
        for event in self.api.follow(POD, Selection("istio-system")):
            if event.type in ("ADDED", "MODIFIED") and Pod.of(event.object).ready:
                break
        applied = self.api.ask(f"/airside/v1/applied?since=0&revision={self.api.list(POD).revision}&timeout=30", timeout=40)
        assert applied["applied"], applied
        with httpx.Client(trust_env=False) as client:
            assert self.ask(client) == 200

    def ask(self, client: httpx.Client) -> int:
        try:
            return client.get(self.url).status_code
        except httpx.TransportError:
            return 0

    def container(self, pod: Pod, name: str) -> ContainerRecord:
        return ContainerRecord.parse(self.home.pod(pod.metadata.uid).container(name).read_text())

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def mesh() -> Iterator[Mesh]:
    with installation() as home:  # claims in the machine's own registry: others run here too
        made = Mesh(home)
        yield made
        made.api.__exit__(None, None, None)
        stop(home)


def test_it_starts_by_parts_serves_and_stops_without_a_trace(mesh: Mesh) -> None:
    mesh.deploy(1)
    assert mesh.started.seconds > 0
    assert {part.name.partition(":")[0] for part in mesh.started.parts} == {CONTROL_PLANE, AGENT}
    assert start(mesh.home).already

    stopped = stop(mesh.home)

    assert stopped.ended >= 5  # control plane, agent, gateway, sidecar, app
    assert not stopped.left
    assert not process.owned(mesh.home.root)
    assert stop(mesh.home) == Stopped(0)


def test_pods_and_what_they_served_come_again_after_down_and_up(mesh: Mesh) -> None:
    mesh.deploy(1)
    stop(mesh.home)

    start(mesh.home)

    mesh.until(lambda pods: len(pods) == 1 and pods[0].ready and pods[0].status.container_statuses[0].restart_count == 1)
    mesh.until_served()


def test_a_killed_agent_harms_no_traffic_and_the_next_adopts_every_pod(mesh: Mesh) -> None:
    mesh.deploy(2)
    before = {
        (name, record.pid)
        for pod in mesh.until(lambda pods: len(pods) == 2)
        for name in ("web", "istio-proxy")
        for record in [mesh.container(pod, name)]
    }
    mesh.kill(running(mesh.home)[AGENT].pid)
    with httpx.Client(trust_env=False) as client:
        assert {mesh.ask(client) for _ in range(50)} == {200}
        start(mesh.home)
        assert {mesh.ask(client) for _ in range(50)} == {200}

    pods = mesh.until(lambda pods: all(pod.ready for pod in pods) and len(pods) == 2)
    assert {(name, record.pid) for pod in pods for name in ("web", "istio-proxy") for record in [mesh.container(pod, name)]} == before
    assert all(status.restart_count == 0 for pod in pods for status in pod.status.container_statuses)


def test_down_leaves_nothing_though_agent_and_control_plane_were_killed(mesh: Mesh) -> None:
    mesh.deploy(1)
    for record in running(mesh.home).values():
        mesh.kill(record.pid)

    stopped = stop(mesh.home)

    assert stopped.ended >= 3
    assert not process.owned(mesh.home.root)


def test_a_killed_sidecar_and_a_killed_app_come_back_while_the_other_pod_serves(mesh: Mesh) -> None:
    mesh.deploy(2)
    pods = mesh.until(lambda pods: len(pods) == 2)
    for name in ("istio-proxy", "web"):
        mesh.kill(mesh.container(pods[0], name).pid)
        uid = pods[0].metadata.uid
        mesh.until(lambda found, uid=uid, name=name: restarted(found, uid, name))  # type: ignore[misc]
        mesh.until(lambda found: all(pod.ready for pod in found))

    mesh.until_served()


def restarted(pods: list[Pod], uid: str, name: str) -> bool:
    return any(
        status.restart_count == 1 and status.ready
        for pod in pods
        if pod.metadata.uid == uid
        for status in pod.status.container_statuses
        if status.name == name
    )


def test_a_rolling_restart_loses_no_request(mesh: Mesh) -> None:
    mesh.deploy(2)
    patch = {"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}}
    before = {pod.metadata.uid for pod in mesh.until(lambda pods: len(pods) == 2)}
    mesh.api.patch(Target(DEPLOYMENT, "default", "web"), patch)
    answers: list[int] = []
    with httpx.Client(trust_env=False) as client:
        while {pod.metadata.uid for pod in listed(mesh)} & before:
            answers += [mesh.ask(client) for _ in range(20)]
        answers += [mesh.ask(client) for _ in range(20)]

    assert set(answers) == {200}


def listed(mesh: Mesh) -> list[Pod]:
    return [Pod.of(raw) for raw in mesh.api.list(POD, Selection("default", labels="app=web")).items]


def test_two_installations_run_side_by_side(mesh: Mesh) -> None:
    mesh.deploy(1)
    with installation() as other_home:
        other = Mesh(other_home)
        other.deploy(1)

        mine, theirs = (each.until(lambda pods: pods[0].ready)[0].status.pod_ip for each in (mesh, other))
        assert mine.split(".")[1] != theirs.split(".")[1]

        other.api.__exit__(None, None, None)
        stop(other_home)
        mesh.until_served()
