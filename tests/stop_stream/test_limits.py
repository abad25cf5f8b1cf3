"""Limits of a channel's policy: maximum duration, starvation, and the account's limits in IVS."""

from datetime import timedelta

import pytest

from ivskit_local.replay import MANAGED
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import MINUTES, SECONDS, assert_at_rest, go_live, live, reasons
from tests.worlds import OpenWorld


def test_a_stream_is_stopped_when_it_has_lasted_as_long_as_it_may(open_world: OpenWorld) -> None:
    with open_world(tags={**MANAGED, "ivskit:max-duration": "1h"}) as world:
        session = go_live(world, reconnect_after=2)
        world.run_for(timedelta(minutes=59))
        assert live(world) == session

        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == [
            "the stream has lasted 1h, its limit",
        ]
        assert len(outcomes_of(world, "Stream Key Rotated")) == 1
        assert_at_rest(world)


def test_a_show_whose_maximum_is_extended_while_it_runs_goes_on(open_world: OpenWorld) -> None:
    with open_world(tags={**MANAGED, "ivskit:max-duration": "1h"}) as world:
        session = go_live(world)
        ivs = world.client("ivs")
        ivs.tag_resource(resourceArn=CHANNEL, tags={"ivskit:max-duration": "2h"})
        world.run_for(timedelta(minutes=110))
        assert live(world) == session

        world.run_for(timedelta(minutes=20))

        assert live(world) is None


def test_a_show_that_is_over_leaves_the_next_one_its_own_time(open_world: OpenWorld) -> None:
    with open_world(policy={"max_duration": "1h", "rotate": "never"}) as world:
        go_live(world)
        world.run_for(timedelta(minutes=40))
        world.ivs.disconnect(CHANNEL)
        world.run_for(5 * MINUTES)
        second = go_live(world)

        world.run_for(timedelta(minutes=50))

        assert live(world) == second
        assert "that session is over" in reasons(world, "Stop Skipped")


def test_a_rehearsal_is_not_stopped_before_its_hold_is_over(open_world: OpenWorld) -> None:
    hold = {"ivskit:max-duration": "10m", "ivskit:hold-until": "2026-11-20T18:00:00Z"}
    with open_world(tags=MANAGED | hold) as world:
        session = go_live(world)
        world.run_for(timedelta(hours=1))
        assert live(world) == session

        world.run_for(timedelta(minutes=15))

        assert live(world) is None


def test_starvation_that_recovers_in_time_is_left_alone(open_world: OpenWorld) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.ivs.starve(CHANNEL)
        world.run_for(10 * SECONDS)
        world.ivs.recover(CHANNEL)
        world.run_for(MINUTES)

        assert live(world) == session
        assert "the stream has recovered" in reasons(world, "Stop Skipped")


def test_a_stream_that_recovers_before_it_could_be_kicked_is_left_alone(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.gate.kill(function="stop_stream", call="StopStream", when="before")
        world.ivs.starve(CHANNEL)
        world.run_for(timedelta(seconds=21))
        world.ivs.recover(CHANNEL)

        world.deliver(sample("stream-health-change.starvation-start", time=world.now.isoformat()))
        world.run_for(5 * MINUTES)

        assert live(world) == session
        assert outcomes_of(world, "Stream Stopped") == []
        assert_at_rest(world)


def test_two_starvation_episodes_are_judged_apart(open_world: OpenWorld) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.ivs.starve(CHANNEL)
        world.run_for(10 * SECONDS)
        world.ivs.recover(CHANNEL)
        world.run_for(5 * SECONDS)
        world.ivs.starve(CHANNEL)

        world.run_for(10 * SECONDS)
        assert live(world) == session
        world.run_for(15 * SECONDS)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the stream has starved for 20s, its limit"]


@pytest.mark.parametrize("shape", ["", ".registry-shape"])
def test_a_limit_breach_is_published_in_both_of_its_shapes(
    open_world: OpenWorld, shape: str
) -> None:
    with open_world() as world:
        world.deliver(sample(f"limit-breach.concurrent-broadcasts{shape}"))
        world.run_for(SECONDS)

        [kept] = outcomes_of(world, "Stop Skipped")
        assert " exceed the limit of " in kept["reason"]
        assert kept["limit"] == "Concurrent Broadcasts"
        assert "channel_arn" not in kept
