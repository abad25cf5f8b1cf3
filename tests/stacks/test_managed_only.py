"""Roles that may change managed channels alone."""

from collections.abc import Mapping
from typing import Any

import pytest

from ivskit_local.runtime.iam_policies import AccessRequest, Effect, Policy
from stacks.managed_only import CHANGES
from stacks.settings import WrongSetting
from tests.stacks.resources import statements
from tests.stacks.service_authorization import arn_of
from tests.stacks.synthesized import SynthesizedWith, Template, synthesize

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
MANAGED: dict[str, Any] = {"commands": {"channels": "managed"}, "security": {"managed_only": True}}


def roles(template: Template) -> dict[str, Policy]:
    """What each function's role may do, by the package of the function."""
    found = {}
    for policy in template.resources("AWS::IAM::Policy").values():
        resolved = [
            {**each, "Resource": _resolved(template, each["Resource"])}
            for each in policy["PolicyDocument"]["Statement"]
        ]
        found[policy["Roles"][0]["Ref"]] = Policy(tuple(resolved))
    return found


def _resolved(template: Template, resource: Any) -> Any:
    if isinstance(resource, list):
        return [arn_of(template, one) for one in resource]
    return arn_of(template, resource)


def effect(policy: Policy, operation: str, tags: Mapping[str, str]) -> Effect | None:
    """What the policy says of this operation on a channel with these tags."""
    context = {f"aws:resourcetag/{name}": [value] for name, value in tags.items()}
    return policy.effect(AccessRequest(f"ivs:{operation}", CHANNEL, frozenset(), context))


@pytest.fixture(scope="module")
def narrowed(synthesized_with: SynthesizedWith) -> Template:
    """A stage that changes managed channels alone."""
    return synthesized_with(**MANAGED).automation


@pytest.fixture(scope="module")
def named(synthesized_with: SynthesizedWith) -> Template:
    """A stage that manages only the channels with its name."""
    policy = {"channels": "named"}
    return synthesized_with(**MANAGED, policy=policy).automation


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize(
    ("tags", "tagged", "by_name"),
    [
        ({"ivskit:managed": "true"}, "Allow", "Deny"),
        ({"ivskit:managed": "Dev"}, "Allow", "Allow"),
        ({"ivskit:managed": "false"}, "Deny", "Deny"),
        ({"ivskit:managed": "prod"}, "Deny", "Deny"),
        ({"managed": "true"}, "Deny", "Deny"),
        ({}, "Deny", "Deny"),
    ],
)
def test_a_change_needs_the_tag(
    automation: Template,
    narrowed: Template,
    named: Template,
    operation: str,
    tags: dict[str, str],
    tagged: str,
    by_name: str,
) -> None:
    asked = [
        name
        for name, policy in roles(automation).items()
        if effect(policy, operation, tags) == "Allow"
    ]

    assert asked
    for name in asked:
        assert effect(roles(narrowed)[name], operation, tags) == tagged
        assert effect(roles(named)[name], operation, tags) == by_name


@pytest.mark.parametrize("operation", ["GetChannel", "GetStream", "ListStreamKeys"])
def test_reading_needs_none(automation: Template, narrowed: Template, operation: str) -> None:
    for name, policy in roles(automation).items():
        assert effect(roles(narrowed)[name], operation, {}) == effect(policy, operation, {})


def test_every_change_that_a_role_may_make_on_channels_is_narrowed(automation: Template) -> None:
    allowed = {
        action.removeprefix("ivs:")
        for statement in statements(automation)
        if "channel/" in str(statement["Resource"])
        for action in statement["Action"]
        if action.startswith("ivs:")
    }

    assert {name for name in allowed if not name.startswith(("Get", "List", "BatchGet"))} == set(
        CHANGES
    )


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (
            {"security": {"managed_only": True}},
            "ivskit.commands.channels: ivskit.security.managed_only needs managed, not all",
        ),
        (
            {**MANAGED, "policy": {"channels": "all"}},
            "ivskit.policy.channels: ivskit.security.managed_only needs tagged or named, not all",
        ),
    ],
)
def test_settings_that_contradict_it_stop_synth(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any], error: str
) -> None:
    with pytest.raises(WrongSetting, match=error):
        synthesize(tmp_path_factory.mktemp("wrong"), **settings)
