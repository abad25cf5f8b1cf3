"""Stream Start and Stream End events that got lost: the sweep publishes them again."""

from datetime import datetime
from itertools import takewhile

import pytest

from ivs_emulator import channels as emulated
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.reconcile_streams.sweeps import (
    MINUTES,
    SECONDS,
    SWEEP,
    calls,
    lost,
    memory_of,
    reconciled,
    sweep_now,
    sweeps,
)
from tests.samples import CHANNEL
from tests.stop_stream.shows import assert_at_rest, delivered_key, go_live, live
from tests.worlds import OpenWorld


def states(world: World) -> list[tuple[str, str, str]]:
    """Name, time and session of every change that sweeps put on the bus."""
    return [
        (event["detail"]["event_name"], event["time"], event["detail"]["stream_id"])
        for event in reconciled(world)
    ]


def written(moment: datetime | None) -> str:
    """A time as events write it."""
    assert moment is not None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_a_missed_start_is_published_again_with_the_sessions_own_time(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        with lost(world, "Stream Start"):
            session = go_live(world)
        world.run_for(2 * SWEEP)

        [start] = reconciled(world)
        shown = world.ivs.sessions[CHANNEL][session]
        assert start["time"] == written(shown.start_time)
        assert start["resources"] == [CHANNEL]
        assert start["detail-type"] == "IVS Stream State Change"
        assert start["detail"] == {
            "event_name": "Stream Start",
            "channel_name": "Your-Channel",
            "stream_id": session,
        }
        first, second = sweeps(world)
        assert (first["missed_starts"], second["missed_starts"]) == (1, 0)


def test_a_show_whose_start_got_lost_still_ends_at_its_maximum(open_world: OpenWorld) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        with lost(world, "Stream Start"):
            session = go_live(world)
        world.run_for(62 * MINUTES)

        assert live(world) is None
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert stopped["stream_id"] == session
        world.run_for(SWEEP)
        assert_at_rest(world)


def test_a_channel_whose_end_got_lost_still_gets_a_new_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)
        world.run_for(20 * MINUTES)
        with lost(world, "Stream End"):
            world.ivs.disconnect(CHANNEL)
        world.run_for(4 * SWEEP)

        ended = world.ivs.sessions[CHANNEL][session].end_time
        assert states(world) == [("Stream End", written(ended), session)]
        [rotated] = outcomes_of(world, "Stream Key Rotated")
        assert rotated["cause"] == session
        [key] = world.ivs.keys_of(CHANNEL)
        assert key.value == delivered_key(world)
        assert sum(sweep["missed_ends"] for sweep in sweeps(world)) == 1
        assert_at_rest(world)


