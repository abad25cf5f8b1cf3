"""Revocation: one function plans jobs in chunks, another revokes the viewers of a chunk."""

from ivskit import names

from .event_function import EventFunction
from .revocation_stores import RevocationStores
from .shared import RANDOM_IDS, Shared

PLANNING_SECONDS, PLANNING_MEGABYTES = 300, 1024


def revocation(shared: Shared) -> RevocationStores:
    """Add the stores of revocations, and the two functions; returns the stores."""
    stores = RevocationStores(shared.scope, "Revocation", settings=shared.settings)
    plan = _plan_revocation(shared)
    revoke = _revoke_viewers(shared)
    _connect(shared, plan, revoke)
    plan.set_variable("IVSKIT_CHANNELS", shared.arn("ivs", "channel/"))
    plan.allow("ivs:BatchGetChannel", on=shared.channels, because=RANDOM_IDS)
    revoke.allow(
        "ivs:BatchStartViewerSessionRevocation",
        "ivs:StartViewerSessionRevocation",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    stores.allow_planning(plan)
    stores.allow_counting(revoke)
    if shared.settings.revocation.audience:
        plan.on_change(names.STREAM_STATE_CHANGE, names.STREAM_END)
        plan.allow(
            "ivs:GetChannel",
            "ivs:GetStream",
            "ivs:GetStreamSession",
            on=shared.channels,
            because=RANDOM_IDS,
        )
        if shared.settings.take_down.enabled:
            plan.on_command(names.TAKE_DOWN)
    return stores


def _plan_revocation(shared: Shared) -> EventFunction:
    plan = shared.function(
        "PlanRevocation",
        package="plan_revocation",
        purpose="plans, cancels and resumes revocations, and reports on them",
        concurrency=2,
        batch_size=1,
        timeout_seconds=PLANNING_SECONDS,
        memory_megabytes=PLANNING_MEGABYTES,
    )
    plan.on_urgent_commands(names.REVOKE_VIEWERS, names.CANCEL_REVOCATION, names.RESUME_REVOCATION)
    plan.look_again_through(shared.schedules)
    return plan


def _revoke_viewers(shared: Shared) -> EventFunction:
    return shared.function(
        "RevokeViewers",
        package="revoke_viewers",
        purpose="revokes viewer sessions, one chunk of a revocation after the other",
        # A large job waits in its queues for as long as it lasts.
        urgency="low",
        concurrency=names.REVOCATION_LANES,
        # A chunk comes back every five minutes, as long as a pause lasts.
        may_loop=True,
    )


def _connect(shared: Shared, plan: EventFunction, revoke: EventFunction) -> None:
    """Let `plan` send chunks to `revoke`, large and small, and `revoke` finished jobs to `plan`."""
    few = revoke.another_queue("Few", batch_size=1, urgency="low")
    for function in (plan, revoke):
        function.allow("ssm:GetParameter", on=shared.pause.parameter_arn)
        function.send_to(few, variable="IVSKIT_SINGLE_QUEUE_URL")
    plan.send_to(revoke.queue, variable="IVSKIT_BATCH_QUEUE_URL")
    for queue in (few, revoke.queue):
        plan.allow("sqs:GetQueueAttributes", on=queue.events.queue_arn)
    revoke.send_to(revoke.queue)
    revoke.send_to(plan.queue, variable="IVSKIT_PLAN_QUEUE_URL")
