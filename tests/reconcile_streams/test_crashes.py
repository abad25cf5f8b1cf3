"""A sweep that dies at any call loses nothing, and what it publishes twice is acted on once."""

import pytest

from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.outcomes import outcomes_of
from tests.reconcile_streams.sweeps import (
    MINUTES,
    SECONDS,
    SWEEP,
    calls,
    lost,
    reconciled,
    sweep_now,
    sweeps,
)
from tests.samples import CHANNEL
from tests.stop_stream.shows import assert_at_rest, delivered_key, go_live, live, stopped_sessions
from tests.worlds import OpenWorld

FUNCTION = "reconcile_streams"
CALLS = {"start": 12, "end": 12}


def lose(world: World, what: str) -> str:
    """A show whose Stream Start, or Stream End, gets lost."""
    if what == "start":
        with lost(world, "Stream Start"):
            return go_live(world)
    session = go_live(world)
    world.run_for(MINUTES)
    with lost(world, "Stream End"):
        world.ivs.disconnect(CHANNEL)
    return session


def assert_recovered(world: World, what: str, session: str) -> None:
    """What was lost had the effect that it was to have, once."""
    changes = {change["detail"]["event_name"] for change in reconciled(world)}
    assert changes == {f"Stream {what.title()}"}
    if what == "start":
        assert stopped_sessions(world) == [session]
    assert [rotated["cause"] for rotated in outcomes_of(world, "Stream Key Rotated")] == [session]
    assert live(world) is None
    [key] = world.ivs.keys_of(CHANNEL)
    assert key.value == delivered_key(world)
    assert world.ivs.keys_made[CHANNEL].count == 2
    assert_at_rest(world)


@pytest.mark.parametrize(("what", "call", "when"), kill_points(CALLS))
def test_a_sweep_that_dies_at_any_call_loses_nothing(
    open_world: OpenWorld, what: str, call: int, when: When
) -> None:
    with open_world(policy={"max_duration": "30m"}) as world:
        session = lose(world, what)
        kill = world.gate.kill(function=FUNCTION, call=call, when=when)

        world.run_for(45 * MINUTES)

        assert kill.struck
        assert_recovered(world, what, session)


@pytest.mark.parametrize("what", CALLS)
def test_calls_is_how_many_a_sweep_makes(open_world: OpenWorld, what: str) -> None:
    with open_world(policy={"max_duration": "30m"}) as world:
        lose(world, what)
        world.run_for(SWEEP)

        assert longest_invocation(world.calls, FUNCTION) == CALLS[what]


def test_two_sweeps_at_once_publish_everything_once_in_every_order(open_world: OpenWorld) -> None:
    for choose in interleavings():
        with open_world(choose=choose) as world:
            world.gate.switches_before = lambda service, operation: False
            with lost(world, "Stream Start"):
                go_live(world)
            world.run_for(4 * MINUTES)
            world.gate.switches_before = _matters_to_others

            sweep_now(world, world.now, copies=2)
            world.gate.switches_before = lambda service, operation: False
            world.run_for(10 * SECONDS)

            assert len(reconciled(world)) == 1
            assert len(sweeps(world)) == 1
            assert len(sweeps(world, "Sweep Skipped")) == 1
            assert len(calls(world)) == 4
            assert_at_rest(world)


def _matters_to_others(service: str, operation: str) -> bool:
    """Whether the moment of a call matters to anybody else: to another sweep, its lease does."""
    return (service, operation) == ("dynamodb", "UpdateItem")
