"""What a stop does, in which order, and how it is verified."""

from datetime import timedelta

import pytest

from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, STREAM
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    calls,
    command,
    delivered_key,
    go_live,
    live,
    obey,
    reasons,
    stopped_sessions,
)
from tests.worlds import OpenWorld


def test_a_stop_against_an_encoder_that_reconnects_ends_with_it_out_and_a_fresh_key_delivered(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [old] = world.ivs.keys_of(CHANNEL)
        session = go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="rotate")
        world.run_for(5 * MINUTES)

        [new] = world.ivs.keys_of(CHANNEL)
        assert live(world) is None
        assert new.arn != old.arn
        assert delivered_key(world) == new.value
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert stopped["stream_id"] == session
        # The Stream End that the stop caused does not undo the key that the stop delivered.
        assert [rotated["cause"] for rotated in outcomes_of(world, "Stream Key Rotated")] == [
            session
        ]
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert_at_rest(world)


def test_the_key_goes_before_the_stream(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)

        obey(world, "stop-stream", then="rotate")

        made = [call.operation for call in world.calls if call.service in ("ivs", "secretsmanager")]
        order = ["DeleteStreamKey", "StopStream", "CreateStreamKey", "DescribeSecret"]
        begin = made.index("DeleteStreamKey")
        assert made[begin : begin + len(order)] == order


@pytest.mark.parametrize(("then", "before"), [("rotate", 6), ("block", 6), ("kick", 4)])
def test_few_calls_come_before_the_cut(open_world: OpenWorld, then: str, before: int) -> None:
    with open_world() as world:
        go_live(world)
        world.deliver(command(world, "stop-stream", stream_id=STREAM))  # which reads the pause
        world.run_for(SECONDS)
        world.deliver(command(world, "stop-stream", then=then))
        world.run_for(SECONDS)

        [reaction] = world.deliveries[-1].reactions
        made = [call.operation for call in reaction.calls]
        assert made.index("StopStream") == before


def test_who_is_kicked_may_come_back_which_is_published(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        first = go_live(world, reconnect_after=5)

        obey(world, "stop-stream", then="kick")

        second = live(world)
        assert second not in (None, first)
        assert reasons(world, "Stream Back") == [f"a new session is live ({second})"]
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert calls(world, "StopStream") == 1
        assert_at_rest(world)


def test_who_is_kicked_keeps_the_key_until_the_next_session_ends(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)

        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        assert "the channel stayed down" in reasons(world, "Stop Skipped")
        assert world.ivs.keys_of(CHANNEL) == [key]

        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(11 * MINUTES)

        assert len(outcomes_of(world, "Stream Key Rotated")) == 1
        assert_at_rest(world)


def test_an_encoder_that_was_back_before_the_key_changed_is_stopped_too(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.kill(function="stop_stream", call="DeleteStreamKey", when="before")
        world.deliver(command(world, "stop-stream", then="rotate"))
        [key] = world.ivs.keys_of(CHANNEL)
        world.run_for(timedelta(milliseconds=1))
        world.ivs.disconnect(CHANNEL)
        second = world.ivs.connect(key.value).stream_id

        world.run_for(3 * MINUTES)

        assert live(world) is None
        assert second in stopped_sessions(world)
        assert_at_rest(world)


def test_a_stop_that_keeps_the_key_cuts_what_comes_back_for_a_quarter_of_an_hour(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)

        obey(world, "stop-stream", then="auto")

        assert live(world) is None
        for minutes in (1, 11):
            world.run_for(minutes * MINUTES)
            go_live(world)
            world.run_for(MINUTES)
            assert live(world) is None
        stops = outcomes_of(world, "Stream Stopped")
        assert stops[0]["then"] == "lockout"
        assert [stop["again"] for stop in stops] == [False, True, True]

        world.run_for(2 * MINUTES)
        session = go_live(world)
        world.run_for(10 * MINUTES)
        assert live(world) == session
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert_at_rest(world)
