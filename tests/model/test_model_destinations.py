"""Which DestinationRule holds for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airside.model.destination import DestinationRules, merge_policies, policy_of
from airside.model.labels import Selector, selector_of
from airside.model.names import Host, Namespace
from airside.resources.destination_rule import DestinationRule
from airside.resources.keys import ObjectKey

HOST = Host("web.shop.svc.cluster.local")


def rule(
    name: str, namespace: str, host: str = "web.shop.svc.cluster.local", age: int = 0, **spec: object
) -> tuple[ObjectKey, DestinationRule]:
    key = ObjectKey("networking.istio.io", "DestinationRule", namespace, name)
    created = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=age)).isoformat()
    raw = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": created},
        "spec": {"host": host, **spec},
    }
    return key, DestinationRule.of(raw)


def winner(rules: list[tuple[ObjectKey, DestinationRule]], caller: str, *traits: Selector) -> str:
    """The names of the rules behind the policy that holds, or `-`."""
    found, _ = DestinationRules().change(rules, lambda host: [])
    policy = found.policy(HOST, Namespace("shop"), Namespace(caller), frozenset(traits))
    return "-" if policy is None else ",".join(ObjectKey.parse(origin).name for origin in policy.origins)


@pytest.mark.parametrize(
    ("rules", "caller", "expected"),
    [
        pytest.param([], "shop", "-", id="no rule"),
        pytest.param([rule("own", "shop")], "front", "own", id="the service's namespace's rule is everybody's"),
        pytest.param([rule("own", "shop"), rule("mine", "front")], "front", "mine", id="the caller's namespace first"),
        pytest.param([rule("own", "shop"), rule("mine", "front")], "back", "own", id="another caller's rule is not mine"),
        pytest.param(
            [rule("own", "shop"), rule("mine", "front", "*.local")], "front", "mine", id="a caller's wildcard beats the owner's exact rule"
        ),
        pytest.param([rule("root", "istio-system")], "front", "root", id="the root namespace last"),
        pytest.param([rule("own", "shop", exportTo=["."])], "front", "-", id="private rules are private"),
        pytest.param([rule("own", "shop", exportTo=["."])], "shop", "own", id="but hold at home"),
        pytest.param(
            [rule("own", "shop", exportTo=["."]), rule("root", "istio-system", "*")],
            "front",
            "root",
            id="an invisible level is passed over",
        ),
        pytest.param(
            [rule("exact", "shop", exportTo=["."]), rule("wide", "shop", "*.shop.svc.cluster.local")],
            "front",
            "-",
            id="an invisible exact rule hides a visible wildcard of its namespace",
        ),
        pytest.param([rule("root", "istio-system")], "istio-system", "root", id="callers in the root namespace see its public rules last"),
        pytest.param(
            [rule("root", "istio-system"), rule("own", "shop")], "istio-system", "own", id="for them the service's own rule comes first"
        ),
        pytest.param(
            [rule("root", "istio-system", exportTo=["."]), rule("own", "shop")],
            "istio-system",
            "root",
            id="unless the root's rule is private",
        ),
        pytest.param([rule("a", "shop"), rule("b", "shop", age=1)], "front", "a,b", id="rules of one host and namespace are one"),
        pytest.param(
            [rule("short", "shop", "*.local"), rule("long", "shop", "*.shop.svc.cluster.local")],
            "front",
            "long",
            id="longer wildcards first",
        ),
    ],
)
def test_whose_rule_holds(rules: list[tuple[ObjectKey, DestinationRule]], caller: str, expected: str) -> None:
    assert winner(rules, caller) == expected


def test_a_rule_for_some_callers_holds_for_those_and_the_general_one_for_the_rest() -> None:
    labels = {"app": "front"}
    rules = [rule("general", "front"), rule("special", "front", age=1, workloadSelector={"matchLabels": labels})]

    assert winner(rules, "front", selector_of(labels)) == "special"
    assert winner(rules, "front") == "general"


def test_merged_rules_keep_the_first_policy_and_the_first_subset_of_a_name() -> None:
    first = rule("a", "shop", subsets=[{"name": "v1", "labels": {"version": "one"}}])
    second = rule(
        "b",
        "shop",
        age=1,
        trafficPolicy={"loadBalancer": {"simple": "RANDOM"}},
        subsets=[{"name": "v1", "labels": {"version": "other"}}, {"name": "v2"}],
    )
    third = rule("c", "shop", age=2, trafficPolicy={"loadBalancer": {"simple": "ROUND_ROBIN"}})

    (merged,) = merge_policies([policy_of(*third), policy_of(*second), policy_of(*first)])

    assert [(subset.name, dict(subset.labels)) for subset in merged.subsets] == [("v1", {"version": "one"}), ("v2", {})]
    assert merged.policy is not None and merged.policy.load_balancer is not None
    assert merged.policy.load_balancer.simple == "RANDOM"


def test_rules_seen_by_different_namespaces_stay_apart() -> None:
    narrow, other = rule("a", "shop", exportTo=["x"]), rule("b", "shop", age=1, exportTo=["y"])

    assert [policy.origins for policy in merge_policies([policy_of(*narrow), policy_of(*other)])] == [
        ("DestinationRule.networking.istio.io/shop/a",),
        ("DestinationRule.networking.istio.io/shop/b",),
    ]


def test_a_wider_rule_is_merged_and_kept_apart_too() -> None:
    narrow, wide = rule("a", "shop", exportTo=["x"]), rule("b", "shop", age=1)

    assert [len(policy.origins) for policy in merge_policies([policy_of(*narrow), policy_of(*wide)])] == [2, 1]
