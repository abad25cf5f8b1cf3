"""Functions that die at any call, and messages that come twice: each pair is counted once."""

import pytest

from ivskit_local.runtime.gate import When
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.outcomes import outcomes_of
from tests.revocations import MINUTES, revoke, revoked, viewers
from tests.worlds import OpenWorld

CALLS = {"plan_revocation": 18, "revoke_viewers": 15}


def assert_counted_once(world: World, pairs: int) -> None:
    """All are revoked, and the job says so, however often."""
    outcomes = outcomes_of(world, "Viewers Revoked")
    assert [(each["revoked"], each["failed"]) for each in outcomes] == [(pairs, 0)]
    assert len(revoked(world)) == pairs
    assert world.dead_letters() == []


@pytest.mark.parametrize(("function", "call", "when"), kill_points(CALLS))
def test_a_revocation_whose_functions_die_at_any_call_counts_each_pair_once(
    open_world: OpenWorld, function: str, call: int, when: When
) -> None:
    with open_world() as world:
        kill = world.gate.kill(function=function, call=call, when=when)
        world.deliver(revoke(world, viewers=viewers(50)))
        # What died with its record comes back after the queue's visibility timeout.
        world.run_for(70 * MINUTES)

        assert kill.struck
        assert_counted_once(world, 50)


@pytest.mark.parametrize("function", CALLS)
def test_calls_is_how_many_each_function_makes(open_world: OpenWorld, function: str) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(50)))
        world.settle()

        assert longest_invocation(world.calls, function) == CALLS[function]


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
