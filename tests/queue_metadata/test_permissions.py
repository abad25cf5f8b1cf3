"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from tests.push_metadata.streams import command
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world() as world:
        world.gate.fault("events", "PutEvents", "InternalFailure", times=1)
        world.deliver(command(world))
        world.settle()
        called = {
            f"{call.service}:{call.operation.removesuffix('Batch')}"
            for call in world.calls
            if call.function == "queue_metadata"
        }

    assert granted(templates, "QueueMetadata") - NOT_CALLED == called
