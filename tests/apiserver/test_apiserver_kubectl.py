"""The real kubectl against the API, over HTTPS with the installation's own kubeconfig."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from api_harness import Server
from conftest import Kubectl

from airside.installation.records import ContainerRecord
from airside.resources.keys import ObjectKey
from airside.store import Put

pytestmark = pytest.mark.integration

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, labels: {app: NAME}}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
      - {name: web, image: nginx, env: [{name: A, value: "1"}, {name: B, value: "2"}], ports: [{containerPort: 80}]}
"""
VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: NAME}
spec:
  hosts: [cpanel]
  http: [{route: [{destination: {host: cpanel}, weight: WEIGHT}, {destination: {host: other}, weight: REST}]}]
"""


def deployment(name: str) -> str:
    return DEPLOYMENT.replace("NAME", name)


def test_apply_creates_changes_and_leaves_alone(kubectl: Kubectl) -> None:
    assert kubectl.run("apply", "-f", "-", stdin=deployment("apply")) == "deployment.apps/apply created\n"
    assert kubectl.run("apply", "-f", "-", stdin=deployment("apply")) == "deployment.apps/apply unchanged\n"
    assert kubectl.run("apply", "-f", "-", stdin=deployment("apply").replace("nginx", "nginx:2")) == "deployment.apps/apply configured\n"

    assert kubectl.run("get", "deploy/apply", "-o", "jsonpath={.spec.template.spec.containers[0].image}") == "nginx:2"


def test_apply_removes_what_was_taken_out_of_the_file_and_nothing_else(kubectl: Kubectl) -> None:
    kubectl.run("apply", "-f", "-", stdin=deployment("threeway"))
    kubectl.run("set", "env", "deploy/threeway", "C=3")
    kubectl.run("apply", "-f", "-", stdin=deployment("threeway").replace('{name: A, value: "1"}, ', ""))

    container = json.loads(kubectl.run("get", "deploy/threeway", "-o", "json"))["spec"]["template"]["spec"]["containers"][0]

    assert {entry["name"] for entry in container["env"]} == {"B", "C"}
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


def test_istio_objects_are_applied_by_merge_patch(kubectl: Kubectl) -> None:
    text = VIRTUAL_SERVICE.replace("NAME", "vs")

    created = kubectl.run("apply", "-f", "-", stdin=text.replace("WEIGHT", "50").replace("REST", "50"))
    changed = kubectl.run("apply", "-f", "-", stdin=text.replace("WEIGHT", "10").replace("REST", "90"))

    assert "virtualservice.networking.istio.io/vs created" in created
    assert "virtualservice.networking.istio.io/vs configured" in changed
    routes = json.loads(kubectl.run("get", "vs", "vs", "-o", "json"))["spec"]["http"][0]["route"]
    assert [route["weight"] for route in routes] == [10, 90]


def test_every_served_version_of_an_object_is_the_same_object(kubectl: Kubectl) -> None:
    kubectl.run("apply", "-f", "-", stdin=VIRTUAL_SERVICE.replace("NAME", "versions").replace("WEIGHT", "1").replace("REST", "99"))

    for version in ("v1", "v1beta1", "v1alpha3"):
        raw = json.loads(kubectl.run("get", f"virtualservices.{version}.networking.istio.io", "versions", "-o", "json"))
        assert raw["apiVersion"] == f"networking.istio.io/{version}"


def test_an_unknown_field_is_refused_in_kubernetes_words(kubectl: Kubectl) -> None:
    wrong = deployment("wrong").replace("replicas: 2", "replicas: 2\n  replica: 3")

    said = kubectl.run("apply", "-f", "-", stdin=wrong, code=1)

    assert "Error from server (BadRequest)" in said
    assert 'strict decoding error: unknown field "spec.replica"' in said
    assert 'deployments.apps "wrong" not found' in kubectl.run("get", "deploy", "wrong", code=1)


def test_an_invalid_object_names_its_field(kubectl: Kubectl) -> None:
    said = kubectl.run("apply", "-f", "-", stdin=deployment("Wrong_Name"), code=1)

    assert 'The Deployment "Wrong_Name" is invalid' in said
    assert "metadata.name" in said


def test_get_prints_kubernetes_columns(kubectl: Kubectl, server: Server) -> None:
    kubectl.run("apply", "-f", "-", stdin=deployment("columns"))

    lines = kubectl.run("get", "deploy", "columns").splitlines()

    assert lines[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert lines[1].split()[:4] == ["columns", "0/2", "0", "0"]
    assert kubectl.run("get", "deploy", "columns", "-o", "name") == "deployment.apps/columns\n"
    assert "CONTAINERS" in kubectl.run("get", "deploy", "columns", "-o", "wide")
    assert "columns" in kubectl.run("get", "all")
    assert kubectl.run("get", "pods", "-n", "kube-system").strip() == "No resources found in kube-system namespace."


def test_scale_label_annotate_and_patch(kubectl: Kubectl) -> None:
    kubectl.run("create", "-f", "-", stdin=deployment("verbs"))
    kubectl.run("scale", "deploy/verbs", "--replicas=5")
    kubectl.run("label", "deploy/verbs", "tier=front")
    kubectl.run("annotate", "deploy/verbs", "why=test")
    kubectl.run("patch", "deploy/verbs", "-p", '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"two"}]}}}}')
    kubectl.run("patch", "deploy/verbs", "--type=json", "-p", '[{"op":"remove","path":"/metadata/annotations/why"}]')
    kubectl.run("rollout", "restart", "deploy/verbs")

    raw = json.loads(kubectl.run("get", "deploy", "verbs", "-o", "json"))

    assert raw["spec"]["replicas"] == 5
    assert raw["metadata"]["labels"] == {"app": "verbs", "tier": "front"}
    assert "why" not in raw["metadata"].get("annotations", {})
    container = raw["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], len(container["env"])) == ("two", 2)
    assert kubectl.run("get", "deploy", "-l", "tier=front", "-o", "name") == "deployment.apps/verbs\n"


def test_rollout_status_and_wait_follow_the_status(kubectl: Kubectl, server: Server) -> None:
    kubectl.run("apply", "-f", "-", stdin=deployment("rollout"))
    following = kubectl.start("rollout", "status", "deploy/rollout", "--timeout=30s")
    assert following.stdout is not None
    assert "Waiting for deployment" in following.stdout.readline()

    stored = server.store.get(ObjectKey("apps", "Deployment", "default", "rollout"))
    assert stored is not None
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    condition = {"type": "Available", "status": "True"}
    server.write(Put(stored.key, {**stored.raw, "status": {**status, "conditions": [condition]}}))

    rest, _ = following.communicate(timeout=30)
    assert 'deployment "rollout" successfully rolled out' in rest
    assert following.returncode == 0
    assert "condition met" in kubectl.run("wait", "deploy/rollout", "--for=condition=Available", "--timeout=10s")


def test_get_watch_shows_changes_as_they_come(kubectl: Kubectl, server: Server) -> None:
    kubectl.run("create", "-f", "-", stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: watched}\ndata: {a: b}")
    watching = kubectl.start("get", "configmap", "-w")
    assert watching.stdout is not None
    while "watched" not in watching.stdout.readline():
        pass

    kubectl.run("patch", "configmap", "watched", "--type=merge", "-p", '{"data":{"c":"d"}}')

    assert watching.stdout.readline().split()[:2] == ["watched", "2"]
    watching.kill()
    watching.communicate()


def test_server_side_apply_is_refused_with_what_to_do_instead(kubectl: Kubectl) -> None:
    said = kubectl.run("apply", "--server-side", "-f", "-", stdin=deployment("ssa"), code=1)

    assert "server-side apply is not served yet, use `kubectl apply` without --server-side" in said


def test_diff_and_dry_run_change_nothing(kubectl: Kubectl) -> None:
    kubectl.run("apply", "-f", "-", stdin=deployment("dry"))
    changed = deployment("dry").replace("replicas: 2", "replicas: 7")

    assert "+  replicas: 7" in kubectl.run("diff", "-f", "-", stdin=changed, code=1)
    assert "configured (server dry run)" in kubectl.run("apply", "--dry-run=server", "-f", "-", stdin=changed)
    assert kubectl.run("get", "deploy", "dry", "-o", "jsonpath={.spec.replicas}") == "2"


def test_delete_by_name_label_and_file(kubectl: Kubectl) -> None:
    for name in ("gone-a", "gone-b", "gone-c"):
        kubectl.run("apply", "-f", "-", stdin=deployment(name))
    kubectl.run("label", "deploy", "gone-b", "doom=1")

    assert kubectl.run("delete", "deploy", "gone-a") == 'deployment.apps "gone-a" deleted\n'
    assert "gone-b" in kubectl.run("delete", "deploy", "-l", "doom=1")
    assert "gone-c" in kubectl.run("delete", "-f", "-", stdin=deployment("gone-c"))
    assert "gone" not in kubectl.run("get", "deploy")


def test_a_namespace_goes_with_all_that_is_in_it(kubectl: Kubectl) -> None:
    kubectl.run("apply", "-f", "-", stdin="apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}")
    kubectl.run("apply", "-n", "shop", "-f", "-", stdin=deployment("inside"))

    assert 'namespace "shop" deleted' in kubectl.run("delete", "namespace", "shop", "--timeout=20s")
    assert "NotFound" in kubectl.run("get", "namespace", "shop", code=1)
    assert "inside" not in kubectl.run("get", "deploy", "-A")


def test_describe_explains_an_object(kubectl: Kubectl) -> None:
    kubectl.run("apply", "-f", "-", stdin=deployment("described"))

    assert "Replicas:" in kubectl.run("describe", "deploy", "described")


def test_api_resources_lists_what_is_served(kubectl: Kubectl) -> None:
    said = kubectl.run("api-resources")

    for word in ("deployments", "virtualservices", "vs", "dr", "gw", "endpointslices", "po"):
        assert word in said


def make_pod(server: Server, name: str) -> Path:
    """A pod that runs as far as the API can tell: an object, a log, and a record of its container."""
    raw = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "annotations": {"kubectl.kubernetes.io/default-container": "app"},
        },
        "spec": {"nodeName": "here", "containers": [{"name": "app", "image": "x"}, {"name": "istio-proxy", "image": "auto"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{"name": "app", "ready": True, "restartCount": 0, "state": {"running": {}}, "image": "x", "imageID": ""}],
        },
    }
    home = server.home.pod(f"uid-{name}")
    home.work.mkdir(parents=True)
    record = ContainerRecord(("x",), {"PATH": "/usr/bin:/bin", "COLOUR": "red"}, str(home.work))
    home.container("app").write_text(record.print())
    server.write(Put(ObjectKey("", "Pod", "default", name), raw))
    return home.log("app")


def test_logs_show_the_end_and_follow_until_the_pod_is_gone(kubectl: Kubectl, server: Server) -> None:
    log = make_pod(server, "talker")
    log.write_text("one\ntwo\nthree\n")

    assert kubectl.run("logs", "talker") == "one\ntwo\nthree\n"
    assert kubectl.run("logs", "talker", "--tail=1") == "three\n"
    assert "container nope is not valid for pod talker" in kubectl.run("logs", "talker", "-c", "nope", code=1)
    following = kubectl.start("logs", "-f", "talker", "--tail=1")
    assert following.stdout is not None
    assert following.stdout.readline() == "three\n"
    with log.open("a") as file:
        file.write("four\n")
    assert following.stdout.readline() == "four\n"
    kubectl.run("delete", "pod", "talker", "--grace-period=0", "--force")
    assert following.communicate(timeout=20)[0] == ""
    assert following.returncode == 0


@pytest.mark.parametrize("flag", ["--since=1s", "--timestamps"])
def test_logs_by_time_are_whole_and_say_so(kubectl: Kubectl, server: Server, flag: str) -> None:
    make_pod(server, f"timeless{len(flag)}").write_text("one\n")

    said = kubectl.run("logs", f"timeless{len(flag)}", flag)

    assert "one\n" in said
    assert "no effect, lines are kept without their times" in said


def test_exec_runs_in_the_containers_place_and_hands_on_the_exit_code(kubectl: Kubectl, server: Server) -> None:
    make_pod(server, "worker")
    work = server.home.pod("uid-worker").work

    assert kubectl.run("exec", "worker", "-c", "app", "--", "sh", "-c", "echo $COLOUR; pwd") == f"red\n{work}\n"
    assert "to stderr" in kubectl.run("exec", "worker", "--", "sh", "-c", "echo to stderr >&2; exit 3", code=3)
    assert kubectl.run("exec", "-i", "worker", "--", "tr", "a-z", "A-Z", stdin="loud\n") == "LOUD\n"
    assert "executable file not found" in kubectl.run("exec", "worker", "--", "no-such-program", code=1)
    big = kubectl.run("exec", "worker", "--", sys.executable, "-c", "print('x' * 3_000_000)")
    assert len(big) == 3_000_001


def test_events_are_shown_by_what_happened_and_not_by_their_names(kubectl: Kubectl) -> None:
    event = """
apiVersion: v1
kind: Event
metadata: {name: web.17f, namespace: default}
involvedObject: {kind: Pod, name: web, namespace: default}
reason: Killing
message: Stopping container web
type: Normal
"""
    kubectl.run("create", "-f", "-", stdin=event)

    header, row = kubectl.run("get", "events", "--field-selector=reason=Killing").splitlines()

    assert header.split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert row.split()[1:4] == ["Normal", "Killing", "pod/web"]
    assert kubectl.run("get", "events", "-o", "wide", "--field-selector=reason=Killing").splitlines()[1].split()[-1] == "web.17f"
