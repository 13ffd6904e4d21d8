"""Cost follows the change: what is computed again, what is said, and that it comes out as if all had been made anew."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from translate_meshes import GATEWAY_SERVICE, changes_of, documents, endpoints, gateway_pod, gone, pod, service

from airside.model.world import ObjectChange
from airside.translate.check import dangling, duplicates
from airside.translate.parts import Step
from airside.translate.translator import Translator
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource, Scope, TypeUrl, Update

CALLER = pod("front-1", "127.9.0.2", app="front")
OTHER_CALLER = pod("back-1", "127.9.0.9", app="back", namespace="other")


def mesh(count: int = 20) -> str:
    return documents(
        CALLER,
        OTHER_CALLER,
        *(service(f"svc{i}") for i in range(count)),
        *(pod(f"svc{i}-a", f"127.9.1.{i}", app=f"svc{i}") for i in range(count)),
        *(endpoints(f"svc{i}", {f"svc{i}-a": f"127.9.1.{i}"}) for i in range(count)),
    )


def virtual_service(name: str, to: str, namespace: str = "default", **spec: object) -> str:
    http = f"[{{route: [{{destination: {{host: {to}.default.svc.cluster.local}}}}]}}]"
    return f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{hosts: [{name}.default.svc.cluster.local], http: {http}{_more(spec)}}}
"""


