"""Roles are narrow."""

from tests.stacks.resources import (
    statements,
)
from tests.stacks.synthesized import Template

# What IAM grants on everything or not at all.
UNBOUND = {"ivs:ListPlaybackRestrictionPolicies", "secretsmanager:ListSecrets"}


def test_no_role_may_do_everything_or_act_on_everything(automation: Template) -> None:
    for statement in statements(automation):
        assert statement["Effect"] == "Allow"
        assert "*" not in str(statement["Action"])
        if statement["Resource"] == "*":
            actions = (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
            assert {action for action in actions if not action.startswith("xray:Put")} <= UNBOUND


def test_wildcards_end_an_arn_and_stay_behind_the_kind_of_resource(automation: Template) -> None:
    wild = [
        statement["Resource"]["Fn::Join"][1]
        for statement in statements(automation)
        if "*" in str(statement["Resource"]) and statement["Resource"] != "*"
    ]

    assert {parts[-1] for parts in wild} == {
        ":channel/*",
        ":stream-key/*",
        ":playback-key/*",
        ":playback-restriction-policy/*",
        ":secret:ivskit/dev/playback-key-*",
        ":schedule/ivskit-dev/*",
        ":secret:ivskit/dev/channel/*",
        "/manifests/*",
        "/reports/*",
    }
    assert all("*" not in str(parts[:-1]) for parts in wild)
