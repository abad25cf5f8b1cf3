"""`keys.adopt: leave`: keys that CloudFormation, Terraform or a person made are theirs to replace.

Played on the whole app, sweeps included.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.pruned import pruned
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    command,
    delivered_key,
    go_live,
    live,
    reasons,
)
from tests.worlds import ROOT, OpenWorld, opener

LEFT = "ivskit did not create the channel's key, and keys.adopt is leave"
FUNCTIONS = ("reconcile_streams", "rotate_stream_key", "stop_stream")


@pytest.fixture(scope="module")
def open_world() -> OpenWorld:
    """Opens a world with a channel whose key nobody of ivskit made, and whose stream has ended."""
    app = pruned(synthesize(ROOT), *FUNCTIONS)
    return opener(app, sample("stream-state-change.stream-end"))


@pytest.fixture
def world(open_world: OpenWorld) -> Iterator[World]:
    """Keys of others are left."""
    with open_world(keys={"adopt": "leave"}) as world:
        yield world


def stream(world: World) -> None:
    """A stream that ends, and all that follows."""
    go_live(world)
    world.ivs.disconnect(CHANNEL)
    world.run_for(45 * MINUTES)


def test_no_stream_changes_the_key_and_no_store_gets_it(world: World) -> None:
    before = world.ivs.keys_of(CHANNEL)

    stream(world)

    assert world.ivs.keys_of(CHANNEL) == before
    assert reasons(world, "Rotation Skipped") == [LEFT]
    assert world.client("secretsmanager").list_secrets()["SecretList"] == []
    assert_at_rest(world)


def test_the_age_of_the_key_changes_nothing(open_world: OpenWorld) -> None:
    with open_world(keys={"adopt": "leave"}, policy={"rotate": "2h"}) as world:
        before = world.ivs.keys_of(CHANNEL)

        stream(world)
        world.run_for(timedelta(hours=4))

        assert world.ivs.keys_of(CHANNEL) == before
        assert_at_rest(world)


@pytest.mark.parametrize("then", ["auto", "rotate"])
def test_a_policy_that_stops_a_stream_locks_its_encoder_out_and_leaves_the_key(
    open_world: OpenWorld, then: str
) -> None:
    policy = {"max_duration": "30m", "then": then}
    with open_world(keys={"adopt": "leave"}, policy=policy) as world:
        before = world.ivs.keys_of(CHANNEL)
        go_live(world)

        world.run_for(40 * MINUTES)

        assert live(world) is None
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert stopped["then"] == "lockout"
        assert world.ivs.keys_of(CHANNEL) == before


def test_a_command_that_says_so_replaces_the_key_and_from_then_on_it_is_ours(world: World) -> None:
    [theirs] = world.ivs.keys_of(CHANNEL)
    world.deliver(command(world, "rotate-stream-key"))
    world.run_for(30 * MINUTES)

    [ours] = world.ivs.keys_of(CHANNEL)
    assert ours.arn != theirs.arn
    stream(world)

    [next_one] = world.ivs.keys_of(CHANNEL)
    assert next_one.arn != ours.arn
    assert delivered_key(world) == next_one.value
    assert_at_rest(world)


@pytest.mark.parametrize(("then", "stays"), [("auto", True), ("rotate", False)])
def test_a_stop_by_a_person_replaces_the_key_only_where_it_says_so(
    world: World, then: str, stays: bool
) -> None:
    before = world.ivs.keys_of(CHANNEL)
    go_live(world)

    world.deliver(command(world, "stop-stream", then=then))
    world.run_for(5 * MINUTES)

    assert live(world) is None
    assert (world.ivs.keys_of(CHANNEL) == before) is stays


def test_a_key_that_somebody_put_in_place_of_ours_is_left_too(world: World) -> None:
    world.deliver(command(world, "rotate-stream-key"))
    world.run_for(10 * SECONDS)
    [ours] = world.ivs.keys_of(CHANNEL)
    ivs = world.client("ivs")
    ivs.delete_stream_key(arn=ours.arn)
    theirs = ivs.create_stream_key(channelArn=CHANNEL)["streamKey"]["arn"]

    world.run_for(30 * MINUTES)  # verified, and visited by sweeps
    stream(world)

    assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [theirs]
    assert delivered_key(world) == ours.value
    assert world.dead_letters() == []


def test_a_key_of_ours_that_is_gone_is_replaced(world: World) -> None:
    world.deliver(command(world, "rotate-stream-key"))
    world.run_for(10 * SECONDS)
    [ours] = world.ivs.keys_of(CHANNEL)
    world.client("ivs").delete_stream_key(arn=ours.arn)

    world.run_for(30 * MINUTES)

    [new] = world.ivs.keys_of(CHANNEL)
    assert delivered_key(world) == new.value
    assert_at_rest(world)


def test_a_stop_waits_for_no_answer_about_whose_the_key_is(world: World) -> None:
    session = go_live(world)
    before = world.ivs.keys_of(CHANNEL)
    world.gate.fault("ivs", "ListStreamKeys", "ServiceUnavailable", 503, times=20)

    world.deliver(command(world, "stop-stream", then="auto"))
    world.run_for(5 * SECONDS)

    assert live(world) is None
    [stopped] = outcomes_of(world, "Stream Stopped")
    assert (stopped["stream_id"], stopped["then"]) == (session, "lockout")
    assert world.ivs.keys_of(CHANNEL) == before
