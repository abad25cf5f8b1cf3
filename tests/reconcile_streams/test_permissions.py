"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from tests.reconcile_streams.sweeps import (
    MINUTES,
    SECONDS,
    SWEEP,
    VERIFICATION,
    forget_messages,
    lost,
)
from tests.samples import CHANNEL
from tests.stop_stream.shows import command, go_live
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "ListStreams", "InternalServerException")
        with lost(world, "Stream Start", "Stream End"):
            go_live(world)
            world.run_for(SWEEP)
            world.ivs.disconnect(CHANNEL)
            world.run_for(MINUTES)
        kill = world.gate.kill(function="rotate_stream_key", call="DeleteStreamKey", when="after")
        world.deliver(command(world, "rotate-stream-key"))
        world.run_for(SECONDS)
        forget_messages(world)
        world.run_for(VERIFICATION)
        world.deliver(command(world, "block-channel"))
        world.run_for(2 * SWEEP)
        called = {
            f"{call.service}:{call.operation}"
            for call in world.calls
            if call.function == "reconcile_streams"
        }

    assert kill.struck
    assert granted(templates, "ReconcileStreams") - NOT_CALLED == called
