"""Real Envoys take what is made, and do with it what the rules say."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import grpc.aio
import httpx
import pytest
import pytest_asyncio
from ports import free_ports
from translate_meshes import GATEWAY_SERVICE, documents, endpoints, gateway_pod, pod, service
from translate_reading import destination_rule, virtual_service
from translate_running import Running, running

from airside.translate.check import dangling, duplicates

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
"""
SUBSETS = "subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]"
TO_WEB = "route: [{destination: {host: web}}]"


@dataclass
class Mesh:
    """A gateway, a caller `front` and `web` in two versions, each with its Envoy."""

    running: Running
    edge: int
    front: str
    web: tuple[str, str]

    async def call(self, path: str = "/", host: str = "web:8080", **headers: str) -> httpx.Response:
        """As front's application."""
        async with self.running.client(self.front) as client:
            return await client.get(f"http://{host}{path}", headers=headers)

    async def enter(self, path: str = "/", **headers: str) -> httpx.Response:
        """From outside, by the node port."""
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            return await client.get(f"http://127.0.0.1:{self.edge}{path}", headers=headers)

    async def answered(self, times: int, path: str = "/") -> Counter[str]:
        return Counter([(await self.call(path)).json()["app"] for _ in range(times)])


@asynccontextmanager
async def begun(number: int) -> AsyncIterator[Mesh]:
    directory = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
    # Loopback addresses that no other run, and no other mesh of this one, has at the same time.
    net = f"127.{128 + os.getpid() % 100}.{(os.getpid() // 100 + number) % 256}"
    try:
        async with running(directory) as mesh:
            (edge,) = free_ports(1)
            pods = {"web-1": f"{net}.3", "web-2": f"{net}.4"}
            texts = (service("web"), endpoints("web", pods), service("front"), GATEWAY_SERVICE.replace("31221", str(edge)), GATEWAY)
            await mesh.apply(*texts)
            one, two = await mesh.start_app("one"), await mesh.start_app("two")
            await mesh.start_pod(gateway_pod("gw-1", f"{net}.1"))
            await mesh.start_pod(pod("front-1", f"{net}.2", app="front"))
            await mesh.start_pod(pod("web-1", pods["web-1"], app="web", port=one))
            await mesh.start_pod(pod("web-2", pods["web-2"], app="web", version="v2", port=two))
            yield Mesh(mesh, edge, f"{net}.2", (pods["web-1"], pods["web-2"]))
            for name in mesh.pods:
                warned = [line for line in mesh.log(name).splitlines() if "[warning]" in line or "[error]" in line]
                assert warned == [], name
    finally:
        shutil.rmtree(directory)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared() -> AsyncIterator[Mesh]:
    async with begun(0) as mesh:
        yield mesh


@pytest_asyncio.fixture(loop_scope="module")
async def mesh(shared: Mesh) -> AsyncIterator[Mesh]:
    """The mesh of all tests here, as it was at the beginning."""
    before = dict(shared.running.objects)
    yield shared
    snapshot = shared.running.translator.snapshot()
    assert (duplicates(snapshot), dangling(snapshot), shared.running.notices) == ([], [], [])
    await shared.running.return_to(before)


async def count(mesh: Mesh, pod: str, *labels: str) -> int:
    """Of the calls a proxy counted, those with all these labels."""
    figures = (await mesh.running.admin(pod, "/stats/prometheus?filter=istio_requests_total")).text.splitlines()
    lines = [line for line in figures if line.startswith("envoy_istio_requests_total") and all(label in line for label in labels)]
    return sum(int(line.rpartition(" ")[2]) for line in lines)


async def test_calls_reach_every_endpoint_under_every_name(mesh: Mesh) -> None:
    for host in ("web:8080", "web.default:8080", "web.default.svc:8080", "web.default.svc.cluster.local:8080", "WEB:8080"):
        assert (await mesh.call(host=host)).status_code == 200

    assert set(await mesh.answered(20)) == {"one", "two"}


async def test_weights_are_kept_and_a_change_acts_on_the_next_call(mesh: Mesh) -> None:
    await mesh.running.apply(destination_rule(SUBSETS))
    for first, second, expected in ((100, 0, {"one"}), (0, 100, {"two"}), (50, 50, {"one", "two"})):
        shares = (
            f"{{destination: {{host: web, subset: v1}}, weight: {first}}}, {{destination: {{host: web, subset: v2}}, weight: {second}}}"
        )
        applied = await mesh.running.apply(virtual_service(f"[{{route: [{shares}]}}]"))

        assert applied.applied
        assert set(await mesh.answered(30)) == expected


