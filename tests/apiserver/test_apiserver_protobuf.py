"""Objects in Kubernetes' protobuf: what kubectl's own `create` commands send, and what is refused rather than half understood."""

from __future__ import annotations

import json

import pytest
from conftest import Kubectl

from airside.apiserver.protobuf import parse_protobuf
from airside.apiserver.status import ApiError

NAMESPACE = b'k8s\x00\x0a\x0f\x0a\x02v1\x12\x09Namespace\x12\x0c\x0a\x06\x0a\x04shop\x12\x00\x1a\x00\x1a\x00"\x00'


def test_an_object_is_read_without_what_is_not_set() -> None:
    assert parse_protobuf(NAMESPACE) == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"{}", 400, "does not start as"),
        (NAMESPACE[:9], 400, "cut off"),
        (NAMESPACE[:30], 400, "cut off"),
        (b"k8s\x00" + b"\xff" * 12, 400, "cut off"),
        (NAMESPACE.replace(b"shop", b"sho\xff"), 400, "cut off"),
        (NAMESPACE.replace(b"Namespace", b"Nemespace"), 415, "v1 Nemespace is not read"),
        (NAMESPACE.replace(b"\x0a\x04shop", b"\x22\x04shop"), 415, "Namespace.metadata, field 4 is not read"),
    ],
)
def test_what_is_broken_or_says_more_is_refused(body: bytes, code: int, said: str) -> None:
    with pytest.raises(ApiError, match=said) as refused:
        parse_protobuf(body)

    assert refused.value.code == code


def test_kubectl_creates_by_its_short_commands(kubectl: Kubectl) -> None:
    kubectl.run("create", "namespace", "shop")
    kubectl.run("create", "serviceaccount", "seller", "-n", "shop")
    kubectl.run("create", "configmap", "prices", "-n", "shop", "--from-literal=tea=3")
    kubectl.run("create", "secret", "generic", "key", "-n", "shop", "--from-literal=door=open")
    kubectl.run("create", "service", "clusterip", "till", "-n", "shop", "--tcp=80:http")

    assert kubectl.run("get", "configmap", "prices", "-n", "shop", "-o", "jsonpath={.data.tea}") == "3"
    assert kubectl.run("get", "secret", "key", "-n", "shop", "-o", "jsonpath={.data.door} {.type}") == "b3Blbg== Opaque"
    assert (
        kubectl.run("get", "service", "till", "-n", "shop", "-o", "jsonpath={.spec.ports[0].targetPort} {.spec.type}") == "http ClusterIP"
    )


def test_kubectl_creates_a_deployment_by_its_short_command(kubectl: Kubectl) -> None:
    kubectl.run("create", "deployment", "made", "--image=nginx", "--replicas=2", "--port=80", "--", "serve", "--all")

    spec = json.loads(kubectl.run("get", "deployment", "made", "-o", "json"))["spec"]

    container = spec["template"]["spec"]["containers"][0]
    assert (spec["replicas"], spec["selector"], spec["strategy"]["type"]) == (2, {"matchLabels": {"app": "made"}}, "RollingUpdate")
    assert (container["name"], container["command"], container["ports"]) == (
        "nginx",
        ["serve", "--all"],
        [{"containerPort": 80, "protocol": "TCP"}],
    )
