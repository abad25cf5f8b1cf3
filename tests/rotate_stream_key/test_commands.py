"""Commands to rotate: when they act, repeats, and whom they answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivs_emulator import backend, bring_to
from ivskit import quotas
from ivskit_local.invariants import broken_invariants
from ivskit_local.replay import MANAGED
from tests.rotate_stream_key.rotations import after, answers, command, outcomes, published
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


@pytest.mark.parametrize("throttling", ["token-bucket", "sliding-window"])
def test_many_rotations_at_once_leave_no_channel_waiting_for_a_create(
    open_world: OpenWorld, throttling: str
) -> None:
    with open_world(throttling=throttling) as world:
        for number in range(20):
            arn = f"{CHANNEL}{number}"
            asked = command(channel_arn=arn, command_id=f"rotation {number}")
            bring_to(backend, asked, tags=dict(MANAGED))
            world.deliver(asked | {"id": f"event {number}"})
        world.settle()

        creates = [call for call in world.calls if call.operation == "CreateStreamKey"]
        assert [call.error for call in creates] == [None] * 20
        lasted = max(call.at for call in creates) - min(call.at for call in creates)
        share = quotas.SHARES["CreateStreamKey"]["rotate_stream_key"]
        assert lasted.total_seconds() > 19 / share - 0.01
        assert broken_invariants(world) == []


def test_where_only_managed_channels_take_commands_the_others_refuse_them(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={}, command_channels="managed") as world:
        [key] = world.ivs.keys_of(CHANNEL)

        assert after(world, command()) == ["Command Refused"]

        [refused] = published(world, "Command Refused")
        assert refused["detail"]["channel_arn"] == CHANNEL
        assert refused["detail"]["reason"].startswith("the channel is not managed by ivskit")
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_command_about_many_channels_is_answered_by_each(open_world: OpenWorld) -> None:
    with open_world() as world:
        other = world.client("ivs").create_channel()["channel"]["arn"]
        sent = command(channel_arn=None, channel_arns=[CHANNEL, other, CHANNEL])

        after(world, sent)

        rotated = published(world, "Stream Key Rotated")
        assert {each["detail"]["channel_arn"] for each in rotated} == {CHANNEL, other}
        assert len(rotated) == 2
        assert {each["detail"]["cause"] for each in rotated} == {sent["detail"]["command_id"]}
        assert broken_invariants(world) == []


def test_every_outcome_of_a_command_says_who_sent_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        after(world, command(sender="jane"))

        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["sender"] == "jane"


def test_a_command_rotates_at_once_and_its_repeat_only_repeats_the_answer(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        assert after(world, command(), command()) == [
            "Stream Key Rotated",
            "Rotation Skipped",
            "Stream Key Rotated",
        ]
        assert world.ivs.keys_made[CHANNEL].count == 2


@pytest.mark.parametrize(
    ("if_live", "expected"), [("refuse", "Rotation Skipped"), ("proceed", "Stream Key Rotated")]
)
def test_a_command_for_a_live_channel_is_refused_unless_it_says_proceed(
    open_world: OpenWorld, if_live: str, expected: str
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))

        world.deliver(command(if_live=if_live, issued_at=world.now.isoformat()))
        world.run_for(timedelta(seconds=5))

        assert outcomes(world) == [expected]
        assert (world.ivs.keys_of(CHANNEL) == [key]) == (if_live == "refuse")


def test_a_person_who_was_refused_is_not_obeyed_later_by_a_repeat(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))
        refused = command(issued_at=world.now.isoformat())
        world.deliver(refused)
        world.run_for(timedelta(seconds=5))
        world.ivs.disconnect(CHANNEL)
        world.run_for(timedelta(seconds=10))

        repeat = world.deliver(refused)
        world.run_for(timedelta(seconds=5))

        assert [reaction.reason for reaction in repeat.reactions] == [answers(world)[0][1]]
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_new_key_carries_the_old_ones_tags_but_not_those_of_the_system(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [old] = world.ivs.keys_of(CHANNEL)
        tags = {"team": "sports", "aws:cloudformation:stack-name": "channels"}
        world.ivs.stream_keys[old.arn] = replace(old, tags=tags)

        after(world, command())

        [new] = world.ivs.keys_of(CHANNEL)
        assert new.tags == {"team": "sports"}


def test_a_channel_that_has_no_key_gets_one(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        assert after(world, command())[0] == "Stream Key Rotated"

        assert broken_invariants(world) == []
        assert len(world.ivs.keys_of(CHANNEL)) == 1


def test_a_redriven_command_is_too_late_but_finishes_what_it_began(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.kill(function="rotate_stream_key", call="CreateStreamKey", when="before")
        sent = command(max_age="1m")
        world.deliver(sent)
        world.run_for(timedelta(minutes=1))
        assert world.ivs.keys_of(CHANNEL) == []

        world.run_for(timedelta(minutes=1))
        again = world.deliver(sent)
        world.settle()

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert again.reactions[0].outcome == "Stream Key Rotated"
        assert broken_invariants(world) == []


def test_a_command_for_another_region_is_refused_at_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        elsewhere = CHANNEL.replace("us-west-2", "eu-west-1")

        assert after(world, command(channel_arn=elsewhere)) == ["Command Refused"]
