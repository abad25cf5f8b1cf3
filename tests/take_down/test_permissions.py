"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from tests.samples import CHANNEL
from tests.take_down.take_downs import FUNCTION, MINUTE, restore, take_down
from tests.take_down.test_take_down import make_private, watched_by
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world() as world:
        make_private(world)
        watched_by(world, "ann")
        world.gate.fault("ivs", "GetChannel", "InternalServerException", times=9)
        take_down(world, channel_arn=None, channel_arns=[CHANNEL])
        world.run_for(20 * MINUTE)
        restore(world)
        world.run_for(20 * MINUTE)
        called = {
            # A batch needs the same permission as a message.
            f"{call.service}:{call.operation}".replace("MessageBatch", "Message")
            for call in world.calls
            if call.function == FUNCTION
        }

    assert granted(templates, "TakeDown") - NOT_CALLED == called
