"""The functions' roles hold what they use, and nothing else."""

import pytest

from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from tests.revocations import MINUTES, SECONDS, cancel, resume, revoke, table_csv, upload, viewers
from tests.samples import sample
from tests.worlds import NOT_CALLED, OpenWorld, granted

BATCH = "BatchStartViewerSessionRevocation"


def do_everything(world: World) -> None:
    """Jobs of all kinds, cancelled, resumed, stalled, and a stream that ends."""
    world.gate.fault("ivs", BATCH, "InternalServerException")
    world.gate.fault("ivs", "StartViewerSessionRevocation", "InternalServerException")
    world.gate.fault("ivs", "BatchGetChannel", "InternalServerException")
    world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(400)))))
    world.deliver(revoke(world, command_id="few", viewers=viewers(4)))
    world.run_for(5 * SECONDS)
    world.deliver(cancel(world))
    world.run_for(2 * MINUTES)
    world.deliver(resume(world))
    world.deliver(revoke(world, command_id="all", audience_of=[viewers(1)[0]["channel_arn"]]))
    end = sample("stream-state-change.stream-end")
    world.deliver(end | {"time": world.now.isoformat()})
    world.settle()
    world.gate.fault("ivs", BATCH, "InternalServerException", times=20)
    world.deliver(revoke(world, command_id="stalled", viewers=viewers(60)))
    world.run_for(2 * SECONDS)
    world.gate.fault("sqs", "SendMessage", "InternalError")
    world.settle()


@pytest.mark.parametrize(
    ("function", "package"),
    [("PlanRevocation", "plan_revocation"), ("RevokeViewers", "revoke_viewers")],
)
def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld, function: str, package: str
) -> None:
    with open_world(policy={"revoke": "after-stream", "grace": "20m"}) as world:
        do_everything(world)
        called = {
            f"{call.service}:{call.operation}".replace("MessageBatch", "Message")
            for call in world.calls
            if call.function == package
        }

    called = {name.replace("s3:HeadObject", "s3:GetObject") for name in called}
    assert granted(templates, function) - NOT_CALLED == called - {"sqs:GetQueueAttributes"}
