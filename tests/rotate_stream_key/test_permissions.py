"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from tests.rotate_stream_key.orphans import outlive_the_channel
from tests.samples import sample
from tests.worlds import NOT_CALLED, OpenWorld, granted


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    called: set[str] = set()
    for grace in ("1m", "2h"):
        keys = {"delete_orphaned_after": "1d"}
        with open_world(policy={"grace": grace}, keys=keys) as world:
            world.gate.fault("ivs", "GetChannel", "InternalServerException")
            world.deliver(sample("stream-state-change.stream-end"))
            world.settle()
            outlive_the_channel(world)
            called |= {f"{call.service}:{call.operation}" for call in world.calls}

    assert granted(templates, "RotateStreamKey") - NOT_CALLED == called
