"""Each field of a VirtualService's http route, and what Envoy is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from translate_meshes import pod
from translate_reading import Served, destination_rule, pick, virtual_service

from airside.translate.profile import ISTIO_1_4

WEB = "web.default.svc.cluster.local"
TO_WEB = "route: [{destination: {host: web}}]"


def first_route(fragment: str, *texts: str) -> dict[str, Any]:
    """The first route of a rule whose only route is this."""
    return Served(virtual_service(f"[{{{fragment}}}]"), *texts).routes()[0]


@pytest.mark.parametrize(
    ("match", "path", "expected"),
    [
        pytest.param("{uri: {exact: /a}}", "match", {"path": "/a"}, id="uri exact"),
        pytest.param("{uri: {prefix: /a}}", "match", {"prefix": "/a"}, id="uri prefix is plain text, not path segments"),
        pytest.param("{uri: {regex: '/a/[0-9]+'}}", "match", {"safe_regex": {"regex": "/a/[0-9]+"}}, id="uri regex"),
        pytest.param("{uri: {prefix: /a}, ignoreUriCase: true}", "match.case_sensitive", False, id="ignoreUriCase"),
        pytest.param("{uri: {}}", "match", {"prefix": "/"}, id="an empty uri is any"),
        pytest.param("{method: {exact: GET}}", "match.headers", [{"name": ":method", "string_match": {"exact": "GET"}}], id="method"),
        pytest.param("{scheme: {exact: https}}", "match.headers", [{"name": ":scheme", "string_match": {"exact": "https"}}], id="scheme"),
        pytest.param(
            "{authority: {prefix: a.}}", "match.headers", [{"name": ":authority", "string_match": {"prefix": "a."}}], id="authority"
        ),
        pytest.param(
            "{headers: {b: {exact: x}, a: {regex: 'y.*'}}}",
            "match.headers",
            [{"name": "a", "string_match": {"safe_regex": {"regex": "y.*"}}}, {"name": "b", "string_match": {"exact": "x"}}],
            id="headers by name",
        ),
        pytest.param("{headers: {a: {}}}", "match.headers", [{"name": "a", "present_match": True}], id="an empty header match is presence"),
        pytest.param("{headers: {a: {regex: '*'}}}", "match.headers", [{"name": "a", "present_match": True}], id="so is the regex *"),
        pytest.param(
            "{withoutHeaders: {a: {exact: x}}}",
            "match.headers",
            [{"name": "a", "string_match": {"exact": "x"}, "invert_match": True, "treat_missing_header_as_empty": True}],
            id="withoutHeaders holds for requests that lack it",
        ),
        pytest.param(
            "{withoutHeaders: {a: {}}}", "match.headers", [{"name": "a", "present_match": True, "invert_match": True}], id="without at all"
        ),
        pytest.param(
            "{queryParams: {q: {prefix: x}}}",
            "match.query_parameters",
            [{"name": "q", "string_match": {"prefix": "x"}}],
            id="query parameter",
        ),
        pytest.param("{queryParams: {q: {}}}", "match.query_parameters", [{"name": "q", "present_match": True}], id="query presence"),
        pytest.param("{uri: {prefix: /a}, statPrefix: mine}", "stat_prefix", "mine", id="statPrefix"),
    ],
)
def test_a_match_becomes(match: str, path: str, expected: object) -> None:
    assert pick(first_route(f"match: [{match}], {TO_WEB}"), path) == expected


V1_V2 = destination_rule("subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]")


def cluster(subset: str = "", host: str = WEB, port: int = 8080) -> str:
    return f"outbound|{port}|{subset}|{host}"


@pytest.mark.parametrize(
    ("fragment", "path", "expected"),
    [
        pytest.param(TO_WEB, "match", {"prefix": "/"}, id="no match is every request"),
        pytest.param(TO_WEB, "route.cluster", cluster(), id="one destination"),
        pytest.param(
            "route: [{destination: {host: web}, weight: 0}]", "route.cluster", cluster(), id="one destination whatever its weight"
        ),
        pytest.param("route: [{destination: {host: web, subset: v1}}]", "route.cluster", cluster("v1"), id="a subset"),
        pytest.param(
            "route: [{destination: {host: web.default}}]", "route.cluster", cluster(host="web.default"), id="a dotted name is in full"
        ),
        pytest.param(
            "route: [{destination: {host: web, port: {number: 9}}}]", "route.cluster", cluster(port=9), id="a port that is not there"
        ),
        pytest.param(
            "route: [{destination: {host: web, subset: v1}, weight: 1}, {destination: {host: web, subset: v2}, weight: 3}]",
            "route.weighted_clusters.clusters",
            [{"name": cluster("v1"), "weight": 1}, {"name": cluster("v2"), "weight": 3}],
            id="weights are shares of their sum",
        ),
        pytest.param(
            "route: [{destination: {host: web, subset: v1}, weight: 0}, {destination: {host: web, subset: v2}, weight: 100}]",
            "route.weighted_clusters.clusters",
            [{"name": cluster("v2"), "weight": 100}],
            id="no weight, no share",
        ),
        pytest.param(TO_WEB, "route.timeout", "0s", id="no timeout unless asked for"),
        pytest.param(f"{TO_WEB}, timeout: 1s", "route.timeout", "1s", id="timeout"),
        pytest.param(TO_WEB, "route.max_stream_duration", {"grpc_timeout_header_max": "0s"}, id="a gRPC caller's own timeout holds"),
        pytest.param(f"{TO_WEB}, timeout: 1s", "route.max_stream_duration", None, id="nothing that makes Envoy overlook the timeout"),
        pytest.param(TO_WEB, "route.retry_policy.num_retries", 2, id="two retries unless told otherwise"),
        pytest.param(
            TO_WEB,
            "route.retry_policy.retry_on",
            "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
            id="on Istio's conditions",
        ),
        pytest.param(TO_WEB, "route.retry_policy.host_selection_retry_max_attempts", "5", id="looking five times for another endpoint"),
        pytest.param(
            TO_WEB,
            "route.retry_policy.retry_host_predicate[0].name",
            "envoy.retry_host_predicates.previous_hosts",
            id="not the same one again",
        ),
        pytest.param(f"{TO_WEB}, retries: {{attempts: 0}}", "route.retry_policy", None, id="zero attempts turn retries off"),
        pytest.param(f"{TO_WEB}, retries: {{attempts: 3}}", "route.retry_policy.num_retries", 3, id="attempts"),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 3, perTryTimeout: 2s}}", "route.retry_policy.per_try_timeout", "2s", id="perTryTimeout"
        ),
        pytest.param(f"{TO_WEB}, retries: {{attempts: 3, retryOn: 5xx}}", "route.retry_policy.retry_on", "5xx", id="retryOn"),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 3, retryOn: 'reset, 503,429'}}",
            "route.retry_policy.retry_on",
            "reset,retriable-status-codes",
            id="numbers in retryOn mean a condition",
        ),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 3, retryOn: 'reset, 503,429'}}",
            "route.retry_policy.retriable_status_codes",
            [503, 429],
            id="and are its codes",
        ),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 1, retryIgnorePreviousHosts: false}}",
            "route.retry_policy.retry_host_predicate",
            None,
            id="the same endpoint may be tried again",
        ),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 1, retryRemoteLocalities: true}}",
            "route.retry_policy.retry_priority.typed_config.update_frequency",
            2,
            id="retryRemoteLocalities",
        ),
        pytest.param(
            f"{TO_WEB}, retries: {{attempts: 1, backoff: 1s}}", "route.retry_policy.retry_back_off.base_interval", "1s", id="backoff"
        ),
        pytest.param(f"{TO_WEB}, rewrite: {{uri: /b}}", "route.prefix_rewrite", "/b", id="rewrite uri"),
        pytest.param(f"{TO_WEB}, rewrite: {{authority: b.com}}", "route.host_rewrite_literal", "b.com", id="rewrite authority"),
        pytest.param(
            f"{TO_WEB}, rewrite: {{uriRegexRewrite: {{match: '^/a', rewrite: /b}}}}",
            "route.regex_rewrite",
            {"pattern": {"regex": "^/a"}, "substitution": "/b"},
            id="rewrite by regex",
        ),
        pytest.param(
            f"{TO_WEB}, headers: {{request: {{set: {{host: b.com}}}}}}",
            "route.host_rewrite_literal",
            "b.com",
            id="setting host rewrites it",
        ),
        pytest.param(
            f"{TO_WEB}, rewrite: {{authority: c.com}}, headers: {{request: {{set: {{':authority': b.com}}}}}}",
            "route.host_rewrite_literal",
            "c.com",
            id="rewrite beats set",
        ),
        pytest.param(
            f"{TO_WEB}, headers: {{request: {{set: {{b: x, a: y}}, add: {{c: z}}, remove: [d]}}}}",
            "request_headers_to_add",
            [
                {"header": {"key": "a", "value": "y"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"},
                {"header": {"key": "b", "value": "x"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"},
                {"header": {"key": "c", "value": "z"}},
            ],
            id="headers: set before add, by name",
        ),
        pytest.param(f"{TO_WEB}, headers: {{request: {{remove: [d]}}}}", "request_headers_to_remove", ["d"], id="headers removed"),
        pytest.param(
            f"{TO_WEB}, headers: {{response: {{remove: [d]}}}}", "response_headers_to_remove", ["d"], id="headers of the response removed"
        ),
        pytest.param(
            "route: [{destination: {host: web}, headers: {response: {set: {a: x}}}}]",
            "response_headers_to_add[0].header",
            {"key": "a", "value": "x"},
            id="a lone destination's headers are the route's",
        ),
        pytest.param(
            "route: [{destination: {host: web}, weight: 1, headers: {request: {set: {host: b.com, a: x}}}}, "
            "{destination: {host: other}, weight: 1}]",
            "route.weighted_clusters.clusters[0].host_rewrite_literal",
            "b.com",
            id="of several, each has its own host",
        ),
        pytest.param(
            f"{TO_WEB}, mirror: {{host: other}}",
            "route.request_mirror_policies[0].cluster",
            cluster(host="other.default.svc.cluster.local"),
            id="mirror",
        ),
        pytest.param(
            f"{TO_WEB}, mirror: {{host: other}}",
            "route.request_mirror_policies[0].runtime_fraction.default_value",
            {"numerator": 1000000, "denominator": "MILLION"},
            id="everything is mirrored unless said",
        ),
        pytest.param(
            f"{TO_WEB}, mirror: {{host: other}}, mirrorPercentage: {{value: 0.5}}",
            "route.request_mirror_policies[0].runtime_fraction.default_value.numerator",
            5000,
            id="half a percent",
        ),
        pytest.param(
            f"{TO_WEB}, mirror: {{host: other}}, mirrorPercentage: {{value: 0.0}}",
            "route.request_mirror_policies",
            None,
            id="nothing mirrored",
        ),
        pytest.param(
            f"{TO_WEB}, mirrors: [{{destination: {{host: other}}, percentage: {{value: 1.0}}}}, {{destination: {{host: web}}}}]",
            "route.request_mirror_policies[1].cluster",
            cluster(),
            id="several mirrors",
        ),
        pytest.param("redirect: {uri: /b}", "redirect", {"path_redirect": "/b"}, id="redirect, 301 unless said"),
        pytest.param(
            "redirect: {authority: b.com, redirectCode: 302}",
            "redirect",
            {"host_redirect": "b.com", "response_code": "FOUND"},
            id="redirect code",
        ),
        pytest.param("redirect: {prefixRewrite: /b}", "redirect", {"prefix_rewrite": "/b"}, id="redirect by prefix"),
        pytest.param(
            "redirect: {scheme: https, port: 443}",
            "redirect",
            {"scheme_redirect": "https"},
            id="a port that the scheme implies is not said",
        ),
        pytest.param("redirect: {uri: /b, port: 81}", "redirect.port_redirect", 81, id="redirect port"),
        pytest.param("redirect: {uri: /b, derivePort: FROM_REQUEST_PORT}", "redirect.port_redirect", 8080, id="the port that was called"),
        pytest.param(
            "directResponse: {status: 418, body: {string: tea}}",
            "direct_response",
            {"status": 418, "body": {"inline_string": "tea"}},
            id="direct response",
        ),
        pytest.param(
            "directResponse: {status: 200, body: {bytes: dGVh}}", "direct_response.body", {"inline_bytes": "dGVh"}, id="direct bytes"
        ),
        pytest.param(f"name: mine, {TO_WEB}", "name", "mine", id="the route's name"),
        pytest.param(f"name: mine, match: [{{name: one, uri: {{prefix: /}}}}], {TO_WEB}", "name", "mine.one", id="with the match's"),
        pytest.param(TO_WEB, "decorator.operation", f"{WEB}:8080/*", id="what traces call it"),
        pytest.param(
            TO_WEB,
            "metadata.filter_metadata.istio.config",
            "/apis/networking.istio.io/v1/namespaces/default/virtual-service/web",
            id="which rule it came from",
        ),
    ],
)
def test_a_route_becomes(fragment: str, path: str, expected: object) -> None:
    assert pick(first_route(fragment, V1_V2), path) == expected


FAULT = "envoy.filters.http.fault"


def fault(fragment: str) -> Any:
    return first_route(f"{TO_WEB}, fault: {fragment}")["typed_per_filter_config"][FAULT]


@pytest.mark.parametrize(
    ("fragment", "path", "expected"),
    [
        pytest.param("{abort: {httpStatus: 500, percentage: {value: 50.0}}}", "abort.http_status", 500, id="abort"),
        pytest.param(
            "{abort: {httpStatus: 500, percentage: {value: 12.5}}}",
            "abort.percentage",
            {"numerator": 125000, "denominator": "MILLION"},
            id="shares to a ten-thousandth",
        ),
        pytest.param("{abort: {httpStatus: 500}}", "abort.percentage", {"denominator": "MILLION"}, id="no share, no fault"),
        pytest.param("{abort: {grpcStatus: UNAVAILABLE, percentage: {value: 1.0}}}", "abort.grpc_status", 14, id="gRPC status"),
        pytest.param("{delay: {fixedDelay: 2s, percentage: {value: 50.0}}}", "delay.fixed_delay", "2s", id="delay"),
        pytest.param("{delay: {fixedDelay: 2s, percentage: {value: 50.0}}}", "abort", None, id="a delay aborts nothing"),
    ],
)
def test_a_fault_becomes(fragment: str, path: str, expected: object) -> None:
    assert pick(fault(fragment), path) == expected


def test_cors_becomes_the_cors_filters_configuration() -> None:
    route = first_route(
        f"{TO_WEB}, corsPolicy: {{allowOrigins: [{{exact: 'http://a'}}, {{regex: '.*b'}}], allowMethods: [GET, PUT], allowHeaders: [x, y], "
        "exposeHeaders: [z], maxAge: 24h, allowCredentials: true, unmatchedPreflights: IGNORE}"
    )

    assert route["typed_per_filter_config"]["envoy.filters.http.cors"] == {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"exact": "http://a"}, {"safe_regex": {"regex": ".*b"}}],
        "allow_methods": "GET,PUT",
        "allow_headers": "x,y",
        "expose_headers": "z",
        "max_age": "86400",
        "allow_credentials": True,
        "filter_enabled": {"default_value": {"numerator": 100}},
        "forward_not_matching_preflights": False,
    }


@pytest.mark.parametrize(
    ("hash", "path", "expected"),
    [
        ("{httpHeaderName: x-user}", "header", {"header_name": "x-user"}),
        ("{httpCookie: {name: c, path: /p, ttl: 0s}}", "cookie", {"name": "c", "path": "/p", "ttl": "0s"}),
        ("{httpCookie: {name: c}}", "cookie", {"name": "c"}),
        (
            "{httpCookie: {name: c, attributes: [{name: SameSite, value: Lax}]}}",
            "cookie.attributes",
            [{"name": "SameSite", "value": "Lax"}],
        ),
        ("{useSourceIp: true}", "connection_properties", {"source_ip": True}),
        ("{httpQueryParameterName: q}", "query_parameter", {"name": "q"}),
    ],
)
def test_what_is_hashed_is_the_destinations_choice(hash: str, path: str, expected: object) -> None:
    rule = destination_rule(f"trafficPolicy: {{loadBalancer: {{consistentHash: {hash}}}}}")

    assert pick(first_route(TO_WEB, rule), f"route.hash_policy[0].{path}") == expected
    assert pick(Served(rule).routes()[0], f"route.hash_policy[0].{path}") == expected, "a host without a rule has it too"


def test_hashing_calls_are_retried_at_the_same_endpoint() -> None:
    rule = destination_rule("trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true}}}")

    assert "retry_host_predicate" not in first_route(TO_WEB, rule)["route"]["retry_policy"]


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        pytest.param("{port: 8080}", True, id="the port that is called"),
        pytest.param("{port: 80}", False, id="another port"),
        pytest.param("{sourceLabels: {app: front}}", True, id="the caller's labels"),
        pytest.param("{sourceLabels: {app: back}}", False, id="another caller's"),
        pytest.param("{sourceNamespace: default}", True, id="the caller's namespace"),
        pytest.param("{sourceNamespace: other}", False, id="another namespace"),
        pytest.param("{gateways: [mesh]}", True, id="the mesh"),
        pytest.param("{gateways: [gw]}", False, id="a gateway"),
        pytest.param("{gateways: [mesh], sourceLabels: {app: back}}", True, id="with gateways given, callers are not asked"),
    ],
)
def test_what_is_known_beforehand_is_decided_beforehand(match: str, taken: bool) -> None:
    served = Served(
        virtual_service(f"[{{match: [{match}], route: [{{destination: {{host: other}}}}]}}, {{{TO_WEB}}}]"),
    )
    scope = next(str(scopes[1]) for proxy, scopes in served.update.proxies.items() if scopes and "front-1" in proxy)

    clusters = [route["route"]["cluster"] for route in served.host(f"{WEB}:8080", scope)["routes"]]

    assert (cluster(host="other.default.svc.cluster.local") in clusters) is taken


def test_routes_keep_the_rules_order_and_one_is_made_of_each_match() -> None:
    first, second = f"match: [{{uri: {{prefix: /a}}}}, {{uri: {{exact: /b}}}}], {TO_WEB}", f"match: [{{uri: {{regex: '/c'}}}}], {TO_WEB}"
    http = f"[{{{first}}}, {{{second}}}, {{{TO_WEB}}}]"

    found = [route["match"] for route in Served(virtual_service(http)).routes()]

    assert found == [{"prefix": "/a"}, {"path": "/b"}, {"safe_regex": {"regex": "/c"}}, {"prefix": "/"}]


def test_what_comes_after_a_catch_all_is_not_made() -> None:
    http = f"[{{{TO_WEB}}}, {{match: [{{uri: {{prefix: /a}}}}], {TO_WEB}}}]"

    assert len(Served(virtual_service(http)).routes()) == 1


def test_a_rule_of_which_nothing_can_be_taken_leaves_the_default_route() -> None:
    (route,) = Served(virtual_service(f"[{{match: [{{port: 1}}], {TO_WEB}, timeout: 9s}}]")).routes()

    assert (route["name"], route["route"]["timeout"]) == ("default", "0s")


def test_a_subset_that_no_rule_defines_is_named_but_not_waited_for() -> None:
    served = Served(virtual_service("[{route: [{destination: {host: web, subset: v9}}]}]"))
    (table,) = [
        table["http_proxy"] for (type, scope), table in served.update.tables.items() if scope == "sidecar/default" and "http_proxy" in table
    ]

    assert served.routes()[0]["route"]["cluster"] == cluster("v9")
    assert table is not None and all("v9" not in name for _, name in table.needs)


def test_under_istio_1_4_nothing_is_retried_and_calls_end_after_fifteen_seconds() -> None:
    route = Served(profile=ISTIO_1_4).routes()[0]["route"]

    assert "retry_policy" not in route
    assert route["timeout"] == "15s"


def test_under_istio_1_4_a_rule_that_says_how_often_retries_unavailable_too() -> None:
    rule = virtual_service(f"[{{{TO_WEB}, retries: {{attempts: 3}}}}]")

    assert Served(rule, profile=ISTIO_1_4).routes()[0]["route"]["retry_policy"]["retriable_status_codes"] == [503]


def test_a_rule_of_another_namespace_means_its_own_services_by_short_names() -> None:
    served = Served(
        virtual_service("[{route: [{destination: {host: web}}]}]", hosts="[web.default.svc.cluster.local]", namespace="shop"),
        pod("shop-1", "127.9.0.9", app="shop", namespace="shop"),
    )

    assert served.routes()[0]["route"]["cluster"] == cluster(host="web.shop.svc.cluster.local")
