"""What an owner keeps when a stage goes, and takes over when it comes back."""

import json
import re
from typing import Any

import pytest

from tests.stacks.resources import statements
from tests.stacks.synthesized import Synthesized, SynthesizedWith, Template, synthesize

TABLES = {"memory": "old-Memory.1", "jobs": "old-Jobs", "audience": "old-Audience"}
NAME = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """A stage that keeps all that it can, and takes over every table."""
    return synthesize(
        tmp_path_factory.mktemp("kept"),
        audit={"keep": True},
        termination_protection=True,
        tables=TABLES,
        revocation={"audience": True},
    )


def audit_log(template: Template) -> dict[str, Any]:
    """The whole resource of the audit log."""
    resources: dict[str, dict[str, Any]] = template.content["Resources"]
    [log] = [
        each
        for name, each in resources.items()
        if name.startswith("Audit") and each["Type"] == "AWS::Logs::LogGroup"
    ]
    return log


def test_the_audit_log_goes_with_the_stack_unless_it_is_to_be_kept(
    kept: Synthesized, automation: Template
) -> None:
    assert audit_log(automation)["DeletionPolicy"] == "Delete"
    # A first deploy that fails leaves nothing that the next one would meet.
    assert audit_log(kept.automation)["DeletionPolicy"] == "RetainExceptOnCreate"
    assert audit_log(kept.automation)["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("stack", ["automation", "monitoring"])
def test_a_stack_is_protected_from_deletion_where_the_settings_say_so(
    kept: Synthesized, synthesized: Synthesized, stack: str
) -> None:
    def protected(app: Synthesized) -> object:
        [artifact] = [
            each
            for name, each in json.loads((app.folder / "manifest.json").read_text())[
                "artifacts"
            ].items()
            if name == f"ivskit-dev-{stack}"
        ]
        return artifact["properties"].get("terminationProtection", False)

    assert (protected(kept), protected(synthesized)) == (True, False)


def test_tables_of_an_earlier_deployment_take_the_place_of_new_ones(kept: Synthesized) -> None:
    template = kept.automation
    given: dict[str, set[str]] = {}
    for function in template.resources("AWS::Lambda::Function").values():
        for name, value in function["Environment"]["Variables"].items():
            if name in ("IVSKIT_MEMORY", "IVSKIT_JOBS", "IVSKIT_AUDIENCE"):
                given.setdefault(name, set()).add(value)
    published = {
        each["Name"]: each["Value"] for each in template.resources("AWS::SSM::Parameter").values()
    }

    assert template.resources("AWS::DynamoDB::Table") == {}
    assert given == {f"IVSKIT_{name.upper()}": {table} for name, table in TABLES.items()}
    assert TABLES.items() <= {name: published[f"/ivskit/dev/{name}"] for name in TABLES}.items()


def test_functions_may_do_on_them_what_they_may_on_new_ones(
    kept: Synthesized, automation: Template
) -> None:
    def granted(template: Template) -> list[list[str]]:
        return sorted(
            sorted(each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
            for policy in template.resources("AWS::IAM::Policy").values()
            for each in policy["PolicyDocument"]["Statement"]
            if "dynamodb:" in str(each["Action"])
        )

    resources = {
        each["Resource"]["Fn::Join"][1][-1]
        for policy in kept.automation.resources("AWS::IAM::Policy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if "dynamodb:" in str(each["Action"])
    }

    assert resources == {
        ":table/old-Memory.1",
        ":table/old-Memory.1/index/watched-1",
        ":table/old-Jobs",
        ":table/old-Audience",
    }
    # Those of the audience, and of who reports on its revocation, are the statements more.
    assert len(granted(kept.automation)) == len(granted(automation)) + 2


def outliving(*templates: Template) -> list[dict[str, Any]]:
    """The resources that stay when their stack is destroyed."""
    resources = [each for one in templates for each in one.content["Resources"].values()]
    return [each for each in resources if each.get("DeletionPolicy", "Delete") != "Delete"]


def test_what_outlives_a_stage_leaves_its_name_to_the_next_deployment(
    synthesized: Synthesized, synthesized_with: SynthesizedWith
) -> None:
    """Only a kept audit log has a fixed name; the operations guide says what to do about it."""
    keeping = synthesized_with(audit={"keep": True}, revocation={"audience": True})

    def kinds(app: Synthesized, *, named: bool) -> list[str]:
        found = outliving(app.automation, app.monitoring)
        return sorted(
            each["Type"] for each in found if (NAME[each["Type"]] in each["Properties"]) is named
        )

    tables, bucket = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
    assert kinds(synthesized, named=True) == []
    assert kinds(synthesized, named=False) == [tables, tables, bucket]
    assert kinds(keeping, named=True) == ["AWS::Logs::LogGroup"]
    assert kinds(keeping, named=False) == [tables, tables, tables, bucket]


def test_a_function_makes_nothing_whose_name_a_stack_needs(automation: Template) -> None:
    """A log group, for example, made by a late invocation would stop the next deploy."""
    made = {
        action
        for statement in statements(automation)
        for action in re.findall(r"\w+:Create\w+", str(statement["Action"]))
    }

    assert made == {
        "ivs:CreatePlaybackRestrictionPolicy",
        "ivs:CreateStreamKey",
        "logs:CreateLogStream",
        "scheduler:CreateSchedule",
        "secretsmanager:CreateSecret",
    }
