"""A function that dies at any call: everything is inserted, in order."""

import pytest

from ivskit_local.runtime.gate import When
from tests.crashes import kill_points, longest_invocation
from tests.push_metadata.streams import details, push, seen, send
from tests.worlds import OpenWorld

CALLS = {"two commands": 7}


@pytest.mark.parametrize(("_", "call", "when"), kill_points(CALLS))
def test_after_a_crash_everything_is_seen_in_order_and_has_an_outcome(
    open_world: OpenWorld, _: str, call: int, when: When
) -> None:
    with open_world() as world:
        kill = world.gate.kill(function="push_metadata", call=call, when=when)
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert kill.struck
        # After a death between insertion and outcome it is seen again; envelopes carry a number
        # by which viewers drop the second.
        assert list(dict.fromkeys(seen(world))) == ["a", "b"]
        assert seen(world)[-1] == "b"
        assert {one["cause"] for one in details(world, "Metadata Pushed")} == {"push a", "push b"}


def test_calls_is_how_many_the_function_makes(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert longest_invocation(world.calls, "push_metadata") == CALLS["two commands"]
