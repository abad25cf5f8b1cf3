"""Who may put what on the bus, as IAM reads its policy."""

import json
import re
from typing import Any

import pytest

from ivskit import names
from ivskit_local.runtime.iam_policies import AccessRequest, Policy
from tests.stacks.synthesized import SynthesizedWith, Template

OURS, THEIRS = "123456789012", "210987654321"
PRODUCER = f"arn:aws:iam::{OURS}:role/studio/producer"
MODERATORS = f"arn:aws:iam::{OURS}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Mods_*"
PARTNER = f"arn:aws:iam::{THEIRS}:role/partner"
BUS = f"arn:aws:events:us-west-2:{OURS}:event-bus/ivskit-dev"


@pytest.fixture(scope="module")
def narrow(synthesized_with: SynthesizedWith) -> Policy:
    """The policy of a bus that takes commands only from some."""
    commands = {"senders": [THEIRS, f"{PRODUCER}-2"], "only": [PRODUCER, MODERATORS]}
    return policy(synthesized_with(commands=commands).automation)


def policy(template: Template) -> Policy:
    """The policy of the bus, in an account."""
    found = template.only("AWS::Events::EventBus")["Policy"]
    return Policy.parse(json.dumps(resolved(found)))


def resolved(value: Any) -> Any:
    """The value as CloudFormation fills it in."""
    known = {"AWS::AccountId": OURS, "AWS::Region": "us-west-2", "AWS::Partition": "aws"}
    match value:
        case {"Ref": name}:
            return known[name]
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(resolved, parts))
        case {"Fn::GetAtt": [name, "Arn"]}:
            return f"arn:aws:iam::{OURS}:role/{name}"
        case dict():
            return {key: resolved(each) for key, each in value.items()}
        case list():
            return [resolved(each) for each in value]
    return value


def effect(policy: Policy, who: str, source: str = names.COMMAND) -> str | None:
    """What the policy says of an event from this principal."""
    [account] = re.findall(r":(\d{12}):", who)
    context = {
        "events:source": [source],
        "aws:principalaccount": [account],
        "aws:principalarn": [who],
    }
    principals = frozenset({who, account, f"arn:aws:iam::{account}:root"})
    return policy.effect(AccessRequest("events:PutEvents", BUS, principals, context))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        # None leaves it to IAM, as in every account by itself.
        (PRODUCER, None),
        (MODERATORS.replace("*", "0123456789abcdef"), None),
        (f"{PRODUCER}-2", "Allow"),
        (f"{PRODUCER}-3", "Deny"),
        (f"arn:aws:iam::{OURS}:user/admin", "Deny"),
        (f"arn:aws:iam::{OURS}:root", "Deny"),
        (PARTNER, "Allow"),
    ],
)
def test_only_those_named_send_commands(narrow: Policy, who: str, expected: str | None) -> None:
    assert effect(narrow, who) == expected


def test_what_is_no_command_is_left_to_iam(narrow: Policy) -> None:
    admin = f"arn:aws:iam::{OURS}:user/admin"

    assert effect(narrow, admin, "example.app") is None
    assert effect(narrow, PRODUCER, names.OUTCOME) == "Deny"


def test_unless_the_settings_name_some_all_of_the_account_may_send_commands(
    automation: Template,
) -> None:
    assert effect(policy(automation), f"arn:aws:iam::{OURS}:user/admin") is None
