"""Each field of a DestinationRule, and what Envoy is told of it."""

from __future__ import annotations

import pytest
from translate_meshes import endpoints, pod, service
from translate_reading import Served, destination_rule, pick

from airside.translate.profile import ISTIO_1_4
from airside.xds.resource import CLUSTER, ENDPOINTS

WEB = "web.default.svc.cluster.local"
OPTIONS = "typed_extension_protocol_options.[HTTP]"
HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
UNLIMITED = 4294967295


def http_options(cluster: dict[str, object]) -> dict[str, object] | None:
    found = cluster.get("typed_extension_protocol_options")
    return {key: value for key, value in found[HTTP].items() if key != "@type"} if isinstance(found, dict) else None


def policy(fragment: str) -> str:
    return destination_rule(f"trafficPolicy: {{{fragment}}}")


@pytest.mark.parametrize(
    ("fragment", "path", "expected"),
    [
        pytest.param("", "type", "EDS", id="endpoints come over ADS"),
        pytest.param("", "eds_cluster_config.eds_config.ads", {}, id="the same stream"),
        pytest.param("", "connect_timeout", "10s", id="ten seconds to connect"),
        pytest.param("", "lb_policy", "LEAST_REQUEST", id="least request unless told otherwise"),
        pytest.param(
            "",
            "circuit_breakers.thresholds[0]",
            {
                "max_connections": UNLIMITED,
                "max_pending_requests": UNLIMITED,
                "max_requests": UNLIMITED,
                "max_retries": UNLIMITED,
            },
            id="nothing is limited",
        ),
        pytest.param("", "common_lb_config.healthy_panic_threshold", {}, id="no panic: endpoints known to be bad get nothing"),
        pytest.param("", "outlier_detection", None, id="nobody is ejected"),
        pytest.param("loadBalancer: {simple: ROUND_ROBIN}", "lb_policy", None, id="round robin is Envoy's zero"),
        pytest.param("loadBalancer: {simple: RANDOM}", "lb_policy", "RANDOM", id="random"),
        pytest.param("loadBalancer: {simple: LEAST_CONN}", "lb_policy", "LEAST_REQUEST", id="least conn is least request"),
        pytest.param("loadBalancer: {simple: UNSPECIFIED}", "lb_policy", "LEAST_REQUEST", id="unspecified is the default"),
        pytest.param("loadBalancer: {consistentHash: {useSourceIp: true}}", "lb_policy", "RING_HASH", id="a ring for hashing"),
        pytest.param(
            "loadBalancer: {consistentHash: {useSourceIp: true}}", "ring_hash_lb_config.minimum_ring_size", "1024", id="of Istio's size"
        ),
        pytest.param(
            "loadBalancer: {consistentHash: {useSourceIp: true, ringHash: {minimumRingSize: 7}}}",
            "ring_hash_lb_config.minimum_ring_size",
            "7",
            id="or another",
        ),
        pytest.param(
            "loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 11}}}", "lb_policy", "MAGLEV", id="or Maglev's table"
        ),
        pytest.param(
            "loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 30s}}",
            "round_robin_lb_config.slow_start_config.slow_start_window",
            "30s",
            id="warm up",
        ),
        pytest.param(
            "connectionPool: {tcp: {maxConnections: 1}}", "circuit_breakers.thresholds[0].max_connections", 1, id="maxConnections"
        ),
        pytest.param("connectionPool: {tcp: {connectTimeout: 30ms}}", "connect_timeout", "0.030s", id="connectTimeout"),
        pytest.param(
            "connectionPool: {tcp: {tcpKeepalive: {time: 7200s, interval: 75s, probes: 3}}}",
            "upstream_connection_options.tcp_keepalive",
            {"keepalive_probes": 3, "keepalive_time": 7200, "keepalive_interval": 75},
            id="keep-alive probes",
        ),
        pytest.param(
            "connectionPool: {http: {http1MaxPendingRequests: 1}}",
            "circuit_breakers.thresholds[0].max_pending_requests",
            1,
            id="http1MaxPendingRequests",
        ),
        pytest.param(
            "connectionPool: {http: {http2MaxRequests: 5}}", "circuit_breakers.thresholds[0].max_requests", 5, id="http2MaxRequests"
        ),
        pytest.param("connectionPool: {http: {maxRetries: 5}}", "circuit_breakers.thresholds[0].max_retries", 5, id="maxRetries"),
        pytest.param("outlierDetection: {}", "outlier_detection", {"enforcing_success_rate": 0}, id="an empty block is Envoy's own rules"),
        pytest.param("outlierDetection: {consecutive5xxErrors: 7}", "outlier_detection.consecutive_5xx", 7, id="consecutive5xxErrors"),
        pytest.param(
            "outlierDetection: {consecutive5xxErrors: 0}", "outlier_detection.enforcing_consecutive_5xx", 0, id="zero turns them off"
        ),
        pytest.param(
            "outlierDetection: {consecutiveGatewayErrors: 7}",
            "outlier_detection",
            {"enforcing_success_rate": 0, "consecutive_gateway_failure": 7, "enforcing_consecutive_gateway_failure": 100},
            id="consecutiveGatewayErrors",
        ),
        pytest.param("outlierDetection: {interval: 5m}", "outlier_detection.interval", "300s", id="interval"),
        pytest.param("outlierDetection: {baseEjectionTime: 15m}", "outlier_detection.base_ejection_time", "900s", id="baseEjectionTime"),
        pytest.param("outlierDetection: {maxEjectionPercent: 100}", "outlier_detection.max_ejection_percent", 100, id="maxEjectionPercent"),
        pytest.param(
            "outlierDetection: {minHealthPercent: 40}", "common_lb_config.healthy_panic_threshold.value", 40.0, id="panic by wish"
        ),
        pytest.param(
            "outlierDetection: {splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3}",
            "outlier_detection.consecutive_local_origin_failure",
            3,
            id="errors before the server",
        ),
    ],
)
def test_a_policy_becomes(fragment: str, path: str, expected: object) -> None:
    assert pick(Served(policy(fragment)).cluster(), path) == expected


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        pytest.param("", None, id="HTTP/1.1 as Envoy speaks it"),
        pytest.param(
            "connectionPool: {http: {maxRequestsPerConnection: 1}}",
            {
                "common_http_protocol_options": {"max_requests_per_connection": 1},
                "explicit_http_config": {"http_protocol_options": {}},
            },
            id="maxRequestsPerConnection",
        ),
        pytest.param(
            "connectionPool: {tcp: {idleTimeout: 5s}}",
            {"common_http_protocol_options": {"idle_timeout": "5s"}, "explicit_http_config": {"http_protocol_options": {}}},
            id="tcp idleTimeout where http says nothing",
        ),
        pytest.param(
            "connectionPool: {tcp: {idleTimeout: 5s}, http: {idleTimeout: 7s}}",
            {"common_http_protocol_options": {"idle_timeout": "7s"}, "explicit_http_config": {"http_protocol_options": {}}},
            id="http idleTimeout first",
        ),
        pytest.param(
            "connectionPool: {http: {h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 9}}",
            {"explicit_http_config": {"http2_protocol_options": {"max_concurrent_streams": 9}}},
            id="h2UpgradePolicy",
        ),
        pytest.param(
            "connectionPool: {http: {h2UpgradePolicy: UPGRADE, http2KeepAlive: {interval: 30s, timeout: 5s}}}",
            {"explicit_http_config": {"http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}}},
            id="HTTP/2 pings",
        ),
        pytest.param(
            "connectionPool: {tcp: {maxConnectionDuration: 1h}}",
            {"common_http_protocol_options": {"max_connection_duration": "3600s"}, "explicit_http_config": {"http_protocol_options": {}}},
            id="maxConnectionDuration",
        ),
        pytest.param(
            "outlierDetection: {outlierDetectionHttpErrorCodes: [500]}",
            {
                "explicit_http_config": {"http_protocol_options": {}},
                "outlier_detection": {
                    "error_matcher": {"http_response_headers_match": {"headers": [{"name": ":status", "string_match": {"exact": "500"}}]}}
                },
            },
            id="one answer that is an error",
        ),
        pytest.param(
            "connectionPool: {http: {useClientProtocol: true}}",
            {"use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}},
            id="useClientProtocol",
        ),
        pytest.param(
            "outlierDetection: {outlierDetectionHttpErrorCodes: [500, 503]}",
            {
                "explicit_http_config": {"http_protocol_options": {}},
                "outlier_detection": {
                    "error_matcher": {
                        "or_match": {
                            "rules": [
                                {"http_response_headers_match": {"headers": [{"name": ":status", "string_match": {"exact": code}}]}}
                                for code in ("500", "503")
                            ]
                        }
                    }
                },
            },
            id="which answers are errors",
        ),
    ],
)
def test_a_policy_says_how_http_is_spoken(fragment: str, expected: object) -> None:
    assert http_options(Served(policy(fragment)).cluster()) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("grpc", {"explicit_http_config": {"http2_protocol_options": {}}}, id="gRPC is HTTP/2"),
        pytest.param(
            "", {"use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}}, id="unnamed: as the caller"
        ),
    ],
)
def test_a_ports_name_says_how_http_is_spoken(name: str, expected: object) -> None:
    served = Served(service("api", ports=[{"port": 9000, "name": name}]))

    assert http_options(served.cluster(9000, host="api.default.svc.cluster.local")) == expected


