"""An update that is not validated again does what moto does with it."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.exceptions import DynamodbException as MockException

from ivskit_local.runtime.direct.expressions import NotCompiled
from ivskit_local.runtime.direct.updates import Updates
from ivskit_local.runtime.permissions import Place

PLACE = Place("123456789012", "us-west-2")
KEY = {"pk": {"S": "k"}}
NAMES = {"#a": "a", "#long": "long_name"}
# Few values, so that two are often of one type, and equal.
NUMBER = st.integers(0, 1).map(lambda number: {"N": str(number)})
OTHER = st.sampled_from(
    [
        {"N": "1.5"},
        {"S": ""},
        {"S": "a"},
        {"BOOL": True},
        {"NULL": True},
        {"SS": ["p", "q"]},
        {"SS": ["a", "q"]},
        {"NS": ["1", "2"]},
        {"M": {"x": {"L": [{"S": "y"}]}}},
    ]
)
VALUE = NUMBER | NUMBER | NUMBER | OTHER
ITEM = st.dictionaries(st.sampled_from(["a", "b", "long_name", "c"]), VALUE)
ATTRIBUTE = st.sampled_from(["#a", "#long", "b", "c"])
PLACEHOLDER = st.sampled_from([":x", ":y", ":z"])
OPERAND = st.one_of(ATTRIBUTE, PLACEHOLDER)
COMPARISON = st.builds(
    lambda left, sign, right: f"{left} {sign} {right}",
    ATTRIBUTE,
    st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
    PLACEHOLDER,
)
TEST = st.one_of(
    COMPARISON,
    ATTRIBUTE.map(lambda name: f"attribute_exists({name})"),
    ATTRIBUTE.map(lambda name: f"attribute_not_exists({name})"),
    st.builds(lambda name, value: f"contains({name}, {value})", ATTRIBUTE, PLACEHOLDER),
    st.builds(
        lambda name, low, high: f"{name} BETWEEN {low} AND {high}",
        ATTRIBUTE,
        PLACEHOLDER,
        PLACEHOLDER,
    ),
)
CONDITION = st.recursive(
    TEST,
    lambda inner: st.one_of(
        st.builds(lambda one, other: f"{one} AND {other}", inner, inner),
        st.builds(lambda one, other: f"{one} OR {other}", inner, inner),
        inner.map(lambda one: f"NOT ({one})"),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=4,
)
TERM = st.one_of(
    OPERAND,
    st.builds(lambda name, value: f"if_not_exists({name}, {value})", ATTRIBUTE, PLACEHOLDER),
)
SUM = st.one_of(
    TERM,
    st.builds(lambda one, sign, other: f"{one} {sign} {other}", TERM, st.sampled_from("+-"), TERM),
)


@st.composite
def updates(draw: st.DrawFn) -> str:
    names = draw(st.lists(ATTRIBUTE, unique=True, min_size=1))
    kinds = {"SET": [f"{name} = {draw(SUM)}" for name in names[::3]]}
    kinds["ADD"] = [f"{name} {draw(PLACEHOLDER)}" for name in names[1::3]]
    kinds["REMOVE"] = names[2::3]
    order = draw(st.permutations([kind for kind, parts in kinds.items() if parts]))
    return " ".join(f"{kind} {', '.join(kinds[kind])}" for kind in order)


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    """One table for moto, and one for the updates that it need not validate."""
    signed = {"AWS_ACCESS_KEY_ID": "A" * 20, "AWS_SECRET_ACCESS_KEY": "local"}
    with patch.dict(os.environ, signed), mock_aws():
        for name in ("moto", "compiled"):
            client().create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        yield


@cache
def client() -> Any:
    return boto3.client("dynamodb", region_name=PLACE.region)


def put(table: str, item: Mapping[str, Any] | None) -> None:
    """The only item of a table, or none."""
    if item is None:
        client().delete_item(TableName=table, Key=KEY)
    else:
        client().put_item(TableName=table, Item={**KEY, **item})


def state(table: str) -> Any:
    return client().get_item(TableName=table, Key=KEY).get("Item")


def by_moto(call: Mapping[str, Any]) -> Any:
    """The attributes that moto returns, or the code of its error."""
    try:
        return client().update_item(TableName="moto", **call).get("Attributes")
    except ClientError as error:
        return error.response["Error"]["Code"]
    except (MockException, TypeError, ValueError):  # moto forgets to answer some of its own
        return "ValidationException"


def compiled(call: Mapping[str, Any]) -> Any:
    """The same of an update that was found valid."""
    asked = {"TableName": "compiled", **call}
    updates = Updates()
    updates.note_valid(PLACE, asked)
    try:
        return updates.carried_out(PLACE, asked).get("Attributes")
    except ConditionalCheckFailed:
        return "ConditionalCheckFailedException"


def may_be_valid(call: Mapping[str, Any]) -> bool:
    """Whether moto carries it out for some item."""
    for value in ({"N": "1"}, {"S": "2026"}):
        put("moto", dict.fromkeys(("a", "b", "c", "long_name"), value))
        if by_moto(call) != "ValidationException":
            return True
    return False


@settings(max_examples=300, deadline=None)
@given(
    st.none() | ITEM,
    updates(),
    st.none() | CONDITION,
    st.fixed_dictionaries({":x": VALUE, ":y": VALUE, ":z": VALUE}),
    st.sampled_from(["NONE", "ALL_NEW"]),
)
def test_it_does_what_moto_does_or_leaves_it_to_moto(
    item: Mapping[str, Any] | None,
    changes: str,
    when: str | None,
    values: Mapping[str, Any],
    returned: str,
) -> None:
    said = f"{changes} {when or ''}"
    call: dict[str, Any] = {
        "Key": KEY,
        "UpdateExpression": changes,
        "ReturnValues": returned,
        **({"ConditionExpression": when} if when else {}),
    }
    if names := {name: full for name, full in NAMES.items() if name in said}:
        call["ExpressionAttributeNames"] = names
    if used := {name: value for name, value in values.items() if name in said}:
        call["ExpressionAttributeValues"] = used
    put("moto", item)
    put("compiled", item)
    before = state("compiled")
    expected, after = by_moto(call), state("moto")
    try:
        found = compiled(call)
    except NotCompiled:
        assert state("compiled") == before, "something was changed"
        return
    if expected == "ValidationException" and not may_be_valid(call):
        return
    assert found == expected
    assert state("compiled") == after


@pytest.mark.parametrize("when", [None, "contains(a, :e)", "NOT contains(a, :e)"])
@pytest.mark.parametrize(
    ("before", "added", "element"),
    [
        (None, {"NS": ["1", "3"]}, {"N": "1"}),
        ({"NS": ["1", "2"]}, {"NS": ["2", "3"]}, {"N": "1"}),
        ({"NS": ["1", "2"]}, {"NS": ["2", "3"]}, {"N": "3"}),
        ({"SS": ["p", "q"]}, {"SS": ["r"]}, {"S": "q"}),
        ({"SS": ["p", "q"]}, {"SS": ["r"]}, {"S": "r"}),
    ],
)
def test_what_is_in_a_set_and_what_is_added_to_it_is_what_moto_says(
    before: Mapping[str, Any] | None, added: Any, element: Any, when: str | None
) -> None:
    call: dict[str, Any] = {
        "Key": KEY,
        "UpdateExpression": "SET b = :n ADD a :x, c :n",
        "ExpressionAttributeValues": {":x": added, ":n": {"N": "1.5"}},
        "ReturnValues": "ALL_NEW",
    }
    if when:
        call["ConditionExpression"] = when
        call["ExpressionAttributeValues"][":e"] = element
    for table in ("moto", "compiled"):
        put(table, {"c": {"N": "2"}} | ({"a": before} if before else {}))

    assert compiled(call) == by_moto(call)
    assert state("compiled") == state("moto")


@pytest.mark.parametrize(
    ("changes", "when"),
    [
        ("SET a.b = :x", None),
        ("SET a[0] = :x", None),
        ("ADD a :x", None),  # of text, which moto refuses
        ("DELETE a :x", None),
        ("SET a = list_append(a, :x)", None),
        ("SET a = :x", "contains(a, :x)"),  # of a text
        ("SET a = :x", "size(a) > :x"),
        ("SET a = :x", "begins_with(a, :x)"),
        ("SET a = :x", "a IN (:x)"),
        ("SET a = :x", "a = :x b"),
        ("SET a", None),
    ],
)
def test_what_it_does_not_know_is_left_to_moto(changes: str, when: str | None) -> None:
    put("compiled", {"a": {"S": "before"}})
    with pytest.raises(NotCompiled):
        compiled(
            {
                "Key": KEY,
                "UpdateExpression": changes,
                **({"ConditionExpression": when} if when else {}),
                "ExpressionAttributeValues": {":x": {"S": "x"}},
            }
        )
    assert state("compiled") == {**KEY, "a": {"S": "before"}}


def test_an_item_that_grows_too_large_is_refused() -> None:
    call = {
        "Key": KEY,
        "UpdateExpression": "SET a = :x",
        "ExpressionAttributeValues": {":x": {"S": "x" * 410_000}},
    }
    put("moto", {})
    put("compiled", {})
    assert by_moto(call) == "ValidationException"
    with pytest.raises(Exception, match="Item size"):
        compiled(call)
    assert state("compiled") == KEY
