"""The table of kinds, how people name them, and that Istio's own schemas know no field that we do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from airside.resources.keys import ObjectKey
from airside.resources.kinds import KINDS, find_kind, find_resource, kind_by_word
from airside.resources.parse import Parsed, parse_object
from airside.resources.shape import known_fields

_CRDS = Path(__file__).parents[3] / "shared" / "istio" / "crd-all.gen.yaml"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("vs", "VirtualService"),
        ("virtualservices", "VirtualService"),
        ("VirtualService", "VirtualService"),
        ("virtualservice.networking.istio.io", "VirtualService"),
        ("virtualservices.v1beta1.networking.istio.io", "VirtualService"),
        ("dr", "DestinationRule"),
        ("gw", "Gateway"),
        ("po", "Pod"),
        ("pods.v1", "Pod"),
        ("pods.v1.", "Pod"),
        ("deploy", "Deployment"),
        ("deployments.apps", "Deployment"),
        ("deployments.v1.apps", "Deployment"),
        ("rs", "ReplicaSet"),
        ("svc", "Service"),
        ("ep", "Endpoints"),
        ("endpointslices", "EndpointSlice"),
        ("ns", "Namespace"),
        ("no", "Node"),
        ("ev", "Event"),
        ("cm", "ConfigMap"),
        ("sa", "ServiceAccount"),
        ("secrets", "Secret"),
    ],
)
def test_a_kind_is_found_by_the_words_of_kubectl(word: str, kind: str) -> None:
    found = kind_by_word(word)

    assert found is not None and found.kind == kind


@pytest.mark.parametrize("word", ["", "nope", "pods.apps", "deployments.v2.apps", "virtualservice.example.com", "vs.networking.istio.io.x"])
def test_other_words_name_nothing(word: str) -> None:
    assert kind_by_word(word) is None


def test_kinds_are_found_by_group_and_name() -> None:
    for kind in KINDS:
        assert find_kind(kind.group, kind.kind) is kind
        assert find_resource(kind.group, kind.plural) is kind
    assert find_kind("apps", "Pod") is None and find_resource("", "deployments") is None


def test_every_kind_prints_its_versions_and_resource() -> None:
    deployment = kind_by_word("deploy")
    pod = kind_by_word("po")
    assert deployment is not None and pod is not None

    assert (deployment.api_version, deployment.resource, deployment.title) == ("apps/v1", "deployments.apps", "deployment.apps")
    assert (pod.api_version, pod.resource, pod.title) == ("v1", "pods", "pod")


def test_the_key_of_an_object_is_its_name_without_a_version() -> None:
    parsed = parse_object({"apiVersion": "networking.istio.io/v1beta1", "kind": "Gateway", "metadata": {"name": "g", "namespace": "n"}})

    assert isinstance(parsed, Parsed)
    assert parsed.object.key == ObjectKey("networking.istio.io", "Gateway", "n", "g")


_LEGACY = {"consecutiveErrors", "percent", "mirrorPercent", "mirror_percent", "allowOrigin", "warmupDurationSecs"}


def _schemas() -> list[Any]:
    if not _CRDS.exists():
        return []
    crds = {crd["spec"]["names"]["kind"]: crd["spec"] for crd in yaml.load_all(_CRDS.read_text(), Loader=yaml.CSafeLoader)}
    kinds = [kind for kind in KINDS if kind.group == "networking.istio.io"]
    return [
        pytest.param(kind, crds[kind.kind], version, id=f"{kind.kind} {version['name']}")
        for kind in kinds
        for version in crds[kind.kind]["versions"]
    ]


@pytest.mark.skipif(not _CRDS.exists(), reason="Istio's schemas are not here")
@pytest.mark.parametrize(("kind", "crd", "version"), _schemas())
def test_every_field_of_istio_is_known_and_no_other(kind: Any, crd: dict[str, Any], version: dict[str, Any]) -> None:
    schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]

    assert _differences(kind.model, schema, ("spec",)) == []
    assert version["name"] in kind.versions
    assert (crd["names"]["plural"], crd["names"]["singular"]) == (kind.plural, kind.singular)
    assert tuple(crd["names"]["shortNames"]) == kind.short_names


def _differences(model: Any, schema: dict[str, Any], steps: tuple[str | int, ...]) -> list[str]:
    while schema.get("type") == "array" or isinstance(schema.get("additionalProperties"), dict):
        schema, steps = (
            (schema["items"], (*steps, 0)) if schema.get("type") == "array" else (schema["additionalProperties"], (*steps, "key"))
        )
    properties = schema.get("properties", {})
    theirs, ours = set(properties), set(known_fields(model, steps))
    lines = [f"{steps}: {name}" for name in (theirs ^ ours) - (_LEGACY - ours)] if properties else []
    return lines + [line for name in theirs & ours for line in _differences(model, properties[name], (*steps, name))]


# Text that is a duration too, since schemas do not tell the two apart.
SAMPLES = {"string": "2s", "number": 0.5, "boolean": True}


@pytest.mark.skipif(not _CRDS.exists(), reason="Istio's schemas are not here")
@pytest.mark.parametrize(("kind", "crd", "version"), _schemas())
def test_an_object_with_every_field_of_istio_parses(kind: Any, crd: dict[str, Any], version: dict[str, Any]) -> None:
    spec = _sample(version["schema"]["openAPIV3Schema"]["properties"]["spec"])

    parsed = parse_object({"apiVersion": f"{kind.group}/{version['name']}", "kind": kind.kind, "metadata": {"name": "a"}, "spec": spec})

    assert isinstance(parsed, Parsed), parsed


def _sample(schema: dict[str, Any]) -> Any:
    """A value that the schema allows, with all its fields."""
    if schema.get("type") == "array":
        return [_sample(schema["items"])]
    if "properties" in schema:
        return {name: _sample(inner) for name, inner in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        return {"key": _sample(schema["additionalProperties"])}
    if "enum" in schema:
        return schema["enum"][-1]
    return max(3, schema.get("minimum", 0)) if schema["type"] == "integer" else SAMPLES[schema["type"]]
