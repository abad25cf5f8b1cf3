"""Functions that die at any call, and messages that come twice: each pair is counted once."""

from collections import Counter
from typing import Literal

import pytest

from ivskit_local.runtime.world import World
from tests.revocations import MINUTES, revoke, revoked, told, viewers
from tests.worlds import OpenWorld

# How many calls the longest invocation makes; a test below holds it to the truth.
CALLS = {"plan_revocation": 18, "revoke_viewers": 8}
# To everybody else, dying before a call is the same as dying after the one before it.
POINTS = [
    pytest.param(function, max(call, 1), when, id=f"{function}, {when} call {max(call, 1)}")
    for function, count in CALLS.items()
    for call in range(count + 1)
    for when in ("after" if call else "before",)
]


def assert_counted_once(world: World, pairs: int) -> None:
    """All are revoked, and the job says so, however often."""
    outcomes = told(world, "Viewers Revoked")
    assert [(each["revoked"], each["failed"]) for each in outcomes] == [(pairs, 0)]
    assert len(revoked(world)) == pairs
    assert world.dead_letters() == []


@pytest.mark.parametrize(("function", "call", "when"), POINTS)
def test_a_revocation_whose_functions_die_at_any_call_counts_each_pair_once(
    open_world: OpenWorld, function: str, call: int, when: Literal["before", "after"]
) -> None:
    with open_world() as world:
        kill = world.gate.kill(function=function, call=call, when=when)
        world.deliver(revoke(world, viewers=viewers(50)))
        # What died with its record comes back after the queue's visibility timeout.
        world.run_for(70 * MINUTES)

        assert kill.struck
        assert_counted_once(world, 50)


def test_every_call_of_the_planner_is_one_that_it_dies_at_above(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(50)))
        world.settle()

        made = Counter(
            call.invocation for call in world.calls if call.function == "plan_revocation"
        )
        assert max(made.values()) == CALLS["plan_revocation"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [30, 100])
def test_messages_that_come_twice_count_once(open_world: OpenWorld, seed: int, count: int) -> None:
    with open_world(seed=seed) as world:
        for operation in ("SendMessageBatch", "SendMessage", "PutEvents"):
            service = "events" if operation == "PutEvents" else "sqs"
            world.gate.fault(service, operation, "InternalError", when="after")
        world.deliver(revoke(world, viewers=viewers(count)))
        world.settle()

        assert_counted_once(world, count)
