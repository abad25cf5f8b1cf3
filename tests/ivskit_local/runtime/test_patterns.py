"""EventBridge patterns: what matches, what doesn't, what is refused."""

from typing import Any

import pytest

from ivskit_local.runtime.patterns import InvalidPattern, compile_pattern, compiled

MATCHES: list[tuple[Any, Any]] = [
    ("x", "x"),
    (1, 1),
    (1.5, 1.5),
    (True, True),
    (None, None),
    ("", ""),
    ("b", ["a", "b"]),
    ("b", [["a"], ["b"]]),
    ({"prefix": "ab"}, "abc"),
    ({"prefix": {"equals-ignore-case": "AB"}}, "aBc"),
    ({"suffix": "bc"}, "abc"),
    ({"suffix": {"equals-ignore-case": "BC"}}, "abC"),
    ({"equals-ignore-case": "ABC"}, "abc"),
    ({"anything-but": "x"}, "y"),
    ({"anything-but": "x"}, 1),
    ({"anything-but": "x"}, ["x", "y"]),
    ({"anything-but": ["x", "y"]}, "z"),
    ({"anything-but": [1, 2]}, 3),
    ({"anything-but": {"prefix": "x"}}, "yx"),
    ({"anything-but": {"prefix": ["x", "y"]}}, "z"),
    ({"anything-but": {"suffix": "x"}}, "xy"),
    ({"anything-but": {"equals-ignore-case": ["X", "Y"]}}, "z"),
    ({"anything-but": {"wildcard": "*/lib/*"}}, "a/b"),
    ({"numeric": ["=", 5]}, 5),
    ({"numeric": ["=", 5]}, 5.0),
    ({"numeric": [">", 0, "<=", 5]}, 5),
    ({"numeric": [">=", 0, "<", 5]}, 0),
    ({"exists": True}, "x"),
    ({"exists": True}, None),
    ({"wildcard": "a*c"}, "abbc"),
    ({"wildcard": "*"}, ""),
    ({"wildcard": "a\\*c"}, "a*c"),
    ({"wildcard": "a\\\\c"}, "a\\c"),
    ({"wildcard": "a.c"}, "a.c"),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.255"),
    ({"cidr": "10.0.0.7/24"}, "10.0.0.1"),
    ({"cidr": "2001:db8::/32"}, "2001:db8::1"),
]
MISSES: list[tuple[Any, Any]] = [
    ("x", "X"),
    (1, True),
    (True, 1),
    (1, "1"),
    (300, 300.0),
    (None, ""),
    ("x", {"y": "x"}),
    ("x", []),
    ({"prefix": "ab"}, "ba"),
    ({"prefix": "1"}, 1),
    ({"suffix": "bc"}, "bcd"),
    ({"equals-ignore-case": "ABC"}, "abcd"),
    ({"anything-but": "x"}, "x"),
    ({"anything-but": ["x", "y"]}, "y"),
    ({"anything-but": {"prefix": ["x", "y"]}}, "yz"),
    ({"anything-but": {"wildcard": "*/lib/*"}}, "a/lib/b"),
    ({"numeric": ["=", 5]}, "5"),
    ({"numeric": ["=", 1]}, True),
    ({"numeric": [">", 0, "<=", 5]}, 0),
    ({"exists": True}, {"inner": 1}),
    ({"exists": False}, "x"),
    ({"wildcard": "a*c"}, "abcd"),
    ({"wildcard": "a.c"}, "abc"),
    ({"cidr": "10.0.0.0/24"}, "10.0.1.0"),
    ({"cidr": "10.0.0.0/24"}, "no address"),
    ({"cidr": "10.0.0.0/24"}, "2001:db8::1"),
]
INVALID: list[tuple[Any, str]] = [
    ([], "an object"),
    ({}, "at least one field"),
    ({"a": {}}, "a: must not be empty"),
    ({"a": []}, "a: must be an object, or an array"),
    ({"a": "x"}, "a: must be an object, or an array"),
    ({"a": {"b": "x"}}, r"a\.b: must be"),
    ({"a": [["x"]]}, "an array within an array"),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, "one comparison at a time"),
    ({"a": [{"matches": "x"}]}, "unknown comparison matches"),
    ({"a": [{"prefix": 1}]}, r"a\.prefix: needs a string"),
    ({"a": [{"prefix": ""}]}, "not empty"),
    ({"a": [{"prefix": {"suffix": "x"}}]}, "needs a string or equals-ignore-case"),
    ({"a": [{"exists": "yes"}]}, "true or false"),
    ({"a": [{"numeric": 5}]}, "one comparison with a number"),
    ({"a": [{"numeric": ["<", 5, ">"]}]}, "one comparison with a number"),
    ({"a": [{"numeric": ["!", 5]}]}, "unknown comparison !"),
    ({"a": [{"numeric": ["<", "5"]}]}, "needs a number"),
    ({"a": [{"numeric": ["<", 6e9]}]}, "needs a number between"),
    ({"a": [{"numeric": ["<", 5, ">", 1]}]}, "a lower bound, then"),
    ({"a": [{"numeric": [">", 5, "<", 1]}]}, "a lower bound, then"),
    ({"a": [{"wildcard": "a**b"}]}, r"two \* in a row"),
    ({"a": [{"wildcard": "a\\b"}]}, "a backslash escapes only"),
    ({"a": [{"cidr": "10.0.0.0/40"}]}, r"a\.cidr: "),
    ({"a": [{"anything-but": []}]}, "needs strings, or numbers"),
    ({"a": [{"anything-but": ["x", 1]}]}, "needs strings, or numbers"),
    ({"a": [{"anything-but": [None]}]}, "needs strings, or numbers"),
    ({"a": [{"anything-but": {"numeric": ["<", 5]}}]}, "one of"),
    ({"a": [{"anything-but": {"prefix": []}}]}, "needs a string"),
    ({"$or": [{"a": ["x"]}]}, "at least two"),
    ({"$or": {"a": ["x"]}}, "at least two"),
]


