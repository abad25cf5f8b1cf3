"""The function's role holds what it uses, and nothing else."""

from typing import Any

from ivskit_local.runtime.synth import Templates
from tests.push_metadata.streams import push, send
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    def surprise(*asked: Any) -> dict[str, Any]:
        raise KeyError

    with open_world() as world:
        send(world, push(world, "a"))
        world.settle()
        world.gate.own["ivs", "PutMetadata"] = surprise
        send(world, push(world, "b"))
        world.settle()
        called = {
            f"{call.service}:{call.operation}"
            if call.service == "dynamodb"
            else f"{call.service}:{call.operation.removesuffix('Batch')}"
            for call in world.calls
        }

    assert granted(templates, "PushMetadata") - NOT_CALLED == called