def test_nothing_is_published_again_that_arrived(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        world.run_for(2 * SWEEP)
        world.ivs.disconnect(CHANNEL)
        world.run_for(2 * SWEEP)

        assert reconciled(world) == []
        assert [sweep["live"] for sweep in sweeps(world)] == [1, 1, 0, 0]
        # Nobody watches it, so its policy is read once; all is verified after half an hour.
        sweep = ["ListStreams", "ListChannels"]
        first = ["ListStreams", "BatchGetChannel", "ListChannels"]
        assert [call.operation for call in calls(world)] == [*first, *sweep * 3]
        world.run_for(2 * SWEEP)
        before = len(calls(world))
        world.run_for(SWEEP)
        verified = [call.operation for call in calls(world)[before:]]
        assert verified == [*first, "ListStreamKeys", "GetStreamSession"]
        assert world.ivs.keys_made[CHANNEL].count == 2


@pytest.mark.parametrize("late", ["Stream Start", "Stream End"])
def test_an_event_that_comes_after_it_was_published_again_is_a_repeat(
    open_world: OpenWorld, late: str
) -> None:
    with open_world() as world:
        with lost(world, late):
            go_live(world)
            world.run_for(2 * SWEEP)
            world.ivs.disconnect(CHANNEL)
            world.run_for(4 * SWEEP)
        [event] = [each for each in world.ivs.events if each["detail"].get("event_name") == late]
        world.deliver(event)
        world.run_for(4 * SWEEP)

        assert len(reconciled(world)) == 1
        assert len(outcomes_of(world, "Stream Key Rotated")) == 1
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert_at_rest(world)


def test_an_event_that_may_still_be_on_its_way_is_waited_for(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.run_for(SWEEP - 2 * MINUTES)
        with lost(world, "Stream Start"):
            session = go_live(world)

        world.run_for(4 * MINUTES)
        assert [sweep["live"] for sweep in sweeps(world)] == [1]
        assert reconciled(world) == []

        world.run_for(3 * MINUTES)
        assert [each[2] for each in states(world)] == [session]


def test_of_a_channel_that_is_not_managed_nothing_is_published_until_it_is(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={}) as world:
        session = go_live(world)
        world.run_for(2 * SWEEP)
        assert reconciled(world) == []

        ivs = world.client("ivs")
        ivs.tag_resource(resourceArn=CHANNEL, tags={"ivskit:managed": "true"})
        # The tags of a stream that was passed by are read anew once an hour.
        world.run_for(12 * SWEEP)

        assert [(name, stream_id) for name, _, stream_id in states(world)] == [
            ("Stream Start", session)
        ]


def test_the_lost_end_of_a_show_is_published_while_the_next_is_live(open_world: OpenWorld) -> None:
    with open_world() as world:
        first = go_live(world)
        with lost(world, "Stream End", "Stream Start"):
            world.ivs.disconnect(CHANNEL)
            world.run_for(10 * SECONDS)
            second = go_live(world)
        world.run_for(2 * SWEEP)

        assert [(name, stream_id) for name, _, stream_id in states(world)] == [
            ("Stream End", first),
            ("Stream Start", second),
        ]
        assert live(world) == second
        assert world.ivs.keys_made[CHANNEL].count == 1


def test_a_session_of_a_channel_that_is_gone_is_forgotten(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        with lost(world, "Stream End"):
            world.ivs.disconnect(CHANNEL)
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(3 * SWEEP)

        assert reconciled(world) == []
        asked = [call.operation for call in calls(world)]
        assert asked.count("GetStreamSession") == 1
        assert_at_rest(world)


def test_a_session_of_a_channel_that_somebody_is_at_work_on_is_forgotten_later(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        with lost(world, "Stream End"):
            world.ivs.disconnect(CHANNEL)
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(SWEEP - 20 * SECONDS)
        with memory_of(world).lease(CHANNEL):
            world.run_for(20 * SECONDS)
        world.run_for(SWEEP)

        assert (len(sweeps(world)), sweeps(world, "Sweep Skipped")) == (2, [])
        asked = [call.operation for call in calls(world)]
        assert asked.count("GetStreamSession") == 2
        assert_at_rest(world)


def test_very_many_ends_are_looked_up_in_turn_until_each_is_published(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        arns = _whose_end_got_lost(world, count=25)
        # Too soon for anything to count as missed.
        for _ in range(3):
            sweep_now(world, world.now)
            world.run_for(40 * SECONDS)
        before = [_asked_after(world, sweep) for sweep in _at_work(world)]
        world.run_for(2 * SWEEP)

        assert before == [{*arns[:20]}, {*arns[20:], *arns[:15]}, {*arns[15:], *arns[:10]}]
        assert [sweep["missed_ends"] for sweep in sweeps(world)] == [0, 0, 0, 20, 5]
        assert {event["resources"][0] for event in reconciled(world)} == {*arns}


def _whose_end_got_lost(world: World, *, count: int) -> list[str]:
    """Channels with a stream whose Stream End got lost."""
    arns = [f"{CHANNEL}{number:03}" for number in range(count)]
    for arn in arns:
        emulated.add_channel(world.ivs, arn, MANAGED)
        world.ivs.connect(add_stream_key(world.ivs, arn, {}).value)
    world.run_for(10 * SECONDS)
    with lost(world, "Stream End"):
        for arn in arns:
            world.ivs.disconnect(arn)
        world.run_for(10 * SECONDS)
    return arns


def _at_work(world: World) -> list[str]:
    """The invocations that were sweeps, in order."""
    return list(dict.fromkeys(call.invocation for call in calls(world)))


def _asked_after(world: World, sweep: str) -> set[str]:
    """The channels of whose session a sweep asked IVS, before it went on to its visits."""
    made = [call for call in calls(world) if call.invocation == sweep]
    survey = takewhile(lambda call: call.operation != "ListChannels", made)
    return {call.resource for call in survey if call.operation == "GetStreamSession"}


def test_a_channel_deleted_while_the_list_still_shows_it_live_is_no_trouble(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        with lost(world, "Stream Start"):
            go_live(world)
        del world.ivs.channels[CHANNEL]
        world.run_for(SWEEP)

        assert reconciled(world) == []
        assert len(sweeps(world)) == 1
        assert world.dead_letters() == []
