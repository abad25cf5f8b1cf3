"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from tests.restrict_playback.restrictions import (
    FUNCTION,
    HOUR,
    add_channel,
    go_live,
    hang_up,
    lift,
    policies,
    restrict,
)
from tests.restrict_playback.test_commands import theirs
from tests.samples import CHANNEL
from tests.worlds import NOT_CALLED, OpenWorld, granted


def everything_happens(world: World) -> None:
    """All that the function ever does: many channels, a live one, a full region, the clock."""
    other = add_channel(world)
    world.gate.fault("ivs", "GetChannel", "InternalServerException")
    restrict(world, "many", channel_arn=None, channel_arns=[CHANNEL, other])
    lift(world, channel_arn=None, channel_arns=[CHANNEL, other])
    go_live(world)
    restrict(world, "later")
    hang_up(world)
    go_live(world)
    lift(world, "later still")
    world.run_for(HOUR)


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world() as world:
        everything_happens(world)
        called = {
            f"{call.service}:{call.operation}" for call in world.calls if call.function == FUNCTION
        }

    # A batch needs the same permission as a message.
    called = {each.removesuffix("Batch") for each in called}
    assert granted(templates, "RestrictPlayback") - NOT_CALLED == called


def test_iam_lets_it_delete_no_policy_of_others(open_world: OpenWorld) -> None:
    with open_world() as world:
        theirs(world, "FR")
        restrict(world)
        lift(world)
        world.run_for(2 * HOUR)

        assert policies(world) == [("FR",)]
