"""Every permission names an action, a type of resource and a condition that IAM grants it by."""

import pytest

from tests.stacks.service_authorization import VARIANTS, grants, refused
from tests.stacks.synthesized import SynthesizedWith


@pytest.mark.parametrize("variant", VARIANTS)
def test_iam_grants_what_the_roles_name(synthesized_with: SynthesizedWith, variant: str) -> None:
    template = synthesized_with(**VARIANTS[variant]).automation
    named = list(grants(template))

    assert len(named) > 100
    assert [why for one in named if (why := refused(*one)) is not None] == []


CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/*"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/*"


@pytest.mark.parametrize(
    ("action", "arn", "keys", "why"),
    [
        ("ivs:CreateStreamKey", CHANNEL, [], "IAM grants ivs:CreateStreamKey on arn"),
        ("ivs:StopStream", KEY, [], "IAM grants ivs:StopStream on arn"),
        ("ivs:StopStreams", CHANNEL, [], "ivs:StopStreams is not recorded"),
        ("ivs:StopStream", CHANNEL, ["aws:RequestTag/any"], "knows no aws:RequestTag/any"),
        ("secretsmanager:ListSecrets", "arn:aws:secretsmanager:a:b:secret:c", [], "on *, not on"),
    ],
)
def test_what_iam_would_never_grant_is_found(
    action: str, arn: str, keys: list[str], why: str
) -> None:
    assert why in str(refused(action, arn, keys))


def test_what_iam_grants_is_not_found() -> None:
    assert refused("ivs:StopStream", CHANNEL, ["aws:ResourceTag/ivskit:managed"]) is None
