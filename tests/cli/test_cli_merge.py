"""Three-way merge: what was applied before, what is applied now, what is there."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.cli.merge import LAST_APPLIED, annotate, build_merge_patch, last_applied, plan_apply

Raw = dict[str, object]
SERVICE: Raw = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "cpanel", "namespace": "default"},
    "spec": {"ports": [{"port": 8080, "name": "http"}], "selector": {"app": "cpanel"}},
}


def stored(raw: Raw, **server_side: object) -> Raw:
    """The object as the server has it after an apply of `raw`."""
    return {**annotate(raw), **server_side}


def merge_patch(target: object, patch: object) -> object:
    """RFC 7386, as its appendix writes it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def applied(before: Raw, wanted: Raw, change: Raw) -> Raw:
    """What is there after: `before` applied, then changed by somebody else, then `wanted` applied."""
    current = merge_patch(annotate(before), change)
    assert isinstance(current, dict)
    result = merge_patch(current, plan_apply(wanted, current))
    assert isinstance(result, dict)
    result["metadata"] = {**result["metadata"], "annotations": {}}
    return result


def test_applying_the_same_again_changes_nothing() -> None:
    assert plan_apply(SERVICE, stored(SERVICE)) == {}


def test_what_the_server_added_stays() -> None:
    current = stored(SERVICE, status={"loadBalancer": {}})
    current["spec"] = {
        **SERVICE["spec"],
        "clusterIP": "10.96.0.7",
        "ports": [{"port": 8080, "name": "http", "protocol": "TCP", "targetPort": 8080}],
    }  # type: ignore[dict-item]

    assert plan_apply(SERVICE, current) == {}


def test_a_field_no_longer_said_goes_and_one_of_others_stays() -> None:
    before = {**SERVICE, "metadata": {"name": "cpanel", "namespace": "default", "labels": {"ours": "1", "both": "2"}}}
    wanted = {**SERVICE, "metadata": {"name": "cpanel", "namespace": "default", "labels": {"both": "3"}}}

    after = applied(before, wanted, {"metadata": {"labels": {"theirs": "4"}}})

    assert after["metadata"] == {"name": "cpanel", "namespace": "default", "labels": {"both": "3", "theirs": "4"}, "annotations": {}}


def test_what_is_applied_wins_over_what_others_set() -> None:
    after = applied(SERVICE, SERVICE, {"spec": {"selector": {"app": "other"}}})

    assert after["spec"] == SERVICE["spec"]


def test_the_note_is_kept_and_says_what_was_applied() -> None:
    annotated = annotate(SERVICE)

    said = last_applied(annotated)
    assert said == {**SERVICE, "metadata": {"name": "cpanel", "namespace": "default", "annotations": {}}}
    assert annotate(annotated) == annotated


def test_the_note_reads_as_kubectls_own() -> None:
    raw = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "<&> é \u2028"}}

    annotations = annotate(raw)["metadata"]["annotations"]  # type: ignore[index]

    expected = r'"data":{"k":"\u003c\u0026\u003e é \u2028"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}'
    assert annotations[LAST_APPLIED] == '{"apiVersion":"v1",' + expected + "\n"
    assert json.loads(annotations[LAST_APPLIED])["data"] == raw["data"]


@pytest.mark.parametrize(
    ("current", "said"),
    [
        pytest.param({}, None, id="no metadata"),
        pytest.param({"metadata": {"annotations": {}}}, None, id="never applied"),
        pytest.param({"metadata": {"annotations": {LAST_APPLIED: "{"}}}, None, id="an unreadable note"),
        pytest.param({"metadata": {"annotations": {LAST_APPLIED: "[]"}}}, None, id="a note that is no object"),
        pytest.param({"metadata": {"annotations": {LAST_APPLIED: '{"a":1}'}}}, {"a": 1}, id="a note"),
    ],
)
def test_the_last_applied_is(current: Raw, said: Raw | None) -> None:
    assert last_applied(current) == said


def deployment(*containers: Raw) -> Raw:
    spec = {"template": {"spec": {"containers": list(containers)}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "default"}, "spec": spec}


