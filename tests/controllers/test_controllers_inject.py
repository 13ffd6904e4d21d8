"""Which pods get a sidecar, and what it looks like."""

from __future__ import annotations

import json

import pytest
from controllers_world import container, namespace

from airside.controllers.held import part
from airside.controllers.inject import inject, wants_sidecar
from airside.resources.parse import UnknownFields
from airside.resources.pod import Pod
from airside.validate.accept import Accepted, accept

Raw = dict[str, object]


def pod(labels: Raw | None = None, annotations: Raw | None = None, name: str = "istio", **spec: object) -> Raw:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "default", "labels": labels or {"app": "web"}, "annotations": annotations or {}},
        "spec": {"containers": [container()], **spec},
    }


ENABLED, DISABLED, SILENT = namespace(**{"istio-injection": "enabled"}), namespace(**{"istio-injection": "disabled"}), namespace()
NO, YES = {"sidecar.istio.io/inject": "false"}, {"sidecar.istio.io/inject": "true"}
RULES = [
    pytest.param(pod(), ENABLED, True, id="the namespace's label switches it on"),
    pytest.param(pod(), SILENT, False, id="without a label there is none"),
    pytest.param(pod(YES), SILENT, True, id="a pod may ask for it"),
    pytest.param(pod(NO), ENABLED, False, id="a pod may refuse it"),
    pytest.param(pod(annotations=NO), ENABLED, False, id="by the old annotation too"),
    pytest.param(pod(NO, YES), ENABLED, False, id="the label comes before the annotation"),
    pytest.param(pod(YES), DISABLED, False, id="where the namespace says never, never"),
    pytest.param(pod(hostNetwork=True), ENABLED, False, id="pods in the host's network have none"),
]


@pytest.mark.parametrize(("given", "room", "wanted"), RULES)
def test_istios_rules_say_who_gets_one(given: Raw, room: Raw, wanted: bool) -> None:
    assert wants_sidecar(given, room) is wanted
    assert ("istio-proxy" in names(inject(given, room))) is wanted


def names(given: Raw) -> list[str]:
    return [each.name for each in Pod.of(given).spec.containers]


def test_system_namespaces_never_get_one() -> None:
    system = {"metadata": {"name": "kube-system", "labels": {"istio-injection": "enabled"}}}

    assert not wants_sidecar(pod(), system)


def test_the_sidecar_comes_last_so_that_the_app_stays_the_default_container() -> None:
    injected = inject(pod(), ENABLED)

    assert names(injected) == ["web", "istio-proxy"]
    annotations = part(injected, "metadata", "annotations")
    assert annotations["kubectl.kubernetes.io/default-container"] == "web"
    assert json.loads(str(annotations["sidecar.istio.io/status"]))["containers"] == ["istio-proxy"]


def test_canonical_name_and_revision_are_written_as_labels() -> None:
    labels = part(inject(pod({"app": "web", "version": "v2"}), ENABLED), "metadata", "labels")

    assert labels["service.istio.io/canonical-name"] == "web"
    assert labels["service.istio.io/canonical-revision"] == "v2"


def test_injecting_twice_is_injecting_once() -> None:
    once = inject(pod(), ENABLED)

    assert inject(once, ENABLED) == once


def test_what_comes_out_is_an_acceptable_pod() -> None:
    accepted = accept(inject(pod(), ENABLED), UnknownFields.STRICT)

    assert isinstance(accepted, Accepted)


def test_a_gateway_pod_gets_its_image_filled_in_whatever_the_namespace_says() -> None:
    gateway = pod(annotations={"inject.istio.io/templates": "gateway"})
    gateway["spec"] = {"containers": [{"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 8080}]}]}

    injected = Pod.of(inject(gateway, DISABLED))

    assert [each.name for each in injected.spec.containers] == ["istio-proxy"]
    assert injected.spec.containers[0].image != "auto"
    assert injected.spec.containers[0].ports[0].container_port == 8080
    assert injected.spec.containers[0].args == ("proxy", "router")