async def test_a_timeout_ends_a_call_with_istios_words(mesh: Mesh) -> None:
    await mesh.running.apply(virtual_service(f"[{{{TO_WEB}, timeout: 100ms}}]"))

    slow, fast = await mesh.call("/?sleep=1"), await mesh.call("/")

    assert (slow.status_code, slow.text) == (504, "upstream request timeout")
    assert fast.status_code == 200


async def test_an_aborted_call_never_arrives(mesh: Mesh) -> None:
    await mesh.running.apply(virtual_service(f"[{{{TO_WEB}, fault: {{abort: {{httpStatus: 500, percentage: {{value: 100.0}}}}}}}}]"))

    answer = await mesh.call("/")

    assert (answer.status_code, answer.text) == (500, "fault filter abort")
    assert mesh.running.asked == []


async def test_a_delay_on_the_second_hop_meets_the_timeout_on_the_first(mesh: Mesh) -> None:
    await mesh.running.apply(
        virtual_service(f"[{{{TO_WEB}, timeout: 200ms}}]", "['*']", "edge", more=", gateways: [gw]"),
        virtual_service(f"[{{{TO_WEB}, fault: {{delay: {{fixedDelay: 2s, percentage: {{value: 100.0}}}}}}}}]"),
    )

    assert (await mesh.enter("/")).status_code == 200, "a fault is the caller's proxy's work, and comes before its timeout"
    await mesh.running.apply(
        virtual_service(
            f"[{{{TO_WEB}, timeout: 200ms, fault: {{delay: {{fixedDelay: 1s, percentage: {{value: 100.0}}}}}}}}]",
            "['*']",
            "edge",
            more=", gateways: [gw]",
        )
    )
    assert (await mesh.enter("/?sleep=0.1")).status_code == 200, "nor does the delay count for it"


async def test_failed_calls_are_tried_again(mesh: Mesh) -> None:
    await mesh.running.apply(virtual_service(f"[{{{TO_WEB}, retries: {{attempts: 3, retryOn: 5xx}}}}]"))

    assert (await mesh.call("/?status=503")).status_code == 503
    assert len(mesh.running.asked) == 4


async def test_zero_attempts_try_once(mesh: Mesh) -> None:
    await mesh.running.apply(virtual_service(f"[{{{TO_WEB}, retries: {{attempts: 0}}}}]"))

    await mesh.call("/?status=503")
    assert len(mesh.running.asked) == 1


async def test_calls_beyond_the_pool_are_refused(mesh: Mesh) -> None:
    pool = "{tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 1}}"
    await mesh.running.apply(
        destination_rule(f"trafficPolicy: {{connectionPool: {pool}}}"), virtual_service(f"[{{{TO_WEB}, retries: {{attempts: 0}}}}]")
    )

    answers = await asyncio.gather(*(mesh.call("/?sleep=0.5") for _ in range(8)))

    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused and "overflow" in refused[0].text
    assert refused[0].headers["x-envoy-overloaded"] == "true"
    assert any(answer.status_code == 200 for answer in answers)


async def test_an_endpoint_that_fails_is_left_alone(mesh: Mesh) -> None:
    outlier = "{consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 1m, maxEjectionPercent: 100}"
    await mesh.running.apply(
        destination_rule(f"trafficPolicy: {{outlierDetection: {outlier}}}"), virtual_service(f"[{{{TO_WEB}, retries: {{attempts: 0}}}}]")
    )

    async with asyncio.timeout(20):  # Envoy's main thread ejects, its workers hear of it later: on a busy machine some calls later
        while (last := await mesh.call("/?status=500")).status_code == 500:
            pass

    assert last.status_code == 503
    assert last.text == "no healthy upstream", "all are ejected, and no panic makes up for it"


