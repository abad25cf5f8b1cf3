"""Both stacks: clean for cfn-lint and cdk-nag, and free of each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from cfnlint.api import lint_file  # type: ignore[import-untyped] # cfn-lint ships no types

from ivskit_local.runtime.synth import synthesize as synthesized_here
from tests.stacks.digest import REVIEWED, digest
from tests.stacks.synthesized import ROOT, Synthesized, SynthesizedWith, Template, synthesize

BOTH = ["automation", "monitoring"]


@pytest.fixture(params=BOTH)
def template(request: pytest.FixtureRequest) -> Template:
    """Each of the two templates."""
    found: Template = request.getfixturevalue(request.param)
    return found


def test_cfn_lint_finds_no_errors_and_no_warnings(template: Template) -> None:
    assert [str(match) for match in lint_file(template.path)] == []


def test_what_is_deployed_was_reviewed() -> None:
    """`uv run python -m tests.stacks.digest` writes the file anew: review its diff."""
    now = digest(synthesized_here(ROOT))

    assert now == REVIEWED.read_text()
    assert len(now.splitlines()) <= 420


def test_neither_stack_needs_the_other_to_be_deployed_or_removed(template: Template) -> None:
    text = template.path.read_text()

    assert "Fn::ImportValue" not in text
    assert "Fn::GetStackOutput" not in text
    assert all("Export" not in output for output in template.content["Outputs"].values())


def test_templates_name_no_account_and_no_region(template: Template) -> None:
    # The rule that says where IVS is names regions, and refuses the others.
    text = json.dumps({**template.content, "Rules": {}})

    assert not re.search(r"\b\d{12}\b|\b[a-z]{2}-[a-z]+-\d\b", text)


def test_cdk_nag_stops_synth_at_a_wildcard_without_a_reason(tmp_path: Path) -> None:
    synthesized = synthesize(tmp_path)
    synthesized.stack.functions[0].allow("s3:GetObject", on="arn:aws:s3:::any-bucket/*")

    with pytest.raises(RuntimeError, match=r"AwsSolutions-IAM5.*any-bucket"):
        synthesized.app.synth(force=True)


def test_each_thing_accepted_from_cdk_nag_has_its_reason(synthesized: Synthesized) -> None:
    accepted: dict[str, str] = {}
    for construct in synthesized.app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                accepted |= entry.data

    assert accepted
    assert all(len(reason.split()) > 3 for reason in accepted.values())


def test_stages_share_no_name(synthesized_with: SynthesizedWith, automation: Template) -> None:
    named = {"channels": "named"}
    other = synthesized_with(stage="prod", policy=named).automation

    assert _names(automation) & _names(other) == set()


def _names(template: Template) -> set[Any]:
    """The names that an account can hold only once."""
    resources = template.content["Resources"].values()
    keys = ("Name", "QueueName", "LogGroupName", "AlarmName", "FunctionName", "TableName")
    # The name of an alias is one of its function's.
    own = [each["Properties"] for each in resources if each["Type"] != "AWS::Lambda::Alias"]
    named = [properties.get(key) for properties in own for key in keys]
    return {name for name in named if isinstance(name, str)}