SUBSETS = "subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}]"


def test_every_subset_has_a_cluster_of_its_own_endpoints() -> None:
    served = Served(destination_rule(SUBSETS))

    def addresses(subset: str) -> list[str]:
        found = served.table(ENDPOINTS)[f"outbound|8080|{subset}|{WEB}"].get("endpoints", [])
        return [e["endpoint"]["address"]["socket_address"]["address"] for locality in found for e in locality["lb_endpoints"]]

    assert addresses("") == ["127.9.0.3", "127.9.0.4"]
    assert addresses("v1") == ["127.9.0.3"]
    assert addresses("v2") == ["127.9.0.4"]


def test_a_subset_replaces_whole_blocks_and_inherits_the_rest() -> None:
    rule = "trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}, connectionPool: {tcp: {maxConnections: 3}}}"
    served = Served(destination_rule(f"{rule}, {SUBSETS}"))

    assert [served.cluster(subset=subset).get("lb_policy") for subset in ("", "v1", "v2")] == [None, None, "RANDOM"]
    assert pick(served.cluster(subset="v2"), "circuit_breakers.thresholds[0].max_connections") == 3


def test_settings_of_a_port_replace_all_others() -> None:
    ports = "portLevelSettings: [{port: {number: 8080}, loadBalancer: {simple: RANDOM}}]"
    served = Served(policy(f"connectionPool: {{tcp: {{maxConnections: 3}}}}, {ports}"))

    assert served.cluster()["lb_policy"] == "RANDOM"
    assert pick(served.cluster(), "circuit_breakers.thresholds[0].max_connections") == UNLIMITED


