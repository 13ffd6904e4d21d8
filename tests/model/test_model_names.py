"""Names are printed and parsed side by side, and mean what Istio means by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.model.names import (
    Host,
    InboundCluster,
    Namespace,
    OutboundCluster,
    ProxyName,
    Role,
    covers,
    parse_cluster,
    resolve_gateway,
    resolve_host,
    wildcards_of,
)

label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
port = st.integers(1, 65535)


@given(st.sampled_from(Role), label, label, st.integers(1, 254))
def test_a_proxy_name_parses_to_itself(role: Role, pod: str, namespace: str, last: int) -> None:
    name = ProxyName(role, f"127.7.0.{last}", pod, Namespace(namespace))

    assert ProxyName.parse(str(name)) == name


def test_a_pod_name_with_dots_keeps_its_namespace_apart() -> None:
    name = ProxyName(Role.SIDECAR, "127.7.0.1", "web.0", Namespace("shop"))

    assert ProxyName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("sidecar~127.0.0.1~pod.ns~other.svc.cluster.local", id="two namespaces"),
        pytest.param("waypoint~127.0.0.1~pod.ns~ns.svc.cluster.local", id="no such role"),
        pytest.param("sidecar~127.0.0.1~pod~ns.svc.cluster.local", id="no namespace beside the pod"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_proxy_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ProxyName.parse(text)


@given(port, label, label, label)
def test_an_outbound_cluster_parses_to_itself(number: int, subset: str, service: str, namespace: str) -> None:
    for name in (subset, ""):
        cluster = OutboundCluster(number, name, Host(f"{service}.{namespace}.svc.cluster.local"))
        assert parse_cluster(str(cluster)) == cluster


@given(port)
def test_an_inbound_cluster_parses_to_itself(number: int) -> None:
    assert parse_cluster(str(InboundCluster(number))) == InboundCluster(number)


@pytest.mark.parametrize("text", ["PassthroughCluster", "inbound|80|v1|", "sideways|80||a", "outbound|http||a.b"])
def test_what_is_no_cluster_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_cluster(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("reviews", "reviews.shop.svc.cluster.local", id="a short name is of the rule's namespace"),
        pytest.param("Reviews", "reviews.shop.svc.cluster.local", id="case does not count"),
        pytest.param("reviews.other", "reviews.other", id="a name with a dot is taken as it is"),
        pytest.param("*", "*", id="everything stays everything"),
        pytest.param("*.example.com", "*.example.com", id="a wildcard stays"),
        pytest.param("10.0.0.1", "10.0.0.1", id="an address stays"),
        pytest.param("::1", "::1", id="a v6 address stays"),
    ],
)
def test_hosts_are_resolved_as_their_rule_means_them(written: str, meant: str) -> None:
    assert resolve_host(written, "shop") == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("mesh", "mesh"),
        ("gw", "shop/gw"),
        ("./gw", "shop/gw"),
        ("edge/gw", "edge/gw"),
        pytest.param("gw.edge.svc.cluster.local", "edge/gw", id="legacy form"),
    ],
)
def test_gateways_are_resolved_as_their_rule_means_them(written: str, meant: str) -> None:
    assert resolve_gateway(written, "shop") == meant


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("*", "anything.at.all", True),
        ("*.foo.com", "a.foo.com", True),
        ("*.foo.com", "*.a.foo.com", True),
        ("*.foo.com", "foo.com", False),
        ("*.a.foo.com", "*.foo.com", False),
        ("a.foo.com", "a.foo.com", True),
        ("a.foo.com", "*.foo.com", False),
    ],
)
def test_a_pattern_covers_what_ends_like_it(pattern: str, host: str, covered: bool) -> None:
    assert covers(pattern, host) is covered


def test_wildcards_come_most_specific_first() -> None:
    assert wildcards_of(["a.foo.com", "*", "*.foo.com", "*.a.foo.com"]) == ("*.a.foo.com", "*.foo.com", "*")
