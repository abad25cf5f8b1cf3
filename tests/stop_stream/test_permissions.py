"""The function's role holds what it uses, and nothing else."""

from datetime import timedelta

from ivskit_local.runtime.synth import Templates
from tests.samples import CHANNEL
from tests.stop_stream.shows import MINUTES, SECONDS, command, go_live
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world(policy={"max_duration": "2h"}) as world:
        world.gate.fault("ivs", "GetChannel", "InternalServerException")
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(SECONDS)
        for name in ("stop-stream", "block-channel", "unblock-channel"):
            world.deliver(command(world, name))
            world.run_for(6 * MINUTES)
        go_live(world)
        world.run_for(timedelta(hours=2))
        called = {
            f"{call.service}:{call.operation}"
            for delivery in world.deliveries
            for reaction in delivery.reactions
            if reaction.function == "stop_stream"
            for call in reaction.calls
        }

    # It tags channels by a call of its own, and new keys with their creation.
    assert granted(templates, "StopStream") - NOT_CALLED == called - {"ivs:TagResource"}
