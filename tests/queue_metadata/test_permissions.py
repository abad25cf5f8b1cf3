"""The function's role holds what it uses, and nothing else."""

from datetime import timedelta

from ivskit_local.runtime.synth import Templates
from tests.push_metadata.streams import command, start_of
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    welcome = {"show": {"metadata": "hello", "every": "20m"}}
    tags = {"ivskit:managed": "true", "ivskit:welcome": "show"}
    with open_world(tags=tags, welcomes=welcome) as world:
        world.deliver(start_of(world))
        world.run_for(timedelta(seconds=5))
        world.deliver(start_of(world))
        world.run_for(timedelta(minutes=6))
        world.gate.fault("events", "PutEvents", "InternalFailure", times=1)
        world.deliver(command(world))
        world.run_for(timedelta(minutes=1))
        called = {
            f"{call.service}:{call.operation.removesuffix('Batch')}"
            for call in world.calls
            if call.function == "queue_metadata"
        }

    assert granted(templates, "QueueMetadata") - NOT_CALLED == called
