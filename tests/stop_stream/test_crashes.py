"""A stop that dies at any call, and one beside a rotation in every order, come to the same end."""

from datetime import timedelta

import pytest

from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    command,
    delivered_key,
    go_live,
    live,
    stopped_sessions,
)
from tests.worlds import OpenWorld

FUNCTION = "stop_stream"
CALLS = {"rotate": 12, "kick": 9, "block": 12, "unblock": 10}
# What rotate_stream_key makes afterwards, where the channel is to get a key.
KEY_CALLS = {"rotate": 12, "unblock": 12}


def begin(world: World, then: str) -> str:
    """A show with an encoder that fights back; for an unblock it is blocked already."""
    session = go_live(world, reconnect_after=2)
    if then == "unblock":
        world.deliver(command(world, "block-channel"))
        world.run_for(MINUTES)
    return session


def ask(world: World, then: str) -> None:
    """Send the command that this is about."""
    if then == "unblock":
        world.deliver(command(world, "unblock-channel"))
    else:
        world.deliver(command(world, "stop-stream", then=then))


def assert_ended(world: World, then: str, session: str) -> None:
    """The command had its effect, and each outcome has one id."""
    keys = world.ivs.keys_of(CHANNEL)
    stopped = stopped_sessions(world)
    assert stopped == [session]
    match then:
        case "rotate":
            assert live(world) is None
            assert world.ivs.keys_made[CHANNEL].count <= 3
        case "block":
            assert (live(world), keys) == (None, [])
            assert len(outcomes_of(world, "Channel Blocked")) == 1
        case "kick":
            assert live(world) not in (None, session)
        case "unblock":
            assert len(outcomes_of(world, "Channel Unblocked")) == 1
    if then in ("rotate", "unblock"):
        assert [key.value for key in keys] == [delivered_key(world)]
    assert_at_rest(world)


@pytest.mark.parametrize(("then", "call", "when"), kill_points(CALLS))
def test_a_stop_that_dies_at_any_call_ends_as_it_was_to_end(
    open_world: OpenWorld, then: str, call: int, when: When
) -> None:
    with open_world() as world:
        session = begin(world, then)
        kill = world.gate.kill(function=FUNCTION, call=call, when=when)

        ask(world, then)
        # What died with its record comes back after the queue's visibility timeout.
        world.run_for(190 * SECONDS)
        assert then == "unblock" or live(world) != session
        world.run_for(3 * MINUTES)

        assert kill.struck
        assert_ended(world, then, session)


@pytest.mark.parametrize(("then", "call", "when"), kill_points(KEY_CALLS))
def test_the_next_key_is_made_and_delivered_whenever_its_maker_dies(
    open_world: OpenWorld, then: str, call: int, when: When
) -> None:
    with open_world() as world:
        session = begin(world, then)
        kill = world.gate.kill(function="rotate_stream_key", call=call, when=when)

        ask(world, then)
        world.run_for(6 * MINUTES)

        assert kill.struck
        assert_ended(world, then, session)


def test_a_block_of_a_channel_that_is_not_live_is_finished_after_a_death(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        kill = world.gate.kill(function=FUNCTION, call="DeleteStreamKey", when="before")

        world.deliver(command(world, "block-channel"))
        world.run_for(6 * MINUTES)

        assert kill.struck
        assert world.ivs.keys_of(CHANNEL) == []
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


@pytest.mark.parametrize("then", CALLS)
def test_calls_is_how_many_a_stop_and_the_rotation_after_it_make(
    open_world: OpenWorld, then: str
) -> None:
    with open_world() as world:
        begin(world, then)
        before = len(world.calls)
        ask(world, then)
        world.run_for(6 * MINUTES)

        made = world.calls[before:]
        assert longest_invocation(made, FUNCTION) == CALLS[then]
        if then in KEY_CALLS:
            assert longest_invocation(made, "rotate_stream_key") == KEY_CALLS[then]


@pytest.mark.parametrize("other", ["rotate-stream-key", "block-channel"])
def test_a_stop_and_another_command_at_once_come_to_the_same_end_in_every_order(
    open_world: OpenWorld, other: str
) -> None:
    said = {"if_live": "proceed"} if other == "rotate-stream-key" else {}
    for choose in interleavings():
        with open_world(choose=choose) as world:
            world.gate.switches_before = lambda service, operation: False
            go_live(world, reconnect_after=2)
            world.gate.switches_before = _matters_to_others

            world.deliver(command(world, "stop-stream", then="rotate"))
            world.deliver(command(world, other, **said))
            world.run_for(timedelta(milliseconds=1))
            # What comes later, comes alone.
            world.gate.switches_before = lambda service, operation: False
            world.run_for(2 * MINUTES)

            assert live(world) is None
            keys = [key.value for key in world.ivs.keys_of(CHANNEL)]
            assert keys == ([] if other == "block-channel" else [delivered_key(world)])
            assert_at_rest(world)


def _matters_to_others(service: str, operation: str) -> bool:
    """Whether the moment of a call matters to the other function."""
    return (service, operation) in {
        ("dynamodb", "UpdateItem"),
        ("ivs", "CreateStreamKey"),
        ("ivs", "DeleteStreamKey"),
        ("ivs", "ListStreamKeys"),
        ("ivs", "StopStream"),
    }