async def test_the_caller_is_known_by_its_labels_and_cannot_pretend(mesh: Mesh) -> None:
    match = "{match: [{sourceLabels: {app: front}}], directResponse: {status: 418}}"
    await mesh.running.apply(virtual_service(f"[{match}, {{{TO_WEB}}}]"))
    assert (await mesh.call("/")).status_code == 418

    await mesh.running.apply(virtual_service(f"[{{{TO_WEB}}}]"))
    answer = await mesh.call("/", **{"x-airside-peer": "evil;evil;evil;evil;evil;evil"})
    assert "x-airside-peer" not in answer.json()["headers"]

    app = {"one": "web-1", "two": "web-2"}[answer.json()["app"]]
    labels = (
        'reporter="destination"',
        'source_workload="front-v1"',
        'source_workload_namespace="default"',
        'source_app="front"',
        'source_version="v1"',
        'destination_service="web.default.svc.cluster.local"',
        'response_code="200"',
    )
    assert await count(mesh, app, *labels) > 0
    assert await count(mesh, app, "evil") == 0


async def test_the_callers_side_counts_too(mesh: Mesh) -> None:
    labels = (
        'reporter="source"',
        'source_workload="front-v1"',
        'destination_service_name="web"',
        'destination_service_namespace="default"',
        'response_flags="-"',
        'response_code="201"',
        'request_protocol="http"',
    )
    app = (await mesh.call("/?status=201")).json()["app"]

    assert await count(mesh, "front-1", *labels, f'destination_workload="web-v{1 if app == "one" else 2}"') == 1
    figures = (await mesh.running.admin("front-1", "/stats/prometheus?filter=istio_")).text
    for name in ("istio_request_duration_milliseconds", "istio_request_bytes", "istio_response_bytes"):
        assert f"envoy_{name}_bucket{{" in figures


async def test_the_gateway_serves_what_is_bound_to_it(mesh: Mesh) -> None:
    assert (await mesh.enter("/")).status_code == 404

    http = "[{match: [{uri: {prefix: /web/}}], rewrite: {uri: /}, " + TO_WEB + "}]"
    await mesh.running.apply(virtual_service(http, "['*']", "edge", more=", gateways: [gw]"))
    answer = await mesh.enter("/web/status")

    assert (answer.status_code, answer.json()["path"], answer.headers["server"]) == (200, "/status", "istio-envoy")
    assert (await mesh.enter("/other")).status_code == 404


async def test_headers_and_mirrors(mesh: Mesh) -> None:
    await mesh.running.apply(destination_rule(SUBSETS))
    headers = "{request: {set: {x-set: one}, remove: [x-gone]}, response: {add: {x-added: two}}}"
    route = f"route: [{{destination: {{host: web, subset: v1}}}}], mirror: {{host: web, subset: v2}}, headers: {headers}"
    await mesh.running.apply(virtual_service(f"[{{{route}}}]"))

    answer = await mesh.call("/seen", **{"x-gone": "x", "x-set": "other"})

    assert (answer.json()["app"], answer.headers["x-added"]) == ("one", "two")
    assert answer.json()["headers"]["x-set"] == "one"
    assert "x-gone" not in answer.json()["headers"]
    async with asyncio.timeout(5):
        while ("two", "GET", "/seen") not in mesh.running.asked:  # noqa: ASYNC110  (nobody is told when a mirror arrives)
            await asyncio.sleep(0.01)


async def test_a_browsers_preflight_is_answered(mesh: Mesh) -> None:
    await mesh.running.apply(
        virtual_service(f"[{{{TO_WEB}, corsPolicy: {{allowOrigins: [{{exact: 'http://shop'}}], allowMethods: [PUT], maxAge: 1m}}}}]")
    )

    async with mesh.running.client(mesh.front) as client:
        asking = {"origin": "http://shop", "access-control-request-method": "PUT"}
        answer = await client.options("http://web:8080/", headers=asking)

    assert answer.headers["access-control-allow-origin"] == "http://shop"
    assert (answer.headers["access-control-allow-methods"], answer.headers["access-control-max-age"]) == ("PUT", "60")
    assert mesh.running.asked == []


async def test_a_call_to_a_host_that_is_not_there_fails_as_on_istio(mesh: Mesh) -> None:
    await mesh.running.apply(virtual_service("[{route: [{destination: {host: web, subset: v9}}]}]"))

    answer = await mesh.call("/")

    assert answer.status_code == 503
    assert "NC" in mesh.running.log("front-1") or answer.text == ""


async def test_unknown_hosts_are_reached_by_their_own_names(mesh: Mesh) -> None:
    outside = await mesh.running.start_app("outside")

    answer = await mesh.call("/hello", host=f"127.0.0.1:{outside}")

    assert answer.json()["app"] == "outside"
    assert "x-airside-peer" not in answer.json()["headers"]


