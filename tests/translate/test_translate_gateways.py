"""What a gateway serves, where, and by which rules."""

from __future__ import annotations

import pytest
from translate_meshes import GATEWAY_SERVICE, gateway_pod, service
from translate_reading import Dump, Served, pick, virtual_service

from airside.translate.check import dangling, duplicates
from airside.xds.resource import LISTENER, ROUTES, Scope

EDGE = gateway_pod("gw-1", "127.9.0.1")
WEB = "web.default.svc.cluster.local"


def gateway(
    servers: str = "[{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]",
    name: str = "gw",
    selector: str = "{istio: ingressgateway}",
) -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: {name}, namespace: default}}
spec: {{selector: {selector}, servers: {servers}}}
"""


def server(hosts: str, name: str = "http", number: int = 80, more: str = "") -> str:
    return f"{{port: {{number: {number}, name: {name}, protocol: HTTP}}, hosts: {hosts}{more}}}"


def rule(http: str, hosts: str = "['*']", name: str = "edge", namespace: str = "default", more: str = ", gateways: [default/gw]") -> str:
    return virtual_service(http, hosts, name, namespace, more)


TO_WEB = "[{route: [{destination: {host: web}}]}]"


class Edge:
    """A mesh with a gateway pod and these objects."""

    def __init__(self, *texts: str) -> None:
        self.served = Served(EDGE, GATEWAY_SERVICE, *texts)

    def listeners(self, pod: str = "router~127.9.0.1") -> dict[str, Dump]:
        scopes = {scope for type, scope in self.served.update.tables if scope.startswith(pod) and type == LISTENER}
        return {name: dump for scope in scopes for name, dump in self.served.table(LISTENER, scope).items()}

    def hosts(self, table: str = "http.8080") -> dict[str, Dump]:
        scope = self.served.scope("router/")
        return {host["name"]: host for host in self.served.table(ROUTES, scope)[table]["virtual_hosts"]}


def test_a_gateway_listens_where_its_service_leads_and_on_the_node_port() -> None:
    listeners = Edge(gateway()).listeners()

    assert {name: pick(listener, "address.socket_address") for name, listener in listeners.items()} == {
        "127.9.0.1_8080": {"address": "127.9.0.1", "port_value": 8080},
        "127.0.0.1_31221": {"address": "127.0.0.1", "port_value": 31221},
    }
    assert {listener["enable_reuse_port"] for listener in listeners.values()} == {False}


def test_only_one_of_several_gateway_pods_has_the_node_port() -> None:
    edge = Edge(gateway(), gateway_pod("gw-2", "127.9.0.5"))

    assert list(edge.listeners()) == ["127.9.0.1_8080", "127.0.0.1_31221"]
    assert list(edge.listeners("router~127.9.0.5")) == ["127.9.0.5_8080"]


def test_without_a_gateway_nothing_is_listened_to() -> None:
    assert Edge().listeners() == {}


def test_a_gateway_for_other_pods_opens_nothing_here() -> None:
    assert Edge(gateway(selector="{istio: egressgateway}")).listeners() == {}


def test_servers_that_speak_something_else_open_nothing_yet() -> None:
    assert Edge(gateway("[{port: {number: 9000, name: tcp, protocol: TCP}, hosts: ['*']}]")).listeners() == {}


def test_a_port_that_no_service_has_is_taken_as_it_is() -> None:
    edge = Edge(gateway(f"[{server('[a.com]', number=9000)}]"))

    assert list(edge.listeners()) == ["127.9.0.1_9000"]


def test_the_gateways_own_labels_never_reach_outside_callers_believed() -> None:
    manager = pick(Edge(gateway()).listeners()["127.0.0.1_31221"], "filter_chains[0].filters[0].typed_config")

    assert manager["use_remote_address"] is True
    assert manager["forward_client_cert_details"] == "SANITIZE_SET"
    assert manager["server_name"] == "istio-envoy"
    assert manager["http_filters"][0]["name"] == "airside.peer.announcement"


def test_a_server_that_no_rule_is_bound_to_answers_404() -> None:
    assert Edge(gateway()).hosts() == {"blackhole:8080": {"name": "blackhole:8080", "domains": ["*"]}}


def test_a_rule_bound_to_the_gateway_is_served() -> None:
    host = Edge(gateway(), rule(TO_WEB)).hosts()["*:80"]

    assert host["domains"] == ["*"]
    assert host["routes"][0]["route"]["cluster"] == f"outbound|8080||{WEB}"
    assert host["include_request_attempt_count"] is True


@pytest.mark.parametrize(
    ("served", "wanted", "domains"),
    [
        pytest.param("['*']", "[a.foo.com]", {"a.foo.com"}, id="the rule is narrower"),
        pytest.param("['*.foo.com']", "[a.foo.com]", {"a.foo.com"}, id="the rule is under the server's wildcard"),
        pytest.param("[a.foo.com]", "['*.foo.com']", {"a.foo.com"}, id="the server is narrower"),
        pytest.param("[a.foo.com]", "['*']", {"a.foo.com"}, id="the rule takes any"),
        pytest.param("[a.foo.com]", "[b.foo.com]", set(), id="they do not meet"),
        pytest.param("[a.foo.com, b.bar.com]", "['*']", {"a.foo.com", "b.bar.com"}, id="every host of the server"),
        pytest.param("['*.foo.com']", "[a.foo.com, b.foo.com]", {"a.foo.com", "b.foo.com"}, id="every host of the rule"),
        pytest.param("[default/a.foo.com]", "[a.foo.com]", {"a.foo.com"}, id="rules of the named namespace"),
        pytest.param("[other/a.foo.com]", "[a.foo.com]", set(), id="rules of another namespace"),
        pytest.param("[./a.foo.com]", "[a.foo.com]", {"a.foo.com"}, id="rules of the gateway's own namespace"),
        pytest.param("['*/a.foo.com']", "[a.foo.com]", {"a.foo.com"}, id="rules of any namespace"),
    ],
)
def test_the_narrower_of_server_and_rule_is_the_domain(served: str, wanted: str, domains: set[str]) -> None:
    hosts = Edge(gateway(f"[{server(served)}]"), rule(TO_WEB, wanted)).hosts()

    assert {domain for name, host in hosts.items() if not name.startswith("blackhole") for domain in host["domains"]} == domains


def test_a_rule_that_has_nothing_for_the_port_leaves_its_host_to_a_wider_one() -> None:
    elsewhere = rule("[{match: [{port: 9}], route: [{destination: {host: web}}]}]", "[a.com]", name="elsewhere")

    assert list(Edge(gateway(), rule(TO_WEB), elsewhere).hosts()) == ["*:80"]


def test_a_host_redirects_to_https_if_any_of_its_servers_does() -> None:
    servers = f"[{server('[a.com]')}, {server('[a.com]', name='again', more=', tls: {httpsRedirect: true}')}]"

    assert Edge(gateway(servers), rule(TO_WEB)).hosts()["a.com:80"]["require_tls"] == "ALL"


def test_a_gateway_speaks_http_1_to_ports_that_do_not_say_what_they_speak() -> None:
    edge = Edge(gateway(), service("plain", ports=[{"port": 8080, "name": "any"}]))
    scope = edge.served.scope("router/")

    assert "typed_extension_protocol_options" not in edge.served.cluster(host="plain.default.svc.cluster.local", scope=scope)
    assert "typed_extension_protocol_options" in edge.served.cluster(host="plain.default.svc.cluster.local")


def test_rules_of_one_host_are_joined_and_catch_alls_go_last() -> None:
    first = rule("[{name: special, match: [{uri: {prefix: /a}}], redirect: {uri: /}}, {name: all, redirect: {uri: /}}]", name="a")
    second = rule("[{name: later, match: [{uri: {prefix: /b}}], redirect: {uri: /}}]", name="b")

    routes = Edge(gateway(), first, second).hosts()["*:80"]["routes"]

    assert [route["name"] for route in routes] == ["special", "later", "all"]


def test_a_rule_not_exported_to_the_gateways_namespace_is_not_served() -> None:
    assert list(Edge(gateway(), rule(TO_WEB, more=", gateways: [gw], exportTo: ['.']")).hosts()) == ["blackhole:8080"]


def test_a_match_for_the_gateway_counts_and_one_for_the_mesh_does_not() -> None:
    http = "[{name: here, match: [{gateways: [gw]}], redirect: {uri: /}}, {name: there, match: [{gateways: [mesh]}], redirect: {uri: /}}]"
    routes = Edge(gateway(), rule(http, more=", gateways: [gw, mesh]")).hosts()["*:80"]["routes"]

    assert [route["name"] for route in routes] == ["here"]


def test_ports_in_matches_are_the_servers() -> None:
    http = "[{name: eighty, match: [{port: 80}], redirect: {uri: /}}, {name: other, match: [{port: 8080}], redirect: {uri: /}}]"

    assert [route["name"] for route in Edge(gateway(), rule(http)).hosts()["*:80"]["routes"]] == ["eighty"]


def test_a_server_that_redirects_to_https_does_so_for_all_its_hosts() -> None:
    hosts = Edge(gateway(f"[{server('[a.com, b.com]', more=', tls: {httpsRedirect: true}')}]"), rule(TO_WEB, "[a.com]")).hosts()

    assert {name: host.get("require_tls") for name, host in hosts.items()} == {"a.com:80": "ALL", "b.com:80": "ALL"}


def test_gateways_on_one_port_share_a_table() -> None:
    edge = Edge(
        gateway(f"[{server('[a.com]')}]"),
        gateway(f"[{server('[b.com]')}]", name="second"),
        rule(TO_WEB, "[a.com]"),
        rule(TO_WEB, "[b.com]", name="b", more=", gateways: [second]"),
    )

    assert sorted(edge.hosts()) == ["a.com:80", "b.com:80"]
    assert duplicates(edge.served.translator.snapshot()) == dangling(edge.served.translator.snapshot()) == []


def test_a_tables_origins_are_its_gateways_and_rules() -> None:
    edge = Edge(gateway(), rule(TO_WEB))
    resource = edge.served.update.tables[ROUTES, Scope(edge.served.scope("router/"))]["http.8080"]

    assert resource is not None
    assert resource.origins == ("Gateway.networking.istio.io/default/gw", "VirtualService.networking.istio.io/default/edge")


def test_a_target_port_may_be_the_name_of_a_container_port() -> None:
    named = GATEWAY_SERVICE.replace("targetPort: 8080", "targetPort: web")

    assert "127.9.0.1_8080" in Edge(gateway(), named).listeners()