@pytest.mark.parametrize(("wanted", "value"), MATCHES)
def test_matches(wanted: Any, value: Any) -> None:
    assert compile_pattern({"a": [wanted]})({"a": value})
    assert compile_pattern({"a": ["something else", wanted]})({"a": value})


@pytest.mark.parametrize(("wanted", "value"), MISSES)
def test_does_not_match(wanted: Any, value: Any) -> None:
    assert not compile_pattern({"a": [wanted]})({"a": value})


@pytest.mark.parametrize(("pattern", "message"), INVALID)
def test_what_eventbridge_refuses_is_refused(pattern: Any, message: str) -> None:
    with pytest.raises(InvalidPattern, match=message):
        compile_pattern(pattern)


def test_a_pattern_that_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidPattern, match="not JSON"):
        compiled("{")


def test_every_field_must_match() -> None:
    matches = compiled('{"source": ["aws.ivs"], "detail": {"event_name": ["Stream End"]}}')

    assert matches({"source": "aws.ivs", "detail": {"event_name": "Stream End"}})
    assert not matches({"source": "aws.ivs", "detail": {"event_name": "Stream Start"}})
    assert not matches({"source": "aws.ivs"})
    assert not matches({"detail": {"event_name": "Stream End"}})


@pytest.mark.parametrize("event", [{}, {"detail": {}}, {"detail": "text"}, {"detail": {"a": []}}])
def test_an_absent_field_is_absent_however_much_is_missing(event: Any) -> None:
    assert compile_pattern({"detail": {"a": [{"exists": False}]}})(event)
    assert not compile_pattern({"detail": {"a": [{"exists": True}]}})(event)
    assert not compile_pattern({"detail": {"a": [{"anything-but": "x"}]}})(event)


def test_fields_of_objects_in_an_array_match_within_one_of_them() -> None:
    matches = compile_pattern({"a": {"b": [1], "c": [2]}})

    assert matches({"a": [{"b": 0}, {"b": 1, "c": 2}]})
    assert not matches({"a": [{"b": 1, "c": 0}, {"b": 0, "c": 2}]})


def test_or_takes_any_of_its_patterns_beside_the_other_fields() -> None:
    matches = compile_pattern({"s": ["x"], "$or": [{"a": [1]}, {"d": {"b": [2]}}]})

    assert matches({"s": "x", "a": 1})
    assert matches({"s": "x", "d": {"b": 2}})
    assert not matches({"s": "x", "a": 3})
    assert not matches({"s": "y", "a": 1})


def test_or_may_stand_deeper() -> None:
    matches = compile_pattern({"detail": {"$or": [{"a": [1]}, {"b": [2]}]}})

    assert matches({"detail": {"b": 2}})
    assert not matches({"detail": {"b": 1}})
