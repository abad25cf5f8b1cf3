"""Take-downs: reports on what the other functions did about one command."""

from ivskit import names

from .event_function import EventFunction
from .revocation_stores import RevocationStores
from .shared import RANDOM_IDS, Shared


def take_down(
    shared: Shared, *, restrict: EventFunction | None, revocations: RevocationStores | None
) -> None:
    """Add the function that reports; it passes the restriction on to `restrict`."""
    take = shared.function(
        "TakeDown",
        package="take_down",
        purpose="reports on take-downs, and on their ends",
        concurrency=2,
    )
    take.on_command(names.TAKE_DOWN)
    take.on_command(names.RESTORE)
    take.send_to(take.queue)
    if restrict is not None:
        take.send_to(restrict.queue, variable="IVSKIT_RESTRICTION_QUEUE_URL")
    take.set_variable("IVSKIT_MEMORY", shared.memory.table_name)
    take.allow("ssm:GetParameter", on=shared.pause.parameter_arn)
    take.allow(
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:UpdateItem",
        on=shared.memory.table_arn,
    )
    take.allow(
        "ivs:GetChannel",
        "ivs:GetStream",
        "ivs:GetStreamSession",
        "ivs:ListStreamKeys",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    take.allow("ivs:ListStreamKeys", on=shared.stream_keys, because=RANDOM_IDS)
    take.set_variable("IVSKIT_JOBS", "")
    if revocations is not None and shared.settings.revocation.audience:
        revocations.allow_looking(take)
    if shared.recordings is not None:
        take.set_variable("IVSKIT_RECORDINGS", shared.recordings.table_name)
        take.allow("dynamodb:Query", "dynamodb:UpdateItem", on=shared.recordings.table_arn)
