"""The examples of RFC 7396 that remove nothing by null in their documents, and any others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivskit_local.runtime.merge_patch import difference, patched

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("base", "patch", "target"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, "bar", "bar"),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_changes_what_it_names(base: Any, patch: Any, target: Any) -> None:
    assert patched(base, patch) == target


@given(base=JSON, target=JSON)
def test_the_difference_makes_the_target_of_the_base(base: Any, target: Any) -> None:
    assert patched(base, difference(base, target)) == target


def test_what_is_the_same_is_not_in_the_difference() -> None:
    base = {"same": {"a": 1}, "other": {"same": 1, "gone": 2, "new": 3}}

    assert difference(base, {"same": {"a": 1}, "other": {"same": 1, "new": 4}}) == {
        "other": {"gone": None, "new": 4}
    }
