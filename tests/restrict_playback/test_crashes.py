"""A change that dies at any call, and two at once in every order, end as they should."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.restrict_playback.restrictions import (
    FUNCTION,
    HOUR,
    MINUTE,
    add_channel,
    attached,
    go_live,
    hang_up,
    lift,
    outcomes,
    plays,
    policies,
    restrict,
    tag,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld

CALLS = {"restrict": 13, "replace": 15, "lift": 14, "after the stream": 13}


def prepare(world: World, case: str) -> None:
    """What is there before the case."""
    if case in ("replace", "lift"):
        restrict(world, "before", countries=["FR"])
    if case == "after the stream":
        go_live(world)
        restrict(world)


CASES: Mapping[str, Callable[[World], None]] = {
    "restrict": restrict,
    "replace": restrict,
    "lift": lift,
    "after the stream": hang_up,
}


@pytest.mark.parametrize(("case", "call", "when"), kill_points(CALLS))
def test_a_change_that_dies_at_any_call_is_finished(
    open_world: OpenWorld, case: str, call: int, when: When
) -> None:
    with open_world() as world:
        prepare(world, case)
        world.run_for(MINUTE)
        kill = world.gate.kill(function=FUNCTION, call=call, when=when)
        CASES[case](world)
        world.run_for(2 * HOUR)

        assert kill.struck
        assert plays(world, "US") is (case == "lift")
        assert policies(world) == ([] if case == "lift" else [("AT", "DE")])
        assert world.dead_letters() == []
        assert broken_invariants(world) == []
        name = "Playback Restriction Lifted" if case == "lift" else "Playback Restricted"
        cause = "lift" if case == "lift" else "restrict"
        assert [each["cause"] for each in outcomes(world, name)][-1] == cause
        # The policy that is gone was said to be, once.
        deleted = 1 if case in ("replace", "lift") else 0
        assert len(outcomes(world, "Restriction Policy Deleted")) == deleted


@pytest.mark.parametrize("case", CALLS)
def test_calls_is_how_many_a_change_makes(open_world: OpenWorld, case: str) -> None:
    with open_world() as world:
        prepare(world, case)
        world.run_for(MINUTE)
        since = len(world.calls)
        CASES[case](world)

        assert longest_invocation(list(world.calls)[since:], FUNCTION) == CALLS[case]


def test_two_channels_at_once_share_one_policy_in_every_order(open_world: OpenWorld) -> None:
    for choose in interleavings():
        with open_world(choose=choose) as world:
            world.gate.switches_before = _matters_to_others
            other = add_channel(world)
            tag(world, other, managed="true")
            restrict(world, "one")
            restrict(world, "other", channel_arn=other)
            world.run_for(HOUR)

            assert policies(world) == [("AT", "DE")]
            assert attached(world, CHANNEL) == attached(world, other) is not None
            assert world.dead_letters() == []


def _matters_to_others(service: str, operation: str) -> bool:
    """Whether the moment of a call matters to anybody else."""
    return (service, operation) in {
        ("ivs", "CreatePlaybackRestrictionPolicy"),
        ("ivs", "ListPlaybackRestrictionPolicies"),
        ("ivs", "UpdateChannel"),
        ("dynamodb", "UpdateItem"),
    }


def test_an_outage_of_ivs_delays_a_change(open_world: OpenWorld) -> None:
    with open_world() as world:
        for operation in ("CreatePlaybackRestrictionPolicy", "UpdateChannel"):
            world.gate.fault("ivs", operation, "InternalServerException", times=3)
        restrict(world)
        world.run_for(timedelta(minutes=10))

        assert not plays(world, "US")
        assert policies(world) == [("AT", "DE")]
        assert world.dead_letters() == []
