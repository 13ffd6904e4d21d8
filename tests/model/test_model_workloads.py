"""Who a pod is, and when it is a proxy."""

from __future__ import annotations

import pytest

from airside.model.audience import audience_of
from airside.model.facts import GATEWAY_PODS, Aspect, Fact
from airside.model.labels import selector_of
from airside.model.names import Role
from airside.model.workload import Pods, identity_of, parse_app_ports, proxy_of, workload_name
from airside.resources.core import Pod
from airside.resources.keys import ObjectKey

KEY = ObjectKey("", "Pod", "shop", "web-5d4f-x")
INJECTED = {"sidecar.istio.io/status": "{}"}


def pod(
    *, ip: str = "127.9.0.1", status: dict[str, object] | None = None, ports: list[dict[str, object]] | None = None, **metadata: object
) -> Pod:
    raw = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": KEY.name, "namespace": KEY.namespace, "annotations": INJECTED, **metadata},
        "spec": {"containers": [{"name": "app", "ports": ports or []}]},
        "status": {"podIP": ip, **(status or {})},
    }
    return Pod.of(raw)


def owner(kind: str, name: str) -> list[dict[str, object]]:
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "u", "controller": True}]


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        pytest.param(
            {"ownerReferences": owner("ReplicaSet", "web-5d4f"), "labels": {"pod-template-hash": "5d4f"}}, "web", id="its Deployment"
        ),
        pytest.param({"ownerReferences": owner("ReplicaSet", "web-5d4f")}, "web-5d4f", id="a ReplicaSet of no Deployment"),
        pytest.param({"ownerReferences": owner("DaemonSet", "agent")}, "agent", id="another controller"),
        pytest.param({}, KEY.name, id="itself"),
    ],
)
def test_a_workload_is_named_after_what_keeps_it_running(metadata: dict[str, object], name: str) -> None:
    assert workload_name(pod(**metadata)) == name


@pytest.mark.parametrize(
    ("labels", "service", "revision"),
    [
        pytest.param({}, KEY.name, "latest", id="nothing said"),
        pytest.param({"app": "web", "version": "v2"}, "web", "v2", id="app and version"),
        pytest.param(
            {"app": "web", "app.kubernetes.io/name": "shop", "app.kubernetes.io/version": "2"}, "shop", "2", id="recommended labels"
        ),
        pytest.param(
            {"app": "web", "service.istio.io/canonical-name": "own", "service.istio.io/canonical-revision": "r"},
            "own",
            "r",
            id="Istio's own",
        ),
    ],
)
def test_canonical_names_follow_istios_order(labels: dict[str, str], service: str, revision: str) -> None:
    identity = identity_of(KEY, pod(labels=labels))

    assert (identity.canonical_service, identity.canonical_revision) == (service, revision)


@pytest.mark.parametrize(
    ("given", "role"),
    [
        pytest.param(pod(), Role.SIDECAR, id="injected"),
        pytest.param(pod(annotations={}), None, id="not injected"),
        pytest.param(pod(ip=""), None, id="no address yet"),
        pytest.param(pod(annotations={**INJECTED, "inject.istio.io/templates": "gateway"}), Role.GATEWAY, id="a gateway"),
        pytest.param(pod(status={"phase": "Succeeded"}), None, id="done"),
        pytest.param(pod(status={"phase": "Failed"}), None, id="failed"),
    ],
)
def test_which_pods_are_proxies(given: Pod, role: Role | None) -> None:
    proxy = proxy_of(KEY, given)

    assert (proxy.name.role if proxy is not None else None) is role


def test_a_target_port_is_a_number_or_a_containers_port_by_name() -> None:
    proxy = proxy_of(KEY, pod(ports=[{"name": "web", "containerPort": 8080}]))

    assert proxy is not None
    assert [proxy.target_port(target) for target in (9000, "web", "other")] == [9000, 8080, None]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '"x"', '{"a": 1}', '{"1": null}'])
def test_what_someone_else_wrote_in_the_annotation_is_nothing(text: str) -> None:
    assert parse_app_ports(text) == {}


def test_the_agents_annotation_maps_ports() -> None:
    assert parse_app_ports('{"8080": 20031, "9090": 20032}') == {8080: 20031, 9090: 20032}


def test_a_pods_status_is_no_news_and_its_address_is() -> None:
    pods, first = Pods().change([(KEY, pod(ip=""))])
    same, status = pods.change([(KEY, pod(ip="", status={"phase": "Pending"}))])
    there, address = same.change([(KEY, pod())])
    _, moved = there.change([(KEY, pod(ip="127.9.0.2"))])

    assert first == {Fact(Aspect.POD, "shop/web-5d4f-x")}
    assert status == set()
    assert {fact.aspect for fact in address} == {Aspect.PROXY}
    assert len(moved) == 2, "the old proxy and the new one"


def test_gateways_are_said_to_have_changed_only_when_one_has() -> None:
    gateway = pod(annotations={"inject.istio.io/templates": "gateway"})
    pods, came = Pods().change([(KEY, gateway)])
    _, went = pods.change([(KEY, None)])
    _, other = Pods().change([(KEY, pod())])

    assert GATEWAY_PODS in came and GATEWAY_PODS in went and GATEWAY_PODS not in other


def test_an_audience_is_role_namespace_and_the_selectors_that_hold() -> None:
    proxy = proxy_of(KEY, pod(labels={"app": "web", "version": "v1"}))
    assert proxy is not None
    holds, holds_not = selector_of({"app": "web"}), selector_of({"app": "web", "version": "v2"})

    audience = audience_of(proxy, {holds, holds_not, selector_of({})})

    assert audience.traits == {holds, selector_of({})}
    assert str(audience) == "sidecar/shop[app=web]"
