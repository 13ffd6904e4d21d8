"""The self-check finds what is missing and what is there twice."""

from __future__ import annotations

from dataclasses import replace

from translate_meshes import GATEWAY_SERVICE
from translate_reading import Served, gateway_pod

from airside.translate.check import dangling, duplicates, view_of
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource, Scope, Update


def snapshot() -> Update:
    return Served(gateway_pod("gw-1", "127.9.0.1"), GATEWAY_SERVICE).translator.snapshot()


def without(update: Update, type: str, scope: str, name: str) -> Update:
    tables = {key: {n: r for n, r in table.items() if (*key, n) != (type, scope, name)} for key, table in update.tables.items()}
    return replace(update, tables=tables)


def test_what_the_translator_makes_is_whole() -> None:
    assert dangling(snapshot()) == duplicates(snapshot()) == []


def test_a_missing_cluster_is_named_with_who_misses_it() -> None:
    found = dangling(without(snapshot(), CLUSTER, "sidecar/default", "outbound|8080||web.default.svc.cluster.local"))

    assert "http_proxy needs Cluster outbound|8080||web.default.svc.cluster.local, which is not there" in found[0]
    assert found[0].startswith("sidecar~")


def test_missing_endpoints_and_routes_are_found() -> None:
    name = "outbound|8080||web.default.svc.cluster.local"

    assert "needs ClusterLoadAssignment" in dangling(without(snapshot(), ENDPOINTS, "sidecar/default", name))[0]
    assert "needs RouteConfiguration http_proxy" in dangling(without(snapshot(), ROUTES, "sidecar/default", "http_proxy"))[0]


def test_two_listeners_on_one_address_are_found() -> None:
    update = snapshot()
    (scope,) = {scope for type, scope in update.tables if type == LISTENER and scope.startswith("sidecar~127.9.0.2")}
    table = dict(update.tables[LISTENER, scope])
    listener = table["127.9.0.2_15080"]
    assert listener is not None
    table["twin"] = replace(listener, name="twin")

    found = duplicates(replace(update, tables={**update.tables, (LISTENER, scope): table}))

    assert found == [f"{scope}: two listeners on 127.9.0.2:15080"]


def test_of_several_scopes_the_first_wins() -> None:
    first, second = Resource("a", "1", b"first"), Resource("a", "2", b"second")
    tables = {(CLUSTER, Scope("own")): {"a": first}, (CLUSTER, Scope("all")): {"a": second, "b": second}}
    update = Update(1, tables, {"me": (Scope("own"), Scope("all"))})  # type: ignore[dict-item]

    assert view_of(update, "me")[CLUSTER] == {"a": first, "b": second}  # type: ignore[arg-type]
