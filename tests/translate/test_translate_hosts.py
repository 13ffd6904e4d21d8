"""Under which names a caller reaches a service, and which rule a host follows."""

from __future__ import annotations

import pytest
from translate_meshes import pod, service
from translate_reading import SIDECAR, Served, destination_rule, virtual_service

from airside.translate.check import dangling, duplicates
from airside.translate.profile import ISTIO_1_4
from airside.xds.resource import CLUSTER, ROUTES

WEB = "web.default.svc.cluster.local"
NEIGHBOUR = pod("back-1", "127.9.0.9", app="back", namespace="other")


def test_callers_of_the_namespace_may_use_every_short_form() -> None:
    assert Served().host(f"{WEB}:8080")["domains"] == [
        f"{WEB}:8080",
        f"{WEB}.:8080",
        "web:8080",
        "web.default:8080",
        "web.default.svc:8080",
    ]


def test_callers_of_another_namespace_may_not_use_the_bare_name() -> None:
    domains = Served(NEIGHBOUR).host(f"{WEB}:8080", "sidecar/other")["domains"]

    assert "web:8080" not in domains
    assert {"web.default:8080", "web.default.svc:8080", f"{WEB}:8080"} <= set(domains)


def test_on_port_80_the_port_may_be_left_out() -> None:
    domains = Served(service("shop", port=80)).host("shop.default.svc.cluster.local:80")["domains"]

    assert {"shop", "shop:80", "shop.default", "shop.default:80"} <= set(domains)


def test_the_services_address_is_a_name_too() -> None:
    domains = Served(service("shop", clusterIP="10.96.0.7")).host("shop.default.svc.cluster.local:8080")["domains"]

    assert "10.96.0.7:8080" in domains


def test_pods_of_a_headless_service_are_names_too() -> None:
    domains = Served(service("db", clusterIP="None")).host("db.default.svc.cluster.local:8080")["domains"]

    assert "*.db:8080" in domains
    assert "None:8080" not in domains


def test_hosts_of_ports_that_do_not_speak_http_are_not_there() -> None:
    table = Served(service("db", ports=[{"port": 5432, "name": "tcp"}])).table(ROUTES)["http_proxy"]

    assert not [host["name"] for host in table["virtual_hosts"] if host["name"].startswith("db.")]


def test_what_nobody_knows_goes_out_last_of_all() -> None:
    host = Served().table(ROUTES)["http_proxy"]["virtual_hosts"][-1]

    assert (host["name"], host["domains"]) == ("allow_any", ["*"])
    assert host["routes"][0]["match"] == {"connect_matcher": {}}
    assert {route["route"]["cluster"] for route in host["routes"]} == {"PassthroughCluster"}
    assert host["request_headers_to_remove"] == ["x-airside-peer"], "who calls is nobody's business out there"


def test_calls_to_unknown_hosts_are_as_little_limited_as_others() -> None:
    cluster = Served().table(CLUSTER, "mesh")["PassthroughCluster"]

    assert cluster["circuit_breakers"] == Served().cluster()["circuit_breakers"]