def test_settings_of_a_subsets_port_replace_the_subsets() -> None:
    ports = "portLevelSettings: [{port: {number: 8080}, connectionPool: {tcp: {maxConnections: 2}}}]"
    served = Served(destination_rule(f"subsets: [{{name: v1, trafficPolicy: {{loadBalancer: {{simple: RANDOM}}, {ports}}}}}]"))

    assert served.cluster(subset="v1")["lb_policy"] == "LEAST_REQUEST"
    assert pick(served.cluster(subset="v1"), "circuit_breakers.thresholds[0].max_connections") == 2


def test_a_retry_budget_takes_the_place_of_a_number_of_retries() -> None:
    threshold = pick(Served(policy("retryBudget: {percent: 30.0}")).cluster(), "circuit_breakers.thresholds[0]")

    assert threshold["retry_budget"] == {"budget_percent": {"value": 30.0}, "min_retry_concurrency": 3}
    assert "max_retries" not in threshold


def test_the_pool_holds_on_the_servers_side_too_and_nothing_else_does() -> None:
    served = Served(policy("connectionPool: {http: {http1MaxPendingRequests: 1, h2UpgradePolicy: UPGRADE}}, outlierDetection: {}"))
    inbound = served.table(CLUSTER, served.scope("sidecar~127.9.0.3"))["inbound|8080||"]

    assert pick(inbound, "circuit_breakers.thresholds[0].max_pending_requests") == 1
    assert "outlier_detection" not in inbound
    assert http_options(inbound) is None, "the application still speaks what it spoke"


