"""The examples of docs/revocation.md, run as they stand there."""

import re
from typing import Any

import boto3

from tests.outcomes import outcomes_of
from tests.plan_revocation.audiences import make_private, plays
from tests.revocations import MINUTES, SECONDS, revoke
from tests.samples import CHANNEL
from tests.signing import PRIVATE_KEY
from tests.worlds import ROOT, OpenWorld


def example(part: str) -> str:
    """The one that has this in it."""
    page = (ROOT / "docs" / "revocation.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    [found] = [one for one in examples if part in one]
    return str(found)


def test_whoever_was_issued_a_token_is_shut_out(open_world: OpenWorld) -> None:
    with open_world() as world:
        make_private(world)
        name = "/ivskit/dev/audience"
        table = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        known: dict[str, Any] = {
            "boto3": boto3,
            "table": table,
            "private_key": PRIVATE_KEY,
            "channel_arn": CHANNEL,
            "now": world.now,
        }
        exec(example("issue(audience"), known)
        assert plays(world, known["token"])
        world.run_for(SECONDS)
        world.deliver(revoke(world, audience_of=[CHANNEL]))
        world.run_for(MINUTES)

        assert not plays(world, known["token"])


def test_the_commands_name_whom_they_say(open_world: OpenWorld) -> None:
    with open_world() as world:
        known: dict[str, Any] = {"channel_arn": CHANNEL}
        exec(example("manifest="), known)
        detail = known["few"].model_dump(mode="json", exclude_defaults=True)
        world.deliver(revoke(world, **{**detail, "issued_at": world.now.isoformat()}))
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert (outcome["revoked"], outcome["reason"]) == (1, "refunded")
        assert known["many"].manifest == "s3://my-lists/show-7.csv.gz"