def test_under_istio_1_4_what_nobody_knows_goes_nowhere() -> None:
    host = Served(profile=ISTIO_1_4).table(ROUTES)["http_proxy"]["virtual_hosts"][-1]

    assert (host["name"], host["routes"][0]["direct_response"]) == ("block_all", {"status": 502})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([virtual_service("[{name: a, redirect: {uri: /}}]")], "a", id="a rule for the service"),
        pytest.param(
            [virtual_service("[{name: a, redirect: {uri: /}}]", name="a"), virtual_service("[{name: b, redirect: {uri: /}}]", name="b")],
            "a",
            id="of two the older, whole",
        ),
        pytest.param(
            [
                virtual_service("[{name: wide, redirect: {uri: /}}]", "['*.default.svc.cluster.local']", "a"),
                virtual_service("[{name: exact, redirect: {uri: /}}]", name="b"),
            ],
            "exact",
            id="exact hosts before wildcards, however old",
        ),
        pytest.param([virtual_service("[{name: wide, redirect: {uri: /}}]", "['*.svc.cluster.local']")], "wide", id="a wildcard for it"),
        pytest.param(
            [
                virtual_service("[{name: wider, redirect: {uri: /}}]", "['*.cluster.local']", "a"),
                virtual_service("[{name: wide, redirect: {uri: /}}]", "['*.default.svc.cluster.local']", "b"),
            ],
            "wide",
            id="longer wildcards before shorter",
        ),
        pytest.param(
            [
                virtual_service("[{name: public, redirect: {uri: /}}]", name="a"),
                virtual_service("[{name: private, redirect: {uri: /}}]", name="b", more=", exportTo: ['.']"),
            ],
            "private",
            id="the callers' own private rule before older public ones",
        ),
        pytest.param(
            [virtual_service("[{name: hidden, redirect: {uri: /}}]", f"[{WEB}]", namespace="other", more=", exportTo: ['.']")],
            "default",
            id="another namespace's private rule is not seen",
        ),
        pytest.param([virtual_service("[{name: edge, redirect: {uri: /}}]", more=", gateways: [gw]")], "default", id="a gateway's rule"),
        pytest.param(
            [virtual_service("[{name: both, redirect: {uri: /}}]", more=", gateways: [gw, mesh]")], "both", id="a rule of gateway and mesh"
        ),
        pytest.param(
            [
                virtual_service("[{name: never, match: [{port: 1}], redirect: {uri: /}}]", name="a"),
                virtual_service("[{name: next, redirect: {uri: /}}]", name="b"),
            ],
            "next",
            id="a rule with nothing for this caller leaves room for the next",
        ),
    ],
)
def test_which_rule_a_host_follows(rules: list[str], expected: str) -> None:
    assert Served(*rules).routes()[0]["name"] == expected


def test_a_host_without_a_service_is_there_for_port_80() -> None:
    served = Served(virtual_service("[{route: [{destination: {host: web}}]}]", "[api.example.com]"))
    host = served.host("api.example.com:80")

    assert host["domains"] == ["api.example.com", "api.example.com:80"]
    assert host["routes"][0]["route"]["cluster"] == f"outbound|8080||{WEB}", "the service's only port"


def test_a_host_without_a_service_is_there_on_the_ports_of_the_services_beside_it() -> None:
    served = Served(virtual_service("[{route: [{destination: {host: web}}]}]", "[web, api.example.com]"))
    names = [host["name"] for host in served.table(ROUTES)["http_proxy"]["virtual_hosts"] if host["name"].startswith("api.")]

    assert names == ["api.example.com:8080"]
    assert served.host("api.example.com:8080")["domains"] == ["api.example.com:8080"]


def test_a_rule_that_takes_all_hosts_leaves_no_room_for_unknown_ones() -> None:
    served = Served(virtual_service("[{redirect: {uri: /}}]", "['*']"))

    assert duplicates(served.translator.snapshot()) == []


def test_a_name_that_two_claim_is_the_one_whose_full_name_it_is() -> None:
    served = Served(service("shop", port=80), virtual_service("[{redirect: {uri: /}}]", "[shop.default]"))

    assert "shop.default" in served.host("shop.default:80")["domains"]
    assert "shop.default" not in served.host("shop.default.svc.cluster.local:80")["domains"]
    assert duplicates(served.translator.snapshot()) == []


@pytest.mark.parametrize("name", ["grpc", "http", "http2", ""], ids=["gRPC", "HTTP/1.1", "HTTP/2", "unnamed"])
def test_a_host_takes_tunnels_for_clients_that_use_a_proxy_that_way(name: str) -> None:
    served = Served(service("api", ports=[{"port": 8080} | ({"name": name} if name else {})]))

    tunnel, call = served.host("api.default.svc.cluster.local:8080")["routes"]

    assert (tunnel["match"], tunnel["route"]["cluster"]) == ({"connect_matcher": {}}, "http_proxy")
    assert call["route"]["cluster"] == "outbound|8080||api.default.svc.cluster.local"


