"""The real app in one world."""

import copy
import json
import random
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.retries.standard import ExponentialBackoff, RetryContext

import ivs_emulator
from ivskit_local.runtime.deliveries import Reaction
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import START, World

ROOT = Path(__file__).parents[3]
MANAGED = {"ivskit:managed": "true"}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def world(templates: Templates, **options: Any) -> World:
    return World(templates, project_root=ROOT, **options)


def keys(there: World, event: Mapping[str, Any]) -> list[str]:
    client = there.client("ivs")
    listed = client.list_stream_keys(channelArn=event["resources"][0])["streamKeys"]
    return [key["arn"] for key in listed]


def done(reaction: Reaction) -> list[str]:
    return [call.operation for call in reaction.calls]


def test_the_end_of_a_stream_rotates_its_key(templates: Templates) -> None:
    event = sample("stream-state-change.stream-end")
    with world(templates) as there:
        ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
        before = keys(there, event)
        delivery = there.deliver(event)
        there.settle()

        assert delivery.rules == [
            "ivskit-dev-automation/RestrictPlayback/StreamEnd",
            "ivskit-dev-automation/RotateStreamKey/StreamEnd",
        ]
        assert "Stream Key Rotated" in [one.outcome for one in delivery.reactions]
        [rotated] = [one for one in delivery.reactions if one.outcome == "Stream Key Rotated"]
        assert rotated.function == "rotate_stream_key"
        assert rotated.channel_arn == event["resources"][0]
        asked = done(rotated)
        assert asked.index("DeleteStreamKey") < asked.index("CreateStreamKey")
        assert asked.index("CreateStreamKey") < asked.index("PutSecretValue")
        after = keys(there, event)
        assert (len(after), after == before) == (1, False)
        assert there.dead_letters() == []


def test_events_of_ivs_may_get_lost_or_come_late_and_again_under_another_id(
    templates: Templates,
) -> None:
    second = timedelta(seconds=1)
    fates = {"Stream Start": (), "Stream End": (5 * second, 9 * second)}
    with world(templates) as there:
        there.transit = lambda event: fates.get(event["detail"]["event_name"], (timedelta(),))
        key = there.client("ivs").create_channel(name="show")["streamKey"]
        there.ivs.connect(key["value"])
        there.run_for(10 * second)
        there.ivs.disconnect(key["channelArn"])
        there.run_for(10 * second)

        arrived = [(one.event["detail"]["event_name"], one.at - START) for one in there.deliveries]
        assert arrived == [
            ("Session Created", 0 * second),
            ("Session Ended", 10 * second),
            ("Stream End", 15 * second),
            ("Stream End", 19 * second),
        ]
        one, again = (delivery.event for delivery in there.deliveries[2:])
        assert {**one, "id": ""} == {**again, "id": ""}
        assert one["id"] != again["id"]


def test_an_event_that_nobody_subscribed_to_causes_nothing(templates: Templates) -> None:
    with world(templates) as there:
        delivery = there.deliver(sample("recording-state-change.recording-end"))
        there.settle()

        assert (delivery.rules, delivery.reactions, list(there.calls)) == ([], [], [])


def test_a_permission_taken_away_is_missed_by_action_and_resource(templates: Templates) -> None:
    without = json.loads(json.dumps(templates).replace('"ivs:DeleteStreamKey", ', ""))
    assert without != templates
    event = sample("stream-state-change.stream-end")
    with world(without) as there:
        ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
        there.deliver(event)
        there.settle()

        denied = [call for call in there.calls if call.operation == "DeleteStreamKey"]
        [key] = keys(there, event)
        assert denied
        for call in denied:
            assert call.error is not None
            assert call.error.startswith("AccessDeniedException: User: arn:aws:sts::123456789012:")
            assert f"to perform: ivs:DeleteStreamKey on resource: {key}" in call.error


def test_a_crash_between_delete_and_create_is_mended(templates: Templates) -> None:
    event = sample("stream-state-change.stream-end")
    with world(templates) as there:
        ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
        delivery = there.deliver(event)
        there.settle()
        rotated = next(one for one in delivery.reactions if one.outcome == "Stream Key Rotated")
        number = done(rotated).index("DeleteStreamKey") + 1
    with world(templates) as there:
        ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
        kill = there.gate.kill(function="rotate_stream_key", call=number, when="after")
        delivery = there.deliver(event)
        there.settle()

        assert kill.struck
        assert "killed after ivs:DeleteStreamKey took effect" in [
            one.error for one in delivery.reactions
        ]
        assert len(keys(there, event)) == 1
        assert there.dead_letters() == []


def test_what_the_emulator_emits_is_delivered_too(templates: Templates) -> None:
    with world(templates) as there:
        created = there.client("ivs").create_channel(name="one", tags=MANAGED)
        arn = created["channel"]["arn"]
        there.ivs.connect(created["streamKey"]["value"])
        there.run_for(timedelta(minutes=1))
        there.ivs.disconnect(arn)
        there.settle()

        names = [one.event["detail"]["event_name"] for one in there.deliveries]
        assert names[:2] == ["Session Created", "Stream Start"]
        assert "Stream End" in names
        end = there.deliveries[names.index("Stream End")]
        assert "Stream Key Rotated" in [one.outcome for one in end.reactions]


def test_worlds_follow_each_other_without_leaving_anything(templates: Templates) -> None:
    event = sample("stream-state-change.stream-end")
    with world(templates) as there:
        ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
        there.deliver(copy.deepcopy(event))
    with world(templates) as there:
        there.settle()

        assert (there.now, list(there.logs), there.deliveries) == (START, [], [])
        assert there.client("ivs").list_channels()["channels"] == []


def test_the_seed_decides_how_long_botocore_waits_before_a_retry(templates: Templates) -> None:
    def ended(seed: int) -> float:
        random.seed()
        state = random.getstate()
        with World(templates, project_root=ROOT, seed=seed):
            backoff = ExponentialBackoff()
            wait = backoff.delay_amount(RetryContext(attempt_number=3))
        assert random.getstate() == state
        return float(wait)

    assert ended(1) == ended(1) != ended(2)


def test_a_world_that_cannot_be_entered_leaves_everything_as_it_was(tmp_path: Path) -> None:
    before = time.sleep, time.monotonic
    with pytest.raises(Exception, match="resources of this type"):
        World(
            {"a": {"Resources": {"X": {"Type": "AWS::EC2::VPC"}}}}, project_root=tmp_path
        ).__enter__()

    assert (time.sleep, time.monotonic) == before
    assert abs(time.time() - START.timestamp()) > 1
