"""Services and the endpoints behind them."""

from __future__ import annotations

from controllers_world import NOW, World, births, container, hold

from airside.controllers.endpoints import Behind, reconcile_service
from airside.controllers.held import Held
from airside.resources.core import Endpoints, Service
from airside.resources.discovery import EndpointSlice
from airside.resources.pod import Pod
from airside.store.changes import Delete, Put

Raw = dict[str, object]


def service(**spec: object) -> Held[Service]:
    raw: Raw = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default", "uid": "s-1", "labels": {"app": "web"}},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http", "targetPort": 8080, "protocol": "TCP"}], **spec},
    }
    return hold(raw, Service)


def pod(name: str, ip: str, ready: bool = True, *, labels: Raw | None = None, phase: str = "Running", **metadata: object) -> Held[Pod]:
    raw: Raw = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": f"u-{name}", "labels": labels or {"app": "web"}, **metadata},
        "spec": {"containers": [container()]},
        "status": {"podIP": ip, "phase": phase, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }
    return hold(raw, Pod)


def slices(*pods: Held[Pod], of: Held[Service] | None = None) -> list[EndpointSlice]:
    outcome = reconcile_service(of or service(), pods, Behind(), births())
    return [EndpointSlice.of(change.raw) for change in outcome.changes if isinstance(change, Put) and change.key.kind == "EndpointSlice"]


def addresses(*pods: Held[Pod], of: Held[Service] | None = None) -> list[str]:
    return [address for each in slices(*pods, of=of) for endpoint in each.endpoints for address in endpoint.addresses]


def test_a_slice_names_its_service_and_its_pods() -> None:
    (found,) = slices(pod("b", "127.1.0.2"), pod("a", "127.1.0.1"))

    assert found.service == "web"
    assert [endpoint.addresses for endpoint in found.endpoints] == [("127.1.0.1",), ("127.1.0.2",)]
    assert [(port.name, port.port, port.protocol) for port in found.ports] == [("http", 8080, "TCP")]
    assert found.endpoints[0].target_ref is not None and found.endpoints[0].target_ref.name == "a"


def test_only_pods_with_the_labels_and_an_address_that_still_run_are_endpoints() -> None:
    others = [pod("x", "127.1.0.9", labels={"app": "other"}), pod("y", ""), pod("z", "127.1.0.8", phase="Succeeded")]

    assert addresses(pod("a", "127.1.0.1"), *others) == ["127.1.0.1"]


def test_unready_and_leaving_pods_are_listed_as_such() -> None:
    leaving = {"deletionTimestamp": "2026-01-01T12:00:30Z"}
    (found,) = slices(pod("a", "127.1.0.1", ready=False), pod("b", "127.1.0.2", **leaving))

    states = [(each.conditions.ready, each.conditions.serving, each.conditions.terminating) for each in found.endpoints]
    assert states == [(False, False, False), (False, True, True)]


def test_a_service_may_publish_the_unready() -> None:
    (found,) = slices(pod("a", "127.1.0.1", ready=False), of=service(publishNotReadyAddresses=True))

    assert found.endpoints[0].conditions.ready


def test_a_named_target_port_is_looked_up_in_each_pod() -> None:
    (found,) = slices(pod("a", "127.1.0.1"), of=service(ports=[{"port": 80, "name": "http", "targetPort": "http"}]))

    assert [port.port for port in found.ports] == [8080]


def test_a_service_without_selector_keeps_what_its_user_wrote() -> None:
    assert not reconcile_service(service(selector={}), [pod("a", "127.1.0.1")], Behind(), births()).changes


def test_planning_again_after_writing_gives_nothing() -> None:
    world, of, pods = World(), service(), [pod("a", "127.1.0.1")]
    world.write(reconcile_service(of, pods, Behind(), births()).changes)
    behind = Behind(world.all("discovery.k8s.io", "EndpointSlice", EndpointSlice), world.all("", "Endpoints", Endpoints)[0])

    assert not reconcile_service(of, pods, behind, births()).changes


def test_a_change_of_readiness_changes_the_slice_and_nothing_else() -> None:
    world, of = World(), service()
    world.write(reconcile_service(of, [pod("a", "127.1.0.1")], Behind(), births()).changes)
    behind = Behind(world.all("discovery.k8s.io", "EndpointSlice", EndpointSlice), world.all("", "Endpoints", Endpoints)[0])

    changes = reconcile_service(of, [pod("a", "127.1.0.1", ready=False)], behind, births()).changes

    assert [change.key for change in changes] == [behind.slices[0].key, behind.endpoints and behind.endpoints.key]


def test_a_slice_of_ports_that_no_pod_has_any_more_goes() -> None:
    world, of = World(), service()
    world.write(reconcile_service(of, [pod("a", "127.1.0.1")], Behind(), births()).changes)
    behind = Behind(world.all("discovery.k8s.io", "EndpointSlice", EndpointSlice), world.all("", "Endpoints", Endpoints)[0])
    moved = service(ports=[{"port": 80, "name": "http", "targetPort": 9090}])

    changes = reconcile_service(moved, [pod("a", "127.1.0.1")], behind, births(NOW)).changes

    assert any(isinstance(change, Delete) and change.key == behind.slices[0].key for change in changes)
