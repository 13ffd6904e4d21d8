"""What a Service says about its ports, and who it selects."""

from __future__ import annotations

import pytest

from airside.model.facts import Aspect, Fact
from airside.model.service import Protocol, Resolution, Services, protocol_of, service_of
from airside.resources.core import Service, ServicePort
from airside.resources.keys import ObjectKey


def key(name: str, namespace: str = "default") -> ObjectKey:
    return ObjectKey("", "Service", namespace, name)


def service(**spec: object) -> Service:
    return Service.of({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        pytest.param({"name": "http"}, Protocol.HTTP, id="by name"),
        pytest.param({"name": "HTTP-web"}, Protocol.HTTP, id="by name up to the dash, any case"),
        pytest.param({"name": "grpc-web-x"}, Protocol.GRPC_WEB, id="grpc-web before grpc"),
        pytest.param({"name": "grpc-api"}, Protocol.GRPC, id="grpc"),
        pytest.param({"name": "http", "appProtocol": "grpc"}, Protocol.GRPC, id="appProtocol before the name"),
        pytest.param({"appProtocol": "kubernetes.io/h2c"}, Protocol.HTTP2, id="Kubernetes' own words"),
        pytest.param({"name": "http", "protocol": "UDP"}, Protocol.UDP, id="UDP is UDP whatever its name"),
        pytest.param({"name": "web"}, Protocol.AUTO, id="a name that says nothing"),
        pytest.param({}, Protocol.AUTO, id="no name"),
        pytest.param({"port": 3306}, Protocol.TCP, id="servers that speak first are TCP"),
        pytest.param({"name": "tcp-db"}, Protocol.TCP, id="tcp"),
    ],
)
def test_a_ports_protocol_is_found_as_istio_finds_it(port: dict[str, object], protocol: Protocol) -> None:
    assert protocol_of(ServicePort.model_validate({"port": 8080, **port})) is protocol


def test_udp_ports_never_enter_the_mesh() -> None:
    found = service_of(key("web"), service(ports=[{"port": 53, "protocol": "UDP"}, {"port": 80, "name": "http"}]))

    assert [port.number for port in found.ports] == [80]


@pytest.mark.parametrize(
    ("spec", "resolution"),
    [
        ({"clusterIP": "10.96.0.7"}, Resolution.ENDPOINTS),
        ({"clusterIP": "None"}, Resolution.HEADLESS),
        ({"type": "ExternalName", "externalName": "Example.com"}, Resolution.ALIAS),
    ],
)
def test_resolution_follows_the_kind_of_service(spec: dict[str, object], resolution: Resolution) -> None:
    found = service_of(key("web"), service(**spec))

    assert found.resolution is resolution
    assert "None" not in found.addresses


def test_a_workload_finds_the_services_that_select_it() -> None:
    everything: dict[str, object] = {"ports": [{"port": 80}]}
    changes = [
        (key("a"), service(selector={"app": "web"}, **everything)),
        (key("b"), service(selector={"app": "web", "version": "v2"}, **everything)),
        (key("c"), service(**everything)),
        (key("d", "other"), service(selector={"app": "web"}, **everything)),
    ]
    services, _ = Services().change(changes)

    assert [found.name for found in services.selecting("default", {"app": "web", "version": "v1"})] == ["a"]
    assert [found.name for found in services.selecting("default", {"app": "web", "version": "v2"})] == ["a", "b"]
    assert services.selecting("default", {}) == []


def test_the_same_service_again_changes_nothing() -> None:
    services, first = Services().change([(key("a"), service(selector={"app": "web"}))])
    _, again = services.change([(key("a"), service(selector={"app": "web"}))])

    assert Fact(Aspect.SERVICE, "a.default.svc.cluster.local") in first
    assert again == set()


def test_a_service_that_selects_others_now_touches_those_it_left_too() -> None:
    services, _ = Services().change([(key("a"), service(selector={"app": "web"}))])
    _, facts = services.change([(key("a"), service(selector={"app": "shop"}))])

    assert {fact.name for fact in facts if fact.aspect is Aspect.SELECTED} == {"default/app=web", "default/app=shop"}
