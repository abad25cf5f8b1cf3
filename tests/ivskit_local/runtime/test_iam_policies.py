"""IAM policy documents: what they allow and deny."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ivskit_local.runtime.iam_policies import AccessRequest, NotModelled, Policy, like

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
ROLE = "arn:aws:iam::123456789012:role/r"


def effect(
    *statements: Mapping[str, Any],
    action: str = "ivs:GetChannel",
    context: Mapping[str, Sequence[str]] | None = None,
) -> str | None:
    whole = [{"Effect": "Allow", "Action": "ivs:*", "Resource": "*", **one} for one in statements]
    policy = Policy.parse(json.dumps({"Statement": whole}))
    return policy.effect(AccessRequest(action, ARN, frozenset({ROLE, "service"}), context or {}))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({}, "Allow"),
        ({"Effect": "Deny"}, "Deny"),
        ({"Action": "IVS:getchannel"}, "Allow"),
        ({"Action": ["ivs:Get*", "s3:*"]}, "Allow"),
        ({"Action": "ivs:GetChanne?"}, "Allow"),
        ({"Action": "ivs:Get"}, None),
        ({"Resource": [ARN]}, "Allow"),
        ({"Resource": "arn:aws:ivs:*:*:channel/*"}, "Allow"),
        ({"Resource": ARN.upper()}, None),
        ({"Resource": "arn:aws:ivs:*:*:stream-key/*"}, None),
        ({"Principal": "*"}, "Allow"),
        ({"Principal": {"AWS": "*"}}, "Allow"),
        ({"Principal": {"AWS": [ROLE]}}, "Allow"),
        ({"Principal": {"Service": "service"}}, "Allow"),
        ({"Principal": {"AWS": "somebody"}}, None),
    ],
)
def test_a_statement_applies_to_what_it_names(
    statement: Mapping[str, Any], expected: str | None
) -> None:
    assert effect(statement) == expected


def test_what_a_statement_excludes_it_does_not_apply_to() -> None:
    for but, expected in (("ivs:Delete*", "Allow"), ("ivs:Get*", None)):
        policy = Policy(({"Effect": "Allow", "NotAction": but, "NotResource": "x"},))
        question = AccessRequest("ivs:GetChannel", ARN, frozenset(), {})
        assert policy.effect(question) == expected


def test_a_deny_wins_over_any_allow() -> None:
    assert effect({}, {"Effect": "Deny"}) == "Deny"


TAG = "aws:ResourceTag/stage"


@pytest.mark.parametrize(
    ("operator", "wanted", "values", "holds"),
    [
        ("StringEquals", "a", ["a"], True),
        ("StringEquals", ["b", "a"], ["a"], True),
        ("StringEquals", "a", ["A"], False),
        ("StringEquals", "a", [], False),
        ("StringNotEquals", "a", ["b"], True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringNotEquals", "a", [], True),
        ("StringEqualsIgnoreCase", "a", ["A"], True),
        ("StringNotEqualsIgnoreCase", "a", ["A"], False),
        ("StringLike", "a*", ["abc"], True),
        ("StringNotLike", "a*", ["abc"], False),
        ("ArnEquals", "arn:*", ["arn:x"], True),
        ("ArnLike", "arn:*", ["x"], False),
        ("ArnNotEquals", "arn:x", ["arn:y"], True),
        ("ArnNotLike", "arn:*", ["arn:y"], False),
        ("Bool", "true", ["true"], True),
        ("Bool", False, ["true"], False),
        ("Null", "true", [], True),
        ("Null", True, ["a"], False),
        ("Null", "false", ["a"], True),
        ("StringEqualsIfExists", "a", [], True),
        ("StringEqualsIfExists", "a", ["b"], False),
        ("ForAnyValue:StringEquals", "a", ["b", "a"], True),
        ("ForAnyValue:StringEquals", "a", [], False),
        ("ForAnyValue:StringNotEquals", "a", ["b", "a"], True),
        ("ForAllValues:StringEquals", "a", ["b", "a"], False),
        ("ForAllValues:StringEquals", ["a", "b"], ["b", "a"], True),
        ("ForAllValues:StringEquals", "a", [], True),
    ],
)
def test_conditions(operator: str, wanted: Any, values: list[str], holds: bool) -> None:
    said = effect(
        {"Condition": {operator: {TAG: wanted}}}, context={"aws:resourcetag/stage": values}
    )
    assert (said == "Allow") is holds


def test_all_conditions_must_hold() -> None:
    both = {"StringEquals": {TAG: "a"}, "StringLike": {"aws:SourceArn": "arn:*"}}
    for source, expected in (("arn:x", "Allow"), ("x", None)):
        context = {"aws:resourcetag/stage": ["a"], "aws:sourcearn": [source]}
        assert effect({"Condition": both}, context=context) == expected


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Condition": {"StringEquals": {"aws:Weather": "x"}}}, "condition key aws:Weather"),
        ({"Condition": {"DateLessThan": {TAG: "x"}}}, "condition operator DateLessThan"),
        ({"Condition": {"ForSome:StringLike": {TAG: "x"}}}, "condition operator ForSome"),
        ({"NotPrincipal": {"AWS": "x"}}, "NotPrincipal"),
    ],
)
def test_what_nobody_can_know_is_not_guessed(statement: Mapping[str, Any], message: str) -> None:
    with pytest.raises(NotModelled, match=message):
        effect(statement)


def test_a_pattern_has_no_other_wildcards() -> None:
    assert like("a.[b]*", "a.[b]c")
    assert not like("a.", "ab")
