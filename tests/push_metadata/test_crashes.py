"""A function that dies at any call: everything is inserted, in order."""

import pytest

from ivskit_local.runtime.gate import When
from tests.push_metadata.streams import details, push, seen, send
from tests.worlds import OpenWorld


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_crash_everything_is_seen_in_order_and_has_an_outcome(
    open_world: OpenWorld, call: int, when: When
) -> None:
    with open_world() as world:
        world.gate.kill(function="push_metadata", call=call, when=when)
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        # After a death between insertion and outcome it is seen again; envelopes carry a number
        # by which viewers drop the second.
        assert list(dict.fromkeys(seen(world))) == ["a", "b"]
        assert seen(world)[-1] == "b"
        assert {one["cause"] for one in details(world, "Metadata Pushed")} == {"push a", "push b"}