async def test_a_name_for_an_outside_host_leads_there(mesh: Mesh) -> None:
    outside = await mesh.running.start_app("outside")
    await mesh.running.apply(service("elsewhere", port=outside, type="ExternalName", externalName="localhost"))

    answer = await mesh.call("/hello", host=f"elsewhere:{outside}")

    assert answer.json()["app"] == "outside"
    assert answer.json()["headers"]["host"] == f"localhost:{outside}"


async def connect(ip: str, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A CONNECT tunnel through the proxy of the pod."""
    reader, writer = await asyncio.open_connection(ip, 15080)
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in answer.splitlines()[0], answer
    return reader, writer


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> bytes:
    writer.write(f"GET /tunnel HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_tunnel_to_an_unknown_host_carries_bytes(mesh: Mesh) -> None:
    outside = await mesh.running.start_app("outside")

    answer = await ask(*await connect(mesh.front, f"127.0.0.1:{outside}"), f"127.0.0.1:{outside}")

    assert b'"app":"outside"' in answer


async def test_a_tunnel_to_a_host_of_the_mesh_follows_the_rules(mesh: Mesh) -> None:
    await mesh.running.apply(service("api", port=8080, app="web", ports=[{"name": "grpc", "port": 8080, "targetPort": 8080}]))
    await mesh.running.apply(virtual_service("[{directResponse: {status: 418}}]", "[api]", "api"))

    answer = await ask(*await connect(mesh.front, "api:8080"), "api:8080")

    assert b" 418 " in answer.splitlines()[0]


@asynccontextmanager
async def grpc_app() -> AsyncIterator[int]:
    """An application that answers every gRPC call with what it was sent; its port."""

    async def echo(request: bytes, context: object) -> bytes:
        return request

    class Echo(grpc.GenericRpcHandler):
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            return grpc.unary_unary_rpc_method_handler(echo)

    server = grpc.aio.server(handlers=[Echo()])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(grace=None)


async def test_a_grpc_client_that_honours_the_proxy_variable_is_in_the_mesh(mesh: Mesh) -> None:
    async with grpc_app() as port:
        net = mesh.front.rpartition(".")[0]
        api = pod("api-1", f"{net}.7", app="api", port=port)
        await mesh.running.start_pod(api)
        ports = [{"name": "grpc", "port": 8080, "targetPort": 8080}]
        slices = endpoints("api", {"api-1": f"{net}.7"}).replace("name: http", "name: grpc")
        await mesh.running.apply(service("api", ports=ports), slices)

        async with grpc.aio.insecure_channel("api:8080", options=[("grpc.http_proxy", f"http://{mesh.front}:15080")]) as channel:
            answer = await channel.unary_unary("/airport.Echo/Echo")(b"hello", timeout=10)

        assert answer == b"hello"
        assert await count(mesh, "api-1", 'request_protocol="grpc"', 'grpc_response_status="0"', 'source_workload="front-v1"') == 1
        await mesh.running.stop_pod("api-1")


async def test_endpoints_come_and_go(mesh: Mesh) -> None:
    await mesh.running.apply(endpoints("web", {"web-1": mesh.web[0], "web-2": mesh.web[1]}, unready=("web-1",)))
    assert set(await mesh.answered(10)) == {"two"}

    await mesh.running.apply(endpoints("web", {"web-1": mesh.web[0]}))
    assert set(await mesh.answered(10)) == {"one"}

    await mesh.running.apply(endpoints("web", {}))
    answer = await mesh.call("/")
    assert (answer.status_code, answer.text) == (503, "no healthy upstream")


EVERYTHING = documents(
    virtual_service(
        """[{name: all, match: [
          {name: m, uri: {regex: '/a/.*'}, ignoreUriCase: true, scheme: {exact: http}, method: {exact: GET}, authority: {prefix: web},
           headers: {a: {exact: x}, b: {}, c: {regex: 'y.*'}}, withoutHeaders: {d: {prefix: z}, e: {}}, queryParams: {q: {exact: x}, p: {}},
           port: 8080, statPrefix: mine}],
         route: [{destination: {host: web, subset: v1, port: {number: 8080}}, weight: 1, headers: {request: {set: {a: '%START_TIME%'}}}},
                 {destination: {host: web, subset: v2}, weight: 2, headers: {request: {set: {host: b.com}}, response: {remove: [x]}}}],
         rewrite: {uriRegexRewrite: {match: '^/a/(.*)$', rewrite: '/b/\\\\1'}}, timeout: 1.5s,
         retries: {attempts: 2, perTryTimeout: 1s, retryOn: '5xx,409', retryRemoteLocalities: true, backoff: 10ms},
         fault: {delay: {fixedDelay: 1ms, percentage: {value: 0.1}}, abort: {grpcStatus: UNAVAILABLE, percentage: {value: 0.1}}},
         mirrors: [{destination: {host: web}, percentage: {value: 1.5}}],
         corsPolicy: {allowOrigins: [{regex: '.*'}], allowMethods: [GET], allowHeaders: [a], exposeHeaders: [b], maxAge: 1s,
           allowCredentials: true},
         headers: {request: {add: {a: b}, remove: [c]}, response: {set: {d: e}}}},
        {match: [{uri: {exact: /r}}], redirect: {uri: /s, authority: t.com, scheme: https, port: 8443, redirectCode: 308}},
        {match: [{uri: {prefix: /d}}], directResponse: {status: 200, body: {string: hello}}},
        {route: [{destination: {host: web, subset: hashed}}]}]"""
    ),
    destination_rule(
        """trafficPolicy: {
          connectionPool: {
            tcp: {maxConnections: 10, connectTimeout: 1s, tcpKeepalive: {time: 60s, interval: 10s, probes: 3}, maxConnectionDuration: 1h,
              idleTimeout: 5m},
            http: {http1MaxPendingRequests: 9, http2MaxRequests: 8, maxRequestsPerConnection: 7, maxRetries: 6, idleTimeout: 1m}},
          loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 10s, minimumPercent: 5.0, aggression: 1.5}},
          outlierDetection: {consecutive5xxErrors: 5, consecutiveGatewayErrors: 4, splitExternalLocalOriginErrors: true,
            consecutiveLocalOriginFailures: 3, interval: 1s, baseEjectionTime: 1s, maxEjectionPercent: 50, minHealthPercent: 10,
            outlierDetectionHttpErrorCodes: [500, 503]}},
        subsets: [
          {name: v1, labels: {version: v1}, trafficPolicy: {connectionPool: {http: {h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 5}}}},
          {name: v2, labels: {version: v2}, trafficPolicy: {retryBudget: {percent: 30.0}}},
          {name: hashed, trafficPolicy: {loadBalancer: {
            consistentHash: {httpCookie: {name: c, path: /, ttl: 1h}, maglev: {tableSize: 101}}}}},
          {name: ring, trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x, ringHash: {minimumRingSize: 64}}}}}]"""
    ),
    virtual_service("[{redirect: {prefixRewrite: /b}}]", "['*.example.com', api.example.com]", "literal", more=", gateways: [mesh, gw]"),
    service("grpc", ports=[{"name": "grpc-api", "port": 9000, "targetPort": 8080}], app="web"),
    service("auto", ports=[{"port": 9001, "targetPort": "web"}], app="web"),
    service("headless", clusterIP="None", app="web"),
)


async def test_every_field_is_taken_without_a_warning(mesh: Mesh) -> None:
    applied = await mesh.running.apply(EVERYTHING)

    assert applied.applied and applied.rejected == ()
    for name in mesh.running.pods:
        assert "deprecated_feature_use: 0" in (await mesh.running.admin(name, "/stats?filter=deprecated_feature_use")).text


async def test_what_is_taken_away_is_gone(mesh: Mesh) -> None:
    rule = virtual_service("[{directResponse: {status: 418}}]")
    await mesh.running.apply(rule)
    assert (await mesh.call("/")).status_code == 418

    await mesh.running.apply(rule, delete=True)
    assert (await mesh.call("/")).status_code == 200


async def test_another_gateway_takes_the_node_port_over() -> None:
    async with begun(1) as mesh:
        await mesh.running.apply(virtual_service("[{directResponse: {status: 418}}]", "['*']", "edge", more=", gateways: [gw]"))
        net = mesh.front.rpartition(".")[0]
        await mesh.running.start_pod(gateway_pod("gw-2", f"{net}.9"))
        assert (await mesh.enter("/")).status_code == 418

        await mesh.running.stop_pod("gw-1")
        applied = await mesh.running.apply(gateway_pod("gw-1", f"{net}.1"), delete=True)

        assert applied.applied and applied.rejected == ()
        assert (await mesh.enter("/")).status_code == 418
