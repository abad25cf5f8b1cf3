"""Dead letters of the last release are processed once somebody moves them back."""

import json
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.world import World
from tests.upgrades.moments import Moment, restore
from tests.upgrades.record import recorded, templates
from tests.worlds import ROOT


def test_dead_letters_are_redriven(moment_of_last: Moment) -> None:
    """Those of every function: whatever was in flight has failed ten times."""
    given_up = [each for each in moment_of_last["messages"] if not each["group"]]
    given_up += [
        {"queue": "ivskit-dev-plan-revocation", "body": body}
        for body in recorded("examples")["messages"].values()
    ]
    start = datetime.fromisoformat(moment_of_last["now"])
    with World(templates(), project_root=ROOT, start=start) as world:
        restore(world, {**moment_of_last, "messages": []})
        for each in given_up:
            _give_up(world, each["queue"], each["body"])
        assert len(world.dead_letters()) == len(given_up)

        for function in world.functions:
            world.redrive(function)
        world.run_for(timedelta(minutes=10))
        for arn in world.ivs.channels:
            if world.ivs.live_session(arn):
                world.ivs.disconnect(arn)
        world.settle()

        assert world.dead_letters() == []
        assert broken_invariants(world) == []
        outcomes = [
            (put.event["detail-type"], put.event["detail"]["cause"]) for put in world.published
        ]
        assert {"mass", "few"} < {
            cause for name, cause in outcomes if name == names.VIEWERS_REVOKED
        }
        assert {name for name, _ in outcomes} >= {
            names.CHANNEL_BLOCKED,
            names.METADATA_PUSHED,
            names.STREAM_KEY_ROTATED,
            names.STREAM_STOPPED,
        }


def _give_up(world: World, queue: str, body: Any) -> None:
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    target = json.loads(policy["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    letters = sqs.get_queue_url(QueueName=target.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=letters, MessageBody=json.dumps(body))
