"""A take-down of which a function dies at any call is carried out, and has one report."""

from datetime import timedelta

import pytest

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.samples import CHANNEL
from tests.take_down.take_downs import (
    FUNCTION,
    MINUTE,
    SECOND,
    is_down,
    outcomes,
    restore,
    take_down,
)
from tests.worlds import OpenWorld

CALLS = {"begin": 2, "report": 12, "begin to restore": 2, "report on restore": 11}


def carry_out(world: World, case: str) -> None:
    """The case as far as the invocation that is to die, which is the next."""
    if "restore" in case:
        take_down(world, countries=["DE"])
        world.run_for(2 * MINUTE)
    if case == "report":
        take_down(world, countries=["DE"])
        world.run_for(5 * SECOND)
    if case == "report on restore":
        restore(world)
        world.run_for(5 * SECOND)


def go_on(world: World, case: str) -> None:
    """What makes the invocation."""
    if case == "begin":
        take_down(world, countries=["DE"])
    if case == "begin to restore":
        restore(world)
    world.run_for(20 * MINUTE)


@pytest.mark.parametrize(("case", "call", "when"), kill_points(CALLS))
def test_a_death_loses_no_part_and_no_report(
    open_world: OpenWorld, case: str, call: int, when: When
) -> None:
    with open_world() as world:
        carry_out(world, case)
        kill = world.gate.kill(function=FUNCTION, call=call, when=when)
        go_on(world, case)

        assert kill.struck
        is_restored = "restore" in case
        assert is_down(world) is not is_restored
        assert (not world.ivs.playback_restriction_policies) is is_restored
        name = "Channel Restored" if is_restored else "Channel Taken Down"
        [report] = outcomes(world, name)
        assert report["failed"] == []
        assert world.dead_letters() == []
        assert broken_invariants(world) == []


@pytest.mark.parametrize("case", CALLS)
def test_calls_is_how_many_there_are(open_world: OpenWorld, case: str) -> None:
    with open_world() as world:
        carry_out(world, case)
        since = len(world.calls)
        if case == "begin":
            take_down(world, countries=["DE"])
            world.run_for(5 * SECOND)
        elif case == "begin to restore":
            restore(world)
            world.run_for(5 * SECOND)
        else:
            world.run_for(20 * MINUTE)

        assert longest_invocation(list(world.calls)[since:], FUNCTION) == CALLS[case]


@pytest.mark.parametrize("function", ["stop_stream", "restrict_playback", "plan_revocation"])
@pytest.mark.parametrize("call", [1, 4, 8])
def test_a_death_of_another_function_delays_the_report(
    open_world: OpenWorld, function: str, call: int
) -> None:
    with open_world() as world:
        world.gate.kill(function=function, call=call, when="after")
        take_down(world, countries=["DE"])
        world.run_for(timedelta(minutes=20))

        [report] = outcomes(world, "Channel Taken Down")
        assert report["failed"] == []
        assert is_down(world, CHANNEL)
