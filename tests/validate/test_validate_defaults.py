"""What a Kubernetes API server fills in, as clients read it back; and what stays as written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from airside.validate.accept import Accepted, Rejected, UnknownFields, accept
from airside.validate.catalogue import CATALOGUE

_RECORDINGS = Path(__file__).parents[3] / "shared" / "kube-recordings"
_KINDS = {"pods", "services", "deployments", "replicasets", "configmaps", "secrets", "endpoints", "namespaces", "serviceaccounts"}


def _accepted(raw: dict[str, Any], **options: Any) -> Accepted:
    verdict = accept(raw, **options)
    assert isinstance(verdict, Accepted), verdict
    return verdict


def test_a_service_gets_type_protocol_and_target_port() -> None:
    accepted = _accepted({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})

    assert accepted.raw["spec"] == {
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "type": "ClusterIP",
        "sessionAffinity": "None",
    }
    assert accepted.object.spec.ports[0].target_port == 80  # type: ignore[attr-defined]  # a Service


def test_an_object_without_namespace_is_one_of_default() -> None:
    accepted = _accepted({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})

    assert str(accepted.key) == "ConfigMap/default/c"
    assert accepted.raw["metadata"] == {"name": "c", "namespace": "default"}


def test_a_cluster_wide_object_stays_without_namespace() -> None:
    accepted = _accepted({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})

    assert str(accepted.key) == "Namespace//shop"
    assert accepted.raw["metadata"] == {"name": "shop", "labels": {"kubernetes.io/metadata.name": "shop"}}


def test_plain_text_of_a_secret_becomes_base64() -> None:
    raw = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}, "data": {"a": "Yw==", "d": "ZQ=="}}

    accepted = _accepted(raw)

    assert accepted.raw["data"] == {"a": "Yg==", "d": "ZQ=="}
    assert "stringData" not in accepted.raw


def test_an_istio_object_is_kept_as_it_was_written() -> None:
    spec = {"hosts": ["a"], "http": [{"fault": {"delay": {"percent": 50, "fixedDelay": "2s"}}, "route": [{"destination": {"host": "a"}}]}]}
    raw = {
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "VirtualService",
        "metadata": {"name": "a", "namespace": "n"},
        "spec": spec,
    }

    accepted = _accepted(raw)

    assert accepted.raw == raw | {"apiVersion": "networking.istio.io/v1"}


def test_accepting_again_changes_nothing() -> None:
    pod = {
        "containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": "1000m"}}, "livenessProbe": {"tcpSocket": {"port": 1}}}]
    }
    first = _accepted({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod})

    again = _accepted(copy.deepcopy(first.raw))

    assert again.raw == first.raw and again.object == first.object


def test_unknown_fields_are_dropped_with_a_warning_where_a_client_asks_for_that() -> None:
    raw = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "lables": {}},
        "spec": {"prots": [], "ports": [{"port": 80, "x": 1}]},
    }

    warned = _accepted(raw, unknown=UnknownFields.WARN)
    silent = _accepted(raw, unknown=UnknownFields.IGNORE)

    assert sorted(problem.field for problem in warned.warnings) == ["metadata.lables", "spec.ports[0].x", "spec.prots"]
    assert silent.warnings == ()
    assert warned.raw == silent.raw and "prots" not in json.dumps(warned.raw)


_NOT_OURS = {
    "default-pod-tolerations 1": "priority classes are not served",
    "default-pod-volumes 0": "iscsi volumes are kept opaque",
    "default-service-errors 1": "node ports are given by the API server",
    "default-service-errors 2": "addresses are given by the API server",
    "default-service-errors 4": "the address is masked",
    "err-invalid-endpoints 1": "endpoints on loopback addresses are ours",
    "err-invalid-pod 4": "types are judged before values, so not all come out at once",
    "err-invalid-pod-resources 4": "hugepages are not served",
    "err-invalid-secret-types 3": "the recorded server prints a format of its own by mistake",
    "err-invalid-secret-types 4": "the recorded server prints a format of its own by mistake",
    "err-invalid-service 5": "address ranges belong to the API server",
    "limitrange-defaults 1": "limit ranges are not served",
    "server-owned-metadata 0": "metadata of the server's own on creation belongs to the API server",
    "server-owned-metadata 4": "status on creation belongs to the API server",
    "status-other-kinds 0": "status on creation belongs to the API server",
    "status-other-kinds 2": "status on creation belongs to the API server",
}


def _recorded() -> list[Any]:
    """Creations recorded from a real API server, and its answers."""
    rows = []
    for path in sorted(_RECORDINGS.glob("*.json")):
        scenario = json.loads(path.read_text())
        for index, step in enumerate(scenario["steps"] if isinstance(scenario, dict) else ()):
            name = f"{path.stem} {index}"
            if name not in _NOT_OURS and _is_creation(step):
                rows.append(pytest.param(step["request"]["body"], step["response"], id=name))
    return rows


def _is_creation(step: dict[str, Any]) -> bool:
    """Judged by what the object says, and answered with the object."""
    request, response = step.get("request", {}), step.get("response", {})
    body = request.get("body")
    return (
        request.get("method") == "POST"
        and request["path"].split("/")[-1] in _KINDS
        and isinstance(body, dict)
        and response.get("status") in (201, 422)
        and response["body"]["kind"] in (body.get("kind"), "Status")
    )


@pytest.mark.skipif(not _RECORDINGS.exists(), reason="the recordings of a real API server are not here")
@pytest.mark.parametrize(("body", "response"), _recorded())
def test_a_creation_is_answered_as_by_a_real_server(body: dict[str, Any], response: dict[str, Any]) -> None:
    verdict = accept(json.loads(json.dumps(body).replace("<ns>", "ns")), UnknownFields.IGNORE)

    if response["status"] == 201:
        assert isinstance(verdict, Accepted), verdict
        assert _without_masks(verdict.raw, response["body"]) == []
    else:
        assert isinstance(verdict, Rejected)
        causes = {(CATALOGUE[problem.code].reason, problem.field) for problem in verdict.errors}
        assert causes == {(cause["reason"], cause["field"]) for cause in response["body"]["details"]["causes"]}


def _without_masks(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two answers differ, what the recording masks or the server gives by its own state left out."""
    if isinstance(theirs, str) and "<" in theirs or path in _OWN_STATE or path.endswith(".creationTimestamp"):
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = ours.keys() | theirs.keys()
        return [line for key in sorted(keys) for line in _without_masks(ours.get(key), theirs.get(key), f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            line
            for index, (one, other) in enumerate(zip(ours, theirs, strict=True))
            for line in _without_masks(one, other, f"{path}[{index}]")
        ]
    return [] if ours == theirs else [f"{path}: {ours!r} instead of {theirs!r}"]


_OWN_STATE = {".metadata.uid", ".metadata.resourceVersion", ".metadata.managedFields", ".metadata.generation", ".metadata.name"}
_OWN_STATE |= {".spec.clusterIP", ".spec.clusterIPs", ".metadata.labels", ".secrets"}


@pytest.mark.parametrize(
    ("spec", "priority"),
    [({}, 0), ({"priorityClassName": "system-node-critical"}, 2_000_001_000), ({"priorityClassName": "own", "priority": 7}, 7)],
    ids=["no class", "one that every Kubernetes has", "one of the user's"],
)
def test_a_pods_priority_is_that_of_its_class(spec: dict[str, object], priority: int) -> None:
    raw = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {**spec, "containers": [{"name": "a", "image": "b"}]}}

    spec_kept = _accepted(raw).raw["spec"]

    assert isinstance(spec_kept, dict)
    assert spec_kept["priority"] == priority