def destination_rule(name: str, namespace: str = "default", policy: str = "{}") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{host: {name}.default.svc.cluster.local, trafficPolicy: {policy}, subsets: [{{name: v1, labels: {{version: v1}}}}]}}
"""


def _more(spec: dict[str, object]) -> str:
    return "".join(f", {key}: {value}" for key, value in spec.items())


@pytest.fixture
def translator() -> Translator:
    translator = Translator()
    translator.follow(1, changes_of(mesh()))
    return translator


def computed(translator: Translator) -> set[tuple[Step, str]]:
    return {(part.step, part.name) for part in translator.computed}


def said(update: Update) -> set[tuple[TypeUrl, Scope, str]]:
    return {(type, scope, name) for (type, scope), table in update.tables.items() for name in table}


def test_the_same_objects_again_cost_nothing_and_say_nothing(translator: Translator) -> None:
    update = translator.follow(2, changes_of(mesh()))

    assert translator.computed == frozenset()
    assert (update.tables, update.proxies) == ({}, {})


def test_an_endpoint_is_endpoints_only(translator: Translator) -> None:
    update = translator.follow(2, changes_of(endpoints("svc3", {"svc3-a": "127.9.1.3", "svc3-b": "127.9.2.3"})))

    assert computed(translator) == {(Step.ENDPOINTS, "svc3.default.svc.cluster.local")}
    name = "outbound|8080||svc3.default.svc.cluster.local"
    assert said(update) == {(ENDPOINTS, Scope("sidecar/default"), name), (ENDPOINTS, Scope("sidecar/other"), name)}


def test_a_readiness_change_is_endpoints_only(translator: Translator) -> None:
    update = translator.follow(2, changes_of(endpoints("svc3", {"svc3-a": "127.9.1.3"}, unready=("svc3-a",))))

    assert {type for type, _, _ in said(update)} == {ENDPOINTS}


def test_a_pods_status_changes_nothing(translator: Translator) -> None:
    status = {"podIP": "127.9.1.3", "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    update = translator.follow(2, changes_of(pod("svc3-a", "127.9.1.3", app="svc3", status=status)))

    assert translator.computed == frozenset()
    assert said(update) == set()


def test_a_virtual_service_is_the_routes_of_those_who_see_it(translator: Translator) -> None:
    public = translator.follow(2, changes_of(virtual_service("svc3", to="svc4")))

    assert computed(translator) == {(Step.HOSTS, "svc3.default.svc.cluster.local")}
    assert said(public) == {(ROUTES, Scope("sidecar/default"), "http_proxy"), (ROUTES, Scope("sidecar/other"), "http_proxy")}

    private = translator.follow(3, changes_of(virtual_service("svc5", to="svc6", exportTo='["."]')))

    assert said(private) == {(ROUTES, Scope("sidecar/default"), "http_proxy")}


def test_a_destinations_policy_is_its_clusters_only(translator: Translator) -> None:
    translator.follow(2, changes_of(destination_rule("svc3")))
    update = translator.follow(3, changes_of(destination_rule("svc3", policy="{loadBalancer: {simple: RANDOM}}")))

    assert {host for _, host in computed(translator)} <= {"svc3.default.svc.cluster.local", ""} | {
        str(p.name) for p in translator.computed if p.step is Step.PROXY
    }
    assert {(type, name) for type, _, name in said(update)} == {
        (CLUSTER, "outbound|8080||svc3.default.svc.cluster.local"),
        (CLUSTER, "outbound|8080|v1|svc3.default.svc.cluster.local"),
    }


def test_a_rule_of_a_callers_own_namespace_touches_that_namespace_only(translator: Translator) -> None:
    update = translator.follow(2, changes_of(destination_rule("svc3", namespace="other")))

    assert {scope for _, scope, _ in said(update)} == {Scope("sidecar/other")}


def test_a_new_subset_changes_the_routes_that_wait_for_it_and_no_others(translator: Translator) -> None:
    text = virtual_service("svc3", to="svc4").replace("svc4.default.svc.cluster.local}", "svc4.default.svc.cluster.local, subset: v1}")
    translator.follow(2, changes_of(text))
    update = translator.follow(3, changes_of(destination_rule("svc4")))

    table = update.tables[ROUTES, Scope("sidecar/default")]["http_proxy"]
    assert table is not None and (CLUSTER, "outbound|8080|v1|svc4.default.svc.cluster.local") in table.needs


def test_another_pod_of_a_known_audience_gets_listeners_and_costs_no_one_else(translator: Translator) -> None:
    update = translator.follow(2, changes_of(pod("svc3-b", "127.9.2.3", app="svc3")))

    (proxy,) = update.proxies
    assert update.proxies[proxy] == (Scope(proxy), Scope("sidecar/default"), Scope("mesh"))
    assert {scope for _, scope, _ in said(update)} == {Scope(proxy)}
    assert {type for type, _, _ in said(update)} == {LISTENER, CLUSTER}


def test_a_pod_that_goes_takes_its_own_with_it_and_nothing_else(translator: Translator) -> None:
    translator.follow(2, changes_of(pod("svc3-b", "127.9.2.3", app="svc3")))
    update = translator.follow(3, gone(changes_of(pod("svc3-b", "127.9.2.3", app="svc3"))))

    assert list(update.proxies.values()) == [None]
    assert all(resource is None for table in update.tables.values() for resource in table.values())
    assert len({scope for _, scope, _ in said(update)}) == 1


def test_the_last_pod_of_an_audience_takes_the_audience_with_it(translator: Translator) -> None:
    update = translator.follow(2, gone(changes_of(OTHER_CALLER)))

    assert all(resource is None for table in update.tables.values() for resource in table.values())
    assert Scope("sidecar/other") not in {scope for _, scope in translator.snapshot().tables}


def test_callers_that_a_rule_tells_apart_get_an_audience_of_their_own(translator: Translator) -> None:
    text = virtual_service("svc3", to="svc4").replace("http: [{", "http: [{match: [{sourceLabels: {app: front}}], ")
    update = translator.follow(2, changes_of(text))

    assert {scopes[1] for scopes in update.proxies.values() if scopes} == {Scope("sidecar/default[app=front]")}
    assert not {scope for _, scope, _ in said(update)} & {Scope("sidecar/default"), Scope("sidecar/other")}


def test_a_service_is_a_matter_of_its_own_clusters_and_the_tables_it_joins(translator: Translator) -> None:
    update = translator.follow(2, changes_of(service("new")))

    host = "new.default.svc.cluster.local"
    assert computed(translator) == {(Step.CLUSTERS, host), (Step.ENDPOINTS, host), (Step.HOSTS, host)}
    assert {name for _, _, name in said(update)} == {f"outbound|8080||{host}", "http_proxy"}


# Any order of changes comes out as if everything had been told at once.

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
"""
OTHER_GATEWAY = GATEWAY.replace('hosts: ["*"]', 'hosts: ["a.example.com"]')
EDGE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge}
spec: {hosts: ["*"], gateways: [gw, mesh], http: [{route: [{destination: {host: svc0, subset: v1}}]}]}
"""
LABELLED = virtual_service("svc0", to="svc1").replace("http: [{", "http: [{match: [{sourceLabels: {app: svc1}}], ")
WILD = (
    virtual_service("svc1", to="svc0")
    .replace("hosts: [svc1.", "hosts: ['*.")
    .replace("svc.cluster.local], http", "svc.cluster.local'], http")
)
ROOT = virtual_service("svc1", to="svc0").replace("http: [{route", "http: [{delegate: {name: leaf}}, {route")
LEAF = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: leaf}
spec: {http: [{match: [{uri: {prefix: /leaf}}], route: [{destination: {host: svc0}}]}]}
"""
LITERAL = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: literal}
spec: {hosts: [api.example.com, svc2], http: [{route: [{destination: {host: svc1}}]}]}
"""

VARIANTS: list[list[ObjectChange]] = [
    changes_of(text)
    for text in (
        *(service(f"svc{i}") for i in range(3)),
        service("svc0", port=80),
        service("svc1", type="ExternalName", externalName="svc0.default.svc.cluster.local"),
        *(pod(f"svc{i}-a", f"127.9.1.{i}", app=f"svc{i}") for i in range(3)),
        pod("svc0-a", "127.9.1.7", app="svc0", version="v2"),
        pod("svc1-a", "", app="svc1"),
        pod("front-1", "127.9.0.2", app="front", namespace="other"),
        *(endpoints(f"svc{i}", {f"svc{i}-a": f"127.9.1.{i}"}) for i in range(3)),
        endpoints("svc0", {"svc0-a": "127.9.1.0", "svc1-a": "127.9.1.1"}, unready=("svc1-a",)),
        virtual_service("svc0", to="svc1"),
        LABELLED,
        WILD,
        ROOT,
        LEAF,
        LITERAL,
        virtual_service("svc0", to="svc2", namespace="other"),
        destination_rule("svc0"),
        destination_rule("svc0", policy="{connectionPool: {http: {http1MaxPendingRequests: 1}}}"),
        destination_rule("svc0", namespace="other", policy="{loadBalancer: {consistentHash: {httpHeaderName: x-user}}}"),
        destination_rule("svc1").replace("spec: {", "spec: {workloadSelector: {matchLabels: {app: svc2}}, "),
        GATEWAY_SERVICE,
        GATEWAY,
        OTHER_GATEWAY,
        EDGE,
        gateway_pod("gw-1", "127.9.3.1"),
        gateway_pod("gw-2", "127.9.3.2"),
    )
]
changes = st.sampled_from(VARIANTS).flatmap(lambda variant: st.sampled_from([variant, gone(variant)]))
histories = st.lists(st.lists(changes, min_size=1, max_size=6), min_size=1, max_size=8)

State = tuple[dict[tuple[TypeUrl, Scope], dict[str, Resource]], dict[str, tuple[Scope, ...]]]


def after(state: State, update: Update) -> State:
    """What a server holds that takes each update over."""
    tables = {key: dict(table) for key, table in state[0].items()}
    proxies = dict(state[1])
    for key, table in update.tables.items():
        for name, resource in table.items():
            if resource is None:
                assert name in tables.get(key, {}), f"removed what never was: {key} {name}"
                del tables[key][name]
            else:
                assert tables.get(key, {}).get(name) != resource, f"said again what is known: {key} {name}"
                tables.setdefault(key, {})[name] = resource
    for proxy, scopes in update.proxies.items():
        if scopes is None:
            del proxies[proxy]
        else:
            proxies[proxy] = scopes
    return {key: table for key, table in tables.items() if table}, proxies


def state_of(snapshot: Update) -> State:
    return after(({}, {}), snapshot)


def flat(batch: Iterable[list[ObjectChange]]) -> list[ObjectChange]:
    return [change for part in batch for change in part]


@settings(max_examples=150, deadline=None)
@given(histories)
def test_any_history_comes_out_as_if_all_were_told_at_once(history: list[list[list[ObjectChange]]]) -> None:
    translator = Translator()
    state: State = ({}, {})
    now = dict[object, ObjectChange]()
    for revision, batch in enumerate(history, 1):
        state = after(state, translator.follow(revision, flat(batch)))
        now |= {change[0]: change for change in flat(batch)}

        fresh = Translator()
        fresh.follow(1, [change for change in now.values() if change[1] is not None])
        assert state == state_of(fresh.snapshot())
        assert state == state_of(translator.snapshot())
        assert dangling(translator.snapshot()) == []
        assert duplicates(translator.snapshot()) == []
