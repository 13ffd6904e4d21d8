"""Whole listeners, a cluster and a table as Envoy gets them, in files that can be read and compared.

`UPDATE_GOLDEN=1 pytest tests/translate/test_translate_golden.py` writes them anew; look at the difference before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from translate_meshes import GATEWAY_SERVICE, gateway_pod
from translate_reading import Dump, Served, destination_rule, virtual_service

from airside.xds.resource import CLUSTER, LISTENER, ROUTES

GOLDEN = Path(__file__).parent / "golden"

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
"""
RULE = virtual_service(
    "[{match: [{uri: {prefix: /status}}], route: [{destination: {host: web, subset: v1}, weight: 50}, "
    "{destination: {host: web, subset: v2}, weight: 50}], timeout: 1s, retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}}]",
    more=", gateways: [gw, mesh]",
)
DESTINATION = destination_rule(
    "trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 1}}, "
    "outlierDetection: {consecutiveGatewayErrors: 7, consecutive5xxErrors: 0, interval: 5m, baseEjectionTime: 15m, "
    "maxEjectionPercent: 100}}, "
    "subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]"
)


@pytest.fixture(scope="module")
def served() -> Served:
    return Served(gateway_pod("gw-1", "127.9.0.1"), GATEWAY_SERVICE, GATEWAY, RULE, DESTINATION)


def read(served: Served, name: str) -> Dump:
    web = served.scope("sidecar~127.9.0.3")
    match name:
        case "sidecar-outbound-listener":
            return served.table(LISTENER, served.scope("sidecar~127.9.0.2"))["127.9.0.2_15080"]
        case "sidecar-inbound-listener":
            return served.table(LISTENER, web)["127.9.0.3_8080"]
        case "sidecar-inbound-cluster":
            return served.table(CLUSTER, web)["inbound|8080||"]
        case "sidecar-routes":
            return served.table(ROUTES)["http_proxy"]
        case "gateway-listener":
            return served.table(LISTENER, served.scope("router~127.9.0.1"))["127.9.0.1_8080"]
        case "gateway-routes":
            return served.table(ROUTES, served.scope("router/"))["http.8080"]
        case _:
            return served.cluster(subset="v1")


NAMES = (
    "sidecar-outbound-listener",
    "sidecar-inbound-listener",
    "sidecar-inbound-cluster",
    "sidecar-routes",
    "gateway-listener",
    "gateway-routes",
    "outbound-cluster",
)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_written_down(served: Served, name: str) -> None:
    file = GOLDEN / f"{name}.yaml"
    found = yaml.safe_dump(read(served, name), sort_keys=True, width=160)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(found)

    assert found == file.read_text()


def test_nothing_is_written_down_that_is_not_compared() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(NAMES)