def test_a_route_table_waits_for_the_clusters_it_names() -> None:
    served = Served(destination_rule("subsets: [{name: v1}]"), virtual_service("[{route: [{destination: {host: web, subset: v1}}]}]"))
    table = served.update.tables[ROUTES, SIDECAR]["http_proxy"]

    assert table is not None
    assert {name for _, name in table.needs} == {f"outbound|8080|v1|{WEB}", "outbound|8080||other.default.svc.cluster.local"}
    assert dangling(served.translator.snapshot()) == []


LEAF = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: leaf, namespace: other}
spec: {http: [{name: leaf, match: [{uri: {prefix: /shop/a}}], route: [{destination: {host: web}}]}, {name: rest, redirect: {uri: /}}]}
"""
DELEGATING = "{name: root, match: [{uri: {prefix: /shop}}], delegate: {name: leaf, namespace: other}, timeout: 3s}"
ROOT = f"[{DELEGATING}, {{name: own, redirect: {{uri: /}}}}]"


def test_a_delegates_routes_take_the_place_of_the_roots() -> None:
    routes = Served(virtual_service(ROOT), LEAF).routes()

    assert [(route["name"], route["match"]) for route in routes] == [
        ("root-leaf", {"prefix": "/shop/a"}),
        ("root-rest", {"prefix": "/shop"}),
        ("own", {"prefix": "/"}),
    ]
    assert routes[0]["route"]["timeout"] == "3s", "the root's word where the delegate has none"
    assert routes[0]["route"]["cluster"] == "outbound|8080||web.other.svc.cluster.local", "short names are the delegate's namespace's"


def test_a_delegate_that_is_not_there_leaves_a_gap() -> None:
    assert [route["name"] for route in Served(virtual_service(ROOT)).routes()] == ["own"]


def test_a_delegate_that_may_not_be_seen_leaves_a_gap() -> None:
    hidden = LEAF.replace("spec: {", "spec: {exportTo: ['.'], ")

    assert [route["name"] for route in Served(virtual_service(ROOT), hidden).routes()] == ["own"]


def test_a_delegate_does_not_delegate() -> None:
    further = LEAF.replace("{name: rest, redirect: {uri: /}}", "{name: further, delegate: {name: other}}")

    assert [route["name"] for route in Served(virtual_service(ROOT), further).routes()] == ["root-leaf", "own"]


@pytest.mark.parametrize(
    ("root", "leaf", "merged"),
    [
        pytest.param("uri: {exact: /a}", "uri: {exact: /a}", {"path": "/a"}, id="the same exact path"),
        pytest.param("uri: {exact: /a}", "uri: {exact: /b}", None, id="another exact path"),
        pytest.param("uri: {prefix: /a}", "uri: {exact: /a/b}", {"path": "/a/b"}, id="an exact path under the prefix"),
        pytest.param("uri: {prefix: /a}", "uri: {prefix: /b}", None, id="a prefix outside the prefix"),
        pytest.param("uri: {prefix: /a}", "uri: {regex: '/a/.*'}", None, id="a regex cannot be compared"),
        pytest.param("uri: {prefix: /a}", "port: 8080", {"prefix": "/a"}, id="what the delegate leaves open is the root's"),
        pytest.param("port: 1", "port: 8080", None, id="other ports"),
        pytest.param("uri: {}", "uri: {prefix: /b}", {"prefix": "/b"}, id="a root that matches any path"),
        pytest.param("headers: {a: {exact: x}}", "headers: {a: {exact: y}}", None, id="another value of a header"),
        pytest.param("ignoreUriCase: true", "port: 8080", None, id="case must be agreed on"),
    ],
)
def test_a_delegates_match_must_lie_within_the_roots(root: str, leaf: str, merged: object) -> None:
    rule = virtual_service(f"[{{match: [{{{root}}}], delegate: {{name: leaf}}}}]")
    delegate = f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: leaf, namespace: default}}
spec: {{http: [{{name: leaf, match: [{{{leaf}}}], route: [{{destination: {{host: other}}}}]}}]}}
"""
    route = Served(rule, delegate).routes()[0]

    assert (route["match"] if route["name"] == "leaf" else None) == merged
