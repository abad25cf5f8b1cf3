"""Whoever may not use the key of an encrypted resource is refused, as on AWS."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT, START, opener

STOP = sample("command.stop-stream", issued_at=START.isoformat(), channel_arn=CHANNEL)
LIVE = sample("stream-state-change.stream-start")
Statement = dict[str, Any]


@pytest.fixture(scope="module")
def encrypted() -> Templates:
    """The app with a key of its own."""
    return synthesize(ROOT, overrides={"security": {"customer_key": "create"}})


def statements(templates: Templates, kind: str, where: str) -> Iterator[list[Statement]]:
    """The statements of each policy of this type, below this construct."""
    for template in templates.values():
        for resource in template["Resources"].values():
            if resource["Type"] == kind and where in resource["Metadata"]["aws:cdk:path"]:
                policy = resource["Properties"]
                yield policy.get("PolicyDocument", policy.get("KeyPolicy"))["Statement"]


def without(
    templates: Templates, kind: str, where: str, unwanted: Callable[[str], bool]
) -> Templates:
    """The same app without these statements."""
    changed = deepcopy(dict(templates))
    for found in statements(changed, kind, where):
        kept = [each for each in found if not unwanted(str(each))]
        assert len(kept) < len(found)
        found[:] = kept
    return changed


def stop(templates: Templates) -> World:
    """A world in which somebody asked for a stop."""
    with opener(templates, LIVE)() as world:
        world.deliver(STOP)
        world.run_for(timedelta(seconds=90))
    return world


def is_stopped(world: World) -> bool:
    """Whether the stop was carried out."""
    return any(put.event["detail-type"] == "Stream Stopped" for put in world.published)


def test_with_all_permissions_a_stop_is_as_ever(encrypted: Templates) -> None:
    assert is_stopped(stop(encrypted))


@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_a_role_without_the_key_is_refused(encrypted: Templates, service: str) -> None:
    app = without(
        encrypted, "AWS::IAM::Policy", "/StopStream/Role", lambda each: f"{service}." in each
    )
    world = stop(app)

    refused = {call.error for call in world.calls if "kms:" in str(call.error)}
    assert refused
    assert all("not authorized to perform: kms:Decrypt on resource" in str(why) for why in refused)


def test_events_reach_no_queue_whose_key_does_not_admit_eventbridge(encrypted: Templates) -> None:
    app = without(encrypted, "AWS::KMS::Key", "CustomerKey", lambda each: "events." in each)
    world = stop(app)

    assert not is_stopped(world)
    assert world.deliveries[-1].lost


def swept(templates: Templates) -> bool:
    """Whether a sweep runs within the first two intervals."""
    with opener(templates, LIVE)() as world:
        world.run_for(timedelta(minutes=10))
    return any(reaction.function == "reconcile_streams" for reaction in world.unasked)


def test_a_schedule_sends_to_no_queue_whose_key_its_role_may_not_use(encrypted: Templates) -> None:
    app = without(encrypted, "AWS::IAM::Policy", "ScheduleRole", lambda each: "kms:" in each)

    assert swept(encrypted)
    assert not swept(app)