def test_the_inbound_cluster_is_where_the_application_really_is() -> None:
    served = Served()
    inbound = served.table(CLUSTER, served.scope("sidecar~127.9.0.3"))["inbound|8080||"]

    address = pick(inbound, "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address")
    assert address == {"address": "127.0.0.1", "port_value": 20003}


def test_unready_endpoints_are_there_and_unhealthy() -> None:
    unready = endpoints("web", {"web-1": "127.9.0.3", "web-2": "127.9.0.4"}, unready=("web-1",))

    def health(*texts: str) -> list[str | None]:
        (locality,) = Served(unready, *texts).table(ENDPOINTS)[f"outbound|8080||{WEB}"]["endpoints"]
        return [endpoint.get("health_status") for endpoint in locality["lb_endpoints"]]

    assert health() == ["UNHEALTHY", None]
    assert health(policy("outlierDetection: {minHealthPercent: 40}")) == [None], "where some must stay healthy they would spoil the count"


def test_endpoints_say_who_they_are() -> None:
    (locality,) = Served().table(ENDPOINTS)[f"outbound|8080||{WEB}"]["endpoints"]

    metadata = locality["lb_endpoints"][1]["metadata"]["filter_metadata"]
    assert metadata["istio"] == {"workload": "web-v2;default;web;v2;Kubernetes"}
    assert metadata["airside"] == {
        "workload": "web-v2",
        "namespace": "default",
        "app": "web",
        "version": "v2",
        "service": "web",
        "revision": "v2",
    }


def test_clusters_say_whose_they_are_and_which_rule_made_them() -> None:
    metadata = Served(destination_rule(SUBSETS)).cluster(subset="v1")["metadata"]["filter_metadata"]

    assert metadata["istio"]["services"] == [{"host": WEB, "name": "web", "namespace": "default"}]
    assert metadata["istio"]["subset"] == "v1"
    assert metadata["airside"] == {"host": WEB, "name": "web", "namespace": "default"}


def test_each_resource_knows_the_objects_it_came_from() -> None:
    served = Served(destination_rule(SUBSETS))
    clusters = served.update.tables[CLUSTER, served.scope("sidecar/default")]

    resource = clusters[f"outbound|8080|v1|{WEB}"]
    assert resource is not None
    assert resource.origins == ("Service/default/web", "DestinationRule.networking.istio.io/default/web")


def test_a_port_of_udp_and_a_service_that_is_only_a_name_have_no_clusters() -> None:
    served = Served(
        service("dns", ports=[{"port": 53, "protocol": "UDP"}]), service("elsewhere", type="ExternalName", externalName="example.com")
    )

    assert not [name for name in served.table(CLUSTER) if "dns" in name or "elsewhere" in name]


def test_a_call_to_a_name_that_stands_for_an_outside_host_goes_out() -> None:
    served = Served(service("elsewhere", type="ExternalName", externalName="example.com", port=80))
    (route,) = served.routes("elsewhere.default.svc.cluster.local:80")

    assert route["route"]["cluster"] == "PassthroughCluster"
    rewrite = route["typed_per_filter_config"]["envoy.filters.http.dynamic_forward_proxy"]["host_rewrite_literal"]
    assert rewrite == "example.com:80"


def test_a_call_to_a_name_that_stands_for_another_service_goes_there() -> None:
    served = Served(service("alias", type="ExternalName", externalName=WEB))

    assert served.routes("alias.default.svc.cluster.local:8080")[0]["route"]["cluster"] == f"outbound|8080||{WEB}"


def test_under_istio_1_4_calls_go_round() -> None:
    assert "lb_policy" not in Served(profile=ISTIO_1_4).cluster()


def test_a_rule_for_some_callers_makes_clusters_of_their_own() -> None:
    rule = destination_rule("workloadSelector: {matchLabels: {app: front}}, trafficPolicy: {loadBalancer: {simple: RANDOM}}")
    served = Served(rule)

    assert served.cluster(scope="sidecar/default[app=front]")["lb_policy"] == "RANDOM"
    assert served.cluster(scope="sidecar/default")["lb_policy"] == "LEAST_REQUEST"


def test_a_pod_without_a_sidecar_gets_nothing() -> None:
    plain = pod("plain", "127.9.0.8").replace("sidecar.istio.io/status: '{}'", "other: '{}'")

    assert not [proxy for proxy in Served(plain).update.proxies if "plain" in proxy]
