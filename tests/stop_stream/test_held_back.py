"""What acts in observe mode, while paused, and on a channel that is not managed."""

from datetime import timedelta

import pytest

from tests.pauses import WORDS, pause, resume
from tests.samples import CHANNEL
from tests.stop_stream.shows import MINUTES, assert_at_rest, command, go_live, live, obey, reasons
from tests.worlds import OpenWorld


def test_in_observe_mode_everything_is_decided_and_nothing_is_done(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe", "max_duration": "1h"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = go_live(world)
        obey(world, "stop-stream")
        obey(world, "block-channel")
        obey(world, "unblock-channel")
        world.run_for(timedelta(hours=2))

        assert live(world) == session
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        would = [reason for reason in reasons(world, "Stop Skipped") if "observing" in reason]
        assert would == [
            "observing only: the channel would be stopped and re-keyed, since the stream has "
            "lasted 1h, its limit",
        ]
        to_force = "observing only: send the command with force to act anyway; the channel would be"
        assert reasons(world, "Command Refused") == [
            f"{to_force} stopped and re-keyed",
            f"{to_force} blocked",
            f"{to_force} unblocked",
        ]


def test_a_block_with_force_holds_in_observe_mode(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        go_live(world, reconnect_after=2)
        world.deliver(command(world, "block-channel", force=True))
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])

        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs)
        world.run_for(MINUTES)

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_on_a_channel_without_the_tag_only_commands_act(open_world: OpenWorld) -> None:
    with open_world(tags={}, policy={"max_duration": "1m"}) as world:
        session = go_live(world, reconnect_after=2)
        world.run_for(5 * MINUTES)
        assert live(world) == session
        assert set(reasons(world, "Stop Skipped")) == {"the channel is not managed by ivskit"}

        obey(world, "block-channel")
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert world.ivs.channels[CHANNEL].tags == {"ivskit:blocked": "true"}

        obey(world, "unblock-channel")
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.ivs.channels[CHANNEL].tags == {}
        assert_at_rest(world)


def test_a_pause_holds_automation_and_no_moderator(open_world: OpenWorld) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        session = go_live(world)
        pause(world)
        world.run_for(timedelta(minutes=90))
        assert live(world) == session

        obey(world, "stop-stream", then="kick")

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["moderator"]
        assert_at_rest(world)


def test_while_paused_no_stream_is_stopped_by_itself_and_what_came_due_is_done_afterwards(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        session = go_live(world)
        world.run_for(30 * MINUTES)
        pause(world, commands_too=True)
        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        assert live(world) == session
        assert reasons(world, "Command Refused") == [
            f"{WORDS}: send the command with force to act anyway; the channel would be kicked"
        ]

        resume(world)
        world.run_for(17 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the stream has lasted 1h, its limit"]
        assert_at_rest(world)


@pytest.mark.parametrize("commands_too", [False, True])
def test_a_block_holds_while_paused_unless_the_pause_holds_commands_too(
    open_world: OpenWorld, commands_too: bool
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        pause(world, commands_too=commands_too)
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs)
        world.run_for(20 * MINUTES)
        assert (live(world) is not None) is commands_too

        resume(world)
        world.run_for(17 * MINUTES)

        assert live(world) is None
        assert_at_rest(world)
