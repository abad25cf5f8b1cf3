"""What is changed in the templates for MiniStack; `tests/independent_engine` deploys them there."""

import json
import re
from copy import deepcopy
from typing import Any

import pytest

from tests.independent_engine.gaps import GAPS, Gap, adapted
from tests.stacks.synthesized import Synthesized

POLICY = "AWS::IAM::Policy"


@pytest.fixture
def templates(synthesized: Synthesized) -> list[dict[str, Any]]:
    """Both templates, free to be changed."""
    return [deepcopy(synthesized.automation.content), deepcopy(synthesized.monitoring.content)]


@pytest.mark.parametrize("gap", [gap for gap in GAPS if gap.apply], ids=lambda gap: gap.what)
def test_each_change_for_ministack_is_needed(templates: list[dict[str, Any]], gap: Gap) -> None:
    assert gap.apply is not None
    assert sum(map(gap.apply, templates)) > 0


def test_nothing_refers_to_what_is_left_out(templates: list[dict[str, Any]]) -> None:
    for template in templates:
        before = {*template["Resources"]}
        adapted(template)
        left_out = before - {*template["Resources"]}

        assert left_out
        assert left_out.isdisjoint(_referred(template))


def _referred(template: dict[str, Any]) -> set[str]:
    """The logical ids of all that a resource or an output refers to, or waits for."""
    waited = (name for each in template["Resources"].values() for name in each.get("DependsOn", []))
    return {*re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', json.dumps(template)), *waited}


def test_roles_get_two_permissions_that_are_ministacks_own(
    synthesized: Synthesized, templates: list[dict[str, Any]]
) -> None:
    for template in templates:
        adapted(template)
    added = _texts(templates[0]) - _texts(synthesized.automation.content)

    assert added == {"sqs:SendMessageBatch", ":schedule/default/*"}


def _texts(template: dict[str, Any]) -> set[str]:
    """Every text in the policies of roles."""
    policies = [each for each in template["Resources"].values() if each["Type"] == POLICY]
    return set(re.findall(r'"([^"]*)"', json.dumps(policies)))
