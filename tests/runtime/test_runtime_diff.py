"""Merge patches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airside.runtime.diff import merge_patch

leaves = st.integers(0, 3) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
objects = st.recursive(
    st.dictionaries(st.sampled_from("abc"), leaves, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | leaves, max_size=3),
)


def merged(target: object, patch: object) -> object:
    """RFC 7386, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@given(objects, objects)
def test_the_patch_makes_the_one_into_the_other(before: dict[str, object], after: dict[str, object]) -> None:
    assert merged(before, merge_patch(before, after)) == after


@given(objects)
def test_between_equals_there_is_nothing_to_send(same: dict[str, object]) -> None:
    assert merge_patch(same, same) == {}
