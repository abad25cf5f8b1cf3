"""CloudFormation's intrinsic functions."""

from collections.abc import Mapping
from typing import Any

import pytest

from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.template import NotCarriedOut, Placed, StackTemplate

TEMPLATE = {
    "Parameters": {"Run": {"Type": "String", "Default": "dev"}, "Secret": {"Type": "String"}},
    "Mappings": {"Sizes": {"us-west-2": {"large": "7"}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Run"}, "dev"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    },
    "Outputs": {
        "Arn": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${Run}:arn"}}},
        "Plain": {"Value": "x"},
    },
}


def stack() -> StackTemplate:
    return StackTemplate(
        "app",
        TEMPLATE,
        Place("123456789012", "us-west-2"),
        lambda name: Placed(f"ref-{name}", {"Arn": f"arn-{name}", "A.B": "nested"}),
        lambda name: f"imported-{name}",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (7, 7),
        ({"a": [{"Ref": "Queue"}]}, {"a": ["ref-Queue"]}),
        ({"Ref": "Run"}, "dev"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::Region"}, "us-west-2"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "app"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn-Queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn-Queue"),
        ({"Fn::GetAtt": "Queue.A.B"}, "nested"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Run"}, 7]]}, "a-dev-7"),
        ({"Fn::Sub": "${Run} ${Queue.Arn} ${!Literal}"}, "dev arn-Queue ${Literal}"),
        ({"Fn::Sub": ["${own}/${Queue}", {"own": {"Ref": "Run"}}]}, "dev/ref-Queue"),
        ({"Fn::Select": ["1", ["a", {"Ref": "Run"}]]}, "dev"),
        ({"Fn::Select": [2, {"Fn::Split": [":", "a:b:c"]}]}, "c"),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", {"Ref": "Queue"}]}, "ref-Queue"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::ImportValue": {"Fn::Sub": "${Run}-x"}}, "imported-dev-x"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "large"]}, "7"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        ({"Ref": "x", "Other": "y"}, {"Ref": "x", "Other": "y"}),
    ],
)
def test_resolves(value: Any, expected: Any) -> None:
    assert stack().resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::Base64": "x"}, "app: the function Fn::Base64"),
        ({"Ref": "Secret"}, "app: the parameter Secret has no default"),
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "app: Queue has no attribute Colour"),
    ],
)
def test_what_cannot_be_resolved_is_an_error(value: Mapping[str, Any], message: str) -> None:
    with pytest.raises(NotCarriedOut, match=message):
        stack().resolve(value)


def test_exports_are_known_by_their_names() -> None:
    assert stack().exports == {"dev:arn": {"Ref": "Queue"}}


def test_a_resource_is_wanted_if_its_condition_holds() -> None:
    wanted = [stack().wanted(one) for one in ({}, {"Condition": "Yes"}, {"Condition": "No"})]

    assert wanted == [True, True, False]
