"""Kubernetes' own Python client against the API."""

from __future__ import annotations

from typing import Any

import pytest
from api_harness import Server

pytestmark = pytest.mark.integration

kubernetes: Any = pytest.importorskip("kubernetes")


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    client = kubernetes.config.new_client_from_config(str(server.home.kubeconfig))
    yield client
    client.close()


def test_core_objects_are_created_listed_watched_and_deleted(api: Any) -> None:
    core = kubernetes.client.CoreV1Api(api)
    body = {"metadata": {"name": "python", "labels": {"by": "python"}}, "data": {"a": "b"}}
    created = core.create_namespaced_config_map("default", body)

    assert [item.metadata.name for item in core.list_namespaced_config_map("default", label_selector="by=python").items] == ["python"]
    watch = kubernetes.watch.Watch()
    core.patch_namespaced_config_map("python", "default", {"data": {"c": "d"}})
    for event in watch.stream(core.list_namespaced_config_map, "default", resource_version=created.metadata.resource_version):
        assert (event["type"], event["object"].data) == ("MODIFIED", {"a": "b", "c": "d"})
        watch.stop()
    core.delete_namespaced_config_map("python", "default")
    assert core.list_namespaced_config_map("default", label_selector="by=python").items == []


def test_a_deployment_is_scaled(api: Any) -> None:
    apps = kubernetes.client.AppsV1Api(api)
    container = {"name": "c", "image": "i"}
    template = {"metadata": {"labels": {"app": "p"}}, "spec": {"containers": [container]}}
    apps.create_namespaced_deployment(
        "default", {"metadata": {"name": "p"}, "spec": {"selector": {"matchLabels": {"app": "p"}}, "template": template}}
    )

    scaled = apps.patch_namespaced_deployment_scale("p", "default", {"spec": {"replicas": 3}})

    assert scaled.spec.replicas == 3
    assert apps.read_namespaced_deployment("p", "default").spec.replicas == 3


def test_istio_objects_are_custom_objects(api: Any) -> None:
    custom = kubernetes.client.CustomObjectsApi(api)
    place = {"group": "networking.istio.io", "version": "v1beta1", "namespace": "default", "plural": "destinationrules"}
    body = {"apiVersion": "networking.istio.io/v1beta1", "kind": "DestinationRule", "metadata": {"name": "p"}, "spec": {"host": "h"}}
    custom.create_namespaced_custom_object(**place, body=body)

    assert custom.get_namespaced_custom_object(**place, name="p")["spec"] == {"host": "h"}
    assert [item["metadata"]["name"] for item in custom.list_namespaced_custom_object(**place)["items"]].count("p") == 1