def containers_of(raw: Raw) -> object:
    return raw["spec"]["template"]["spec"]["containers"]  # type: ignore[index]


def test_containers_are_merged_by_name_with_what_the_server_added() -> None:
    before = deployment({"name": "app", "image": "a:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]})
    wanted = deployment({"name": "app", "image": "a:2", "env": [{"name": "A", "value": "1"}]})
    theirs = deployment(
        {
            "name": "app",
            "image": "a:1",
            "imagePullPolicy": "Always",
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "THEIRS", "value": "3"}],
        },
        {"name": "debug", "image": "d"},
    )

    after = applied(before, wanted, {"spec": theirs["spec"]})

    assert containers_of(after) == [
        {
            "name": "app",
            "image": "a:2",
            "imagePullPolicy": "Always",
            "env": [{"name": "A", "value": "1"}, {"name": "THEIRS", "value": "3"}],
        },
        {"name": "debug", "image": "d"},
    ]


def test_a_container_no_longer_said_goes() -> None:
    after = applied(deployment({"name": "app"}, {"name": "old"}), deployment({"name": "app"}), {})

    assert containers_of(after) == [{"name": "app"}]


def test_lists_of_istio_kinds_are_one_value() -> None:
    def service(*weights: int) -> Raw:
        route = [{"destination": {"host": "cpanel", "subset": f"v{n}"}, "weight": weight} for n, weight in enumerate(weights, 1)]
        return {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "cpanel", "namespace": "default"},
            "spec": {"hosts": ["cpanel"], "http": [{"name": "main", "route": route}]},
        }

    after = applied(service(100), service(50, 50), {"spec": {"http": [{"name": "main", "timeout": "1s"}]}})

    assert after["spec"] == service(50, 50)["spec"]


def test_two_ports_of_one_number_make_the_list_one_value() -> None:
    ports = [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
    wanted = {**SERVICE, "spec": {"ports": ports}}

    after = applied(SERVICE, wanted, {})

    assert after["spec"] == {"ports": ports}


def test_null_says_that_a_field_is_to_be_absent() -> None:
    wanted = deepcopy(SERVICE)
    wanted["spec"]["sessionAffinity"] = None  # type: ignore[index]

    after = applied(SERVICE, wanted, {"spec": {"sessionAffinity": "ClientIP"}})

    assert after["spec"] == SERVICE["spec"]


def test_another_version_of_the_same_object_is_no_change() -> None:
    current = {**stored(SERVICE), "apiVersion": "v2"}

    assert plan_apply(SERVICE, current) == {}


def test_an_object_never_applied_keeps_what_the_file_does_not_say() -> None:
    current: Raw = {"metadata": {"name": "cpanel", "namespace": "default", "labels": {"theirs": "1"}}, "spec": SERVICE["spec"]}

    patch = plan_apply(SERVICE, current)

    assert set(patch) == {"metadata"}
    assert set(patch["metadata"]) == {"annotations"}  # type: ignore[call-overload]


VALUES = st.recursive(
    st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_a_patch_makes_the_one_of_the_other(current: Raw, wanted: Raw) -> None:
    assert merge_patch(current, build_merge_patch(current, wanted)) == wanted


@given(OBJECTS)
def test_nothing_to_change_is_an_empty_patch(raw: Raw) -> None:
    assert build_merge_patch(raw, deepcopy(raw)) == {}


@given(OBJECTS, OBJECTS, OBJECTS)
def test_applying_twice_is_applying_once(before: Raw, wanted: Raw, change: Raw) -> None:
    current = merge_patch(annotate({"spec": before}), {"spec": change})
    assert isinstance(current, dict)
    once = merge_patch(current, plan_apply({"spec": wanted}, current))
    assert isinstance(once, dict)

    assert plan_apply({"spec": wanted}, once) == {}


@given(OBJECTS, OBJECTS)
def test_whoever_alone_writes_an_object_gets_exactly_what_was_applied_last(before: Raw, wanted: Raw) -> None:
    current = annotate({"spec": before})
    after = merge_patch(current, plan_apply({"spec": wanted}, current))

    assert isinstance(after, dict)
    assert after["spec"] == wanted
