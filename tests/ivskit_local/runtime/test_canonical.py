"""Templates that do not depend on the code of functions."""

import json
from typing import Any

from ivskit_local.runtime.canonical import canonical


def template(asset: str, version: str) -> dict[str, Any]:
    """A function, a version of it, and an alias of the version."""
    return {
        "Resources": {
            f"ShowsVersion12345678{version}": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": "Shows"}},
            },
            "Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionVersion": {
                        "Fn::GetAtt": [f"ShowsVersion12345678{version}", "Version"]
                    },
                },
            },
            "Shows": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"S3Key": f"{asset}.zip"}},
            },
        }
    }


def test_other_code_makes_the_same_template() -> None:
    one = canonical(template("0" * 64, "a" * 32))

    assert one == canonical(template("1" * 64, "b" * 32))
    assert one["Resources"]["Shows"]["Properties"] == {"Code": {"S3Key": "asset.zip"}}
    assert one["Resources"]["Live"]["Properties"]["FunctionVersion"] == {
        "Fn::GetAtt": ["ShowsVersion12345678", "Version"]
    }


def test_a_version_whose_id_has_no_hash_keeps_its_id() -> None:
    assert "ShowsVersion12345678" in canonical(template("0" * 64, ""))["Resources"]


def test_the_order_is_that_of_the_names() -> None:
    backwards = {"Resources": {"B": {"Type": "t", "Properties": {"d": 1, "c": 2}}}, "Outputs": {}}

    assert json.dumps(canonical(backwards)) == (
        '{"Outputs": {}, "Resources": {"B": {"Properties": {"c": 2, "d": 1}, "Type": "t"}}}'
    )
