"""Strategic merge patch, rule by rule. The recordings judge it against a real server; here is why it does what it does."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.apiserver.status import ApiError
from airside.apiserver.strategic import merge_strategic

Raw = dict[str, Any]


def containers(*names: str, **fields: object) -> list[Raw]:
    return [{"name": name, "image": f"{name}:1", **fields} for name in names]


def pod(*names: str) -> Raw:
    return {"spec": {"containers": containers(*names)}}


def merged(patch: Raw, target: Raw | None = None) -> Raw:
    return merge_strategic("Pod", target if target is not None else pod("a", "b", "c"), {"spec": patch})["spec"]


def names(elements: object) -> list[str]:
    assert isinstance(elements, list)
    return [element["name"] for element in elements]


def test_an_element_is_found_by_its_name_and_merged() -> None:
    result = merged({"containers": [{"name": "b", "image": "new"}]}, {"spec": {"containers": containers("a", "b", args=["x"])}})

    assert {element["name"]: element for element in result["containers"]}["b"] == {"name": "b", "image": "new", "args": ["x"]}


def test_new_elements_come_first_unless_an_order_says_otherwise() -> None:
    new = {"name": "new", "image": "i"}

    assert names(merged({"containers": [new]})["containers"]) == ["new", "a", "b", "c"]
    ordered = {"containers": [new], "$setElementOrder/containers": [{"name": name} for name in ("a", "b", "c", "new")]}
    assert names(merged(ordered)["containers"]) == ["a", "b", "c", "new"]


def test_what_only_the_server_has_stays_before_what_it_stood_before() -> None:
    patch = {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}

    assert names(merged(patch)["containers"]) == ["b", "c", "a"]


def test_an_element_is_deleted_by_directive() -> None:
    assert names(merged({"containers": [{"name": "b", "$patch": "delete"}]})["containers"]) == ["a", "c"]


def test_a_list_is_replaced_by_directive() -> None:
    assert names(merged({"containers": [{"name": "z"}, {"$patch": "replace"}]})["containers"]) == ["z"]


def test_a_list_without_merge_key_is_replaced_whole() -> None:
    target = {"spec": {"containers": containers("a", args=["1", "2"]), "tolerations": [{"key": "x"}]}}

    result = merged({"tolerations": [{"key": "y"}], "containers": [{"name": "a", "args": ["3"]}]}, target)

    assert result["tolerations"] == [{"key": "y"}]
    assert result["containers"][0]["args"] == ["3"]


def test_retained_keys_drop_the_others() -> None:
    target = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}

    result = merged({"volumes": [{"name": "v", "configMap": {"name": "c"}, "$retainKeys": ["name", "configMap"]}]}, target)

    assert result["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]


def test_scalars_of_a_set_are_joined_and_deleted() -> None:
    target = {"metadata": {"finalizers": ["a/x", "b/x"]}}

    joined = merge_strategic("Pod", target, {"metadata": {"finalizers": ["c/x", "a/x"]}})
    dropped = merge_strategic("Pod", target, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/x"]}})

    assert sorted(joined["metadata"]["finalizers"]) == ["a/x", "b/x", "c/x"]  # type: ignore[index]
    assert dropped["metadata"] == {"finalizers": ["b/x"]}


def test_null_removes_a_field() -> None:
    assert "containers" not in merged({"containers": None})


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        pytest.param({"containers": [{"image": "x"}]}, 500, id="an element without its merge key"),
        pytest.param({"containers": ["x"]}, 500, id="a scalar among mappings"),
        pytest.param({"containers": [{"name": "a", "$patch": "mix"}]}, 500, id="an unknown directive"),
        pytest.param({"$setElementOrder/containers": "x"}, 500, id="an order that is no list"),
        pytest.param({"volumes": 1, "$retainKeys": "x"}, 400, id="retained keys that are no list"),
        pytest.param({"volumes": [], "$retainKeys": ["x"]}, 400, id="a field set and not retained"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(patch: Raw, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        merged(patch)

    assert refused.value.code == code


elements = st.lists(st.sampled_from("abcdef"), unique=True).map(lambda found: [{"name": name, "image": name} for name in found])


@given(elements, elements)
def test_a_patch_with_an_order_ends_in_that_order_and_is_stable(target: list[Raw], wanted: list[Raw]) -> None:
    whole = {"spec": {"containers": target}}
    before = copy.deepcopy(whole)
    patch = {"spec": {"containers": wanted, "$setElementOrder/containers": [{"name": element["name"]} for element in wanted]}}

    once = merge_strategic("Pod", whole, patch)
    twice = merge_strategic("Pod", once, patch)

    assert once == twice
    assert whole == before
    found: Any = once["spec"]
    assert set(names(found["containers"])) == set(names(target)) | set(names(wanted))
    assert [name for name in names(found["containers"]) if name in names(wanted)] == names(wanted)
