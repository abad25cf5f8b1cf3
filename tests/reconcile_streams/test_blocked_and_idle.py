"""Blocked channels that have a key or a stream, and streams that nobody watches."""

import pytest

from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.reconcile_streams.sweeps import MINUTES, SECONDS, SWEEP, lost, sweeps
from tests.samples import CHANNEL
from tests.stop_stream.shows import (
    assert_at_rest,
    command,
    delivered_key,
    go_live,
    live,
    reasons,
    stopped_sessions,
)
from tests.worlds import OpenWorld


def block(world: World) -> None:
    """A person blocks the channel, long before the next sweep."""
    world.deliver(command(world, "block-channel"))
    world.run_for(4 * MINUTES)


def test_a_key_that_appears_on_a_blocked_channel_is_deleted(open_world: OpenWorld) -> None:
    with open_world() as world:
        block(world)
        world.client("ivs").create_stream_key(channelArn=CHANNEL)
        world.run_for(2 * SWEEP)

        assert world.ivs.keys_of(CHANNEL) == []
        assert [sweep["unshut"] for sweep in sweeps(world)] == [1, 0]
        assert "the channel is blocked, and has no key any more" in reasons(world, "Stop Skipped")
        assert_at_rest(world)


def test_a_stream_on_a_blocked_channel_whose_start_got_lost_is_cut(open_world: OpenWorld) -> None:
    with open_world() as world:
        block(world)
        world.client("ivs").create_stream_key(channelArn=CHANNEL)
        with lost(world, "Stream Start"):
            session = go_live(world, reconnect_after=2)
        world.run_for(2 * SWEEP)

        assert live(world) is None
        assert world.ivs.keys_of(CHANNEL) == []
        assert stopped_sessions(world) == [session]
        assert_at_rest(world)


def test_a_blocked_channel_that_was_unblocked_meanwhile_keeps_its_key(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        block(world)
        world.client("ivs").create_stream_key(channelArn=CHANNEL)
        # The sweep's message is read only after the unblock.
        look = LookAgain(
            channel_arn=CHANNEL,
            purpose="verify block",
            cause="b",
            since=world.now,
            due=world.now,
            event_id="e",
        )
        world.deliver(command(world, "unblock-channel"))
        world.run_for(10 * SECONDS)
        queue = world.client("sqs").get_queue_url(QueueName="ivskit-dev-stop-stream")["QueueUrl"]
        world.client("sqs").send_message(QueueUrl=queue, MessageBody=look.message())
        world.run_for(10 * SECONDS)

        assert "the channel is not blocked any more" in reasons(world, "Stop Skipped")
        assert len(world.ivs.keys_of(CHANNEL)) == 1


def test_a_blocked_channel_that_was_deleted_is_no_trouble(open_world: OpenWorld) -> None:
    with open_world() as world:
        block(world)
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(SWEEP)

        assert [sweep["unshut"] for sweep in sweeps(world)] == [0]
        assert world.dead_letters() == []


IDLE = {"max_idle": "20m"}


def test_a_stream_that_nobody_watches_is_stopped_so_that_it_stays_down(
    open_world: OpenWorld,
) -> None:
    with open_world(policy=IDLE) as world:
        session = go_live(world, reconnect_after=2)
        world.run_for(24 * MINUTES)
        assert live(world) == session

        world.run_for(2 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the stream had no viewers for 20m, its limit"]
        [key] = world.ivs.keys_of(CHANNEL)
        assert key.value == delivered_key(world)
        assert sum(sweep["idle"] for sweep in sweeps(world)) == 1
        world.run_for(2 * SWEEP)
        assert_at_rest(world)


@pytest.mark.parametrize("viewers", [3, -1])
def test_a_stream_that_somebody_watches_now_and_then_goes_on(
    open_world: OpenWorld, viewers: int
) -> None:
    with open_world(policy=IDLE) as world:
        session = go_live(world)
        world.run_for(12 * MINUTES)
        world.ivs.watch(CHANNEL, 3)
        world.run_for(5 * MINUTES)
        world.ivs.watch(CHANNEL, 0)
        world.run_for(20 * MINUTES)
        # Just before the stop somebody comes, or IVS cannot count: then it is not made.
        world.ivs.watch(CHANNEL, viewers)
        world.run_for(12 * MINUTES)

        assert live(world) == session
        assert outcomes_of(world, "Stream Stopped") == []


def test_without_a_limit_nobody_has_to_watch(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)
        world.run_for(2 * 60 * MINUTES)

        assert live(world) == session
        assert {sweep["idle"] for sweep in sweeps(world)} == {0}


def test_observing_a_sweep_leaves_streams_and_keys_alone(open_world: OpenWorld) -> None:
    with open_world(policy={**IDLE, "mode": "observe"}) as world:
        session = go_live(world)
        world.run_for(30 * MINUTES)

        assert live(world) == session
        assert (
            "observing only: the channel would be stopped and re-keyed, since the stream had no "
            "viewers for 20m, its limit"
        ) in reasons(world, "Stop Skipped")
