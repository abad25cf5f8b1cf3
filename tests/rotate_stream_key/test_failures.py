"""Faults of IVS and the store, and rotations that were left half done."""

from datetime import timedelta
from typing import Literal

import pytest

from ivs_emulator.faults import Fault
from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.invariants import broken_invariants
from tests.rotate_stream_key.rotations import (
    END,
    HALF_DONE,
    SECRET,
    after,
    answers,
    command,
    outcomes,
    published,
    remember,
    send,
)
from tests.samples import CHANNEL, STREAM
from tests.worlds import START, OpenWorld


@pytest.mark.parametrize("operation", ["DeleteStreamKey", "CreateStreamKey", "ListStreamKeys"])
def test_an_answer_that_got_lost_costs_no_second_key(open_world: OpenWorld, operation: str) -> None:
    with open_world() as world:
        world.gate.fault("ivs", operation, "InternalServerException", when="after")

        after(world, command())

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []
        assert world.dead_letters() == []


def test_a_key_whose_making_was_never_answered_is_found_and_delivered(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("500", "CreateStreamKey", count=1, after=True))

        assert after(world, command())[0] == "Stream Key Rotated"

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []


def test_reads_that_lag_behind_cost_time_but_no_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("500", "CreateStreamKey", count=1, after=True))
        world.ivs.faults.add(Fault("stale", "ListStreamKeys", seconds=10))

        after(world, command())

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []
        assert world.dead_letters() == []


def test_a_throttled_create_leaves_no_channel_without_a_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "CreateStreamKey", "ThrottlingException", 429, times=4)

        after(world, command())

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert broken_invariants(world) == []


@pytest.mark.parametrize("sent", ["command", "stream end"])
def test_a_secret_on_its_way_out_stops_a_rotation_before_the_key_is_deleted(
    open_world: OpenWorld, sent: str
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        secrets = world.client("secretsmanager")
        secrets.create_secret(Name=SECRET)
        secrets.delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)

        after(world, command() if sent == "command" else END)

        outcome, reason = answers(world)[-1]
        assert outcome == ("Command Refused" if sent == "command" else "Rotation Skipped")
        assert reason is not None
        assert reason.endswith("is scheduled for deletion")
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.dead_letters() == []


def test_a_delivered_key_that_somebody_replaced_is_delivered_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command())
        world.run_for(timedelta(seconds=5))
        ivs = world.client("ivs")
        ivs.delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)
        theirs = ivs.create_stream_key(channelArn=CHANNEL)["streamKey"]

        world.settle()

        stored = world.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
        assert theirs["value"] in stored
        assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [theirs["arn"]]


def test_a_delivered_key_that_somebody_deleted_is_made_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command())
        world.run_for(timedelta(seconds=5))
        world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        world.settle()

        [key] = world.ivs.keys_of(CHANNEL)
        stored = world.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
        assert key.value in stored


BLOCKED = {"command_id": "c", "issued_at": START.isoformat()}


@pytest.mark.parametrize("has_key", [True, False])
def test_a_channel_that_was_blocked_while_its_key_was_replaced_ends_without_one(
    open_world: OpenWorld, has_key: bool
) -> None:
    with open_world() as world:
        remember(world, blocked=BLOCKED, intent=HALF_DONE)
        if not has_key:
            world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        after(world, command())

        assert [
            event["detail"]["reason"]
            for name in ("Rotation Skipped", "Command Refused")
            for event in published(world, name)
        ] == [
            "the channel was blocked while its key was replaced",
            "the channel is blocked and gets no key until it is unblocked",
        ]
        assert world.ivs.keys_of(CHANNEL) == []
        assert broken_invariants(world) == []


def test_what_was_left_half_done_is_done_before_anything_else(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.client("ivs").delete_stream_key(arn=key.arn)
        remember(world, intent={**HALF_DONE, "old_key_arn": key.arn, "tags": {"a": "b"}})

        after(world, END)

        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["cause"] == "st-before"
        assert [key.tags for key in world.ivs.keys_of(CHANNEL)] == [{"a": "b"}]
        assert broken_invariants(world) == []


def test_a_rotation_that_did_nothing_yet_is_decided_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.gate.fault("ivs", "DeleteStreamKey", "ThrottlingException", 429, times=3)
        world.deliver(command(max_age="2h"))
        world.run_for(timedelta(seconds=2))
        world.ivs.connect(key.value)

        world.run_for(timedelta(minutes=10))

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert outcomes(world)[-1] == "Rotation Skipped"
        assert broken_invariants(world) == []


def test_a_rotation_that_is_open_outlives_an_outage_and_says_so(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "CreateStreamKey", "ServiceUnavailable", 503, times=25)

        world.deliver(command())
        world.run_for(timedelta(hours=1))

        [outcome, *_] = published(world, "Stream Key Not Delivered")
        assert outcome["detail"]["reason"].startswith("no key could be made yet: CreateStreamKey")
        world.run_for(timedelta(hours=1))
        assert len(published(world, "Stream Key Rotated")) == 1
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.dead_letters() == []
        assert broken_invariants(world) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_fails_for_long_does_not_hold_a_new_key_up(
    open_world: OpenWorld, when: Literal["before", "after"]
) -> None:
    with open_world() as world:
        world.gate.fault("secretsmanager", "PutSecretValue", "InternalServiceError", 500, when, 12)

        world.deliver(command())
        world.run_for(timedelta(hours=3))

        # A sweep, which is not deployed here, offers it again.
        [outcome] = published(world, "Stream Key Not Delivered")
        assert "the store fails with InternalServiceError" in outcome["detail"]["reason"]
        assert outcome["detail"]["stream_key_arn"] == world.ivs.keys_of(CHANNEL)[0].arn
        assert world.dead_letters() == []


def test_a_store_that_has_refused_keeps_its_channel_on_the_old_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        after(world, command())
        world.gate.fault("secretsmanager", "PutSecretValue", "LimitExceededException", 400, times=3)
        after(world, command(command_id="refused", issued_at=world.now.isoformat()))
        [key] = world.ivs.keys_of(CHANNEL)
        [not_delivered] = published(world, "Stream Key Not Delivered")
        assert not_delivered["detail"]["cause"] == "refused"

        world.deliver(END | {"id": "later", "time": world.now.isoformat()})
        world.run_for(timedelta(hours=1))

        assert outcomes(world)[-1] == "Rotation Skipped"
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.dead_letters() == []


def test_a_list_that_lags_behind_does_not_pass_an_old_key_off_as_new(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("stale", "ListStreamKeys", seconds=10))
        world.deliver(command())
        world.run_for(timedelta(seconds=3))
        [first] = world.ivs.keys_of(CHANNEL)

        world.deliver(command(command_id="again"))
        world.settle()

        assert len(published(world, "Stream Key Rotated")) == 2
        [second] = world.ivs.keys_of(CHANNEL)
        assert second.arn != first.arn
        assert broken_invariants(world) == []


@pytest.mark.parametrize("has_key", [True, False])
def test_a_verification_that_finds_an_empty_memory_ensures_that_there_is_a_key(
    open_world: OpenWorld, has_key: bool
) -> None:
    look = LookAgain(
        channel_arn=CHANNEL,
        purpose="verify key",
        cause=STREAM,
        since=START,
        due=START,
        event_id="e-0",
    )
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        if not has_key:
            world.client("ivs").delete_stream_key(arn=key.arn)
        send(world, look.message())
        world.settle()

        assert (world.ivs.keys_of(CHANNEL) == [key]) == has_key
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert broken_invariants(world) == []
