"""The sweep: looks at all channels on a schedule, and repairs what events alone would miss."""

from ivskit import names
from ivskit.durations import format_duration

from .event_function import EventFunction
from .key_stores import allow_checking_stored_keys
from .restrict_playback import restrictions_variable
from .shared import RANDOM_IDS, Shared


def reconcile_streams(
    shared: Shared,
    *,
    rotate: EventFunction,
    stop: EventFunction,
    index: EventFunction | None,
    restrict: EventFunction | None,
) -> None:
    """Add the function that sweeps; it asks these others to act."""
    # Sweeps exclude each other; Lambda allows no less than two.
    sweep = shared.function(
        "ReconcileStreams",
        package="reconcile_streams",
        purpose="re-emits missed Stream Start and Stream End events, completes interrupted "
        "rotations and stops, keeps blocked channels shut, stops idle streams",
        concurrency=2,
        batch_size=1,
        timeout_seconds=names.SWEEP_TIMEOUT_SECONDS,
    )
    sweep.set_variable("IVSKIT_OVERDUE", format_duration(shared.settings.sweep.overdue))
    sweep.recur(shared.schedules, names.SWEEP, every=shared.settings.sweep.every)
    sweep.send_to(rotate.queue, variable="IVSKIT_ROTATION_QUEUE_URL")
    sweep.send_to(stop.queue, variable="IVSKIT_STOP_QUEUE_URL")
    if restrict is not None:
        sweep.send_to(restrict.queue, variable="IVSKIT_RESTRICTION_QUEUE_URL")
        sweep.set_variable("IVSKIT_RESTRICTIONS", restrictions_variable(shared.settings))
    memory = shared.memory
    sweep.set_variable("IVSKIT_MEMORY", memory.table_name)
    sweep.allow("dynamodb:BatchGetItem", "dynamodb:UpdateItem", on=memory.table_arn)
    sweep.allow("dynamodb:Query", on=f"{memory.table_arn}/index/{names.WATCHED_INDEX}")
    sweep.allow(
        "ivs:BatchGetChannel",
        "ivs:GetStreamSession",
        "ivs:ListChannels",
        "ivs:ListStreamKeys",
        "ivs:ListStreams",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    sweep.allow("ivs:ListStreamKeys", on=shared.stream_keys, because=RANDOM_IDS)
    if shared.settings.sweep.watch_quotas:
        _allow_quotas(shared, sweep)
    if shared.settings.policy.health.watched:
        sweep.allow(
            "cloudwatch:GetMetricData", on="*", because="CloudWatch has no resources to be named."
        )
    if index is not None and shared.recordings is not None:
        sweep.send_to(index.queue, variable="IVSKIT_INDEX_QUEUE_URL")
        sweep.set_variable("IVSKIT_RECORDINGS", shared.recordings.table_name)
        sweep.allow("dynamodb:Query", on=shared.recordings.table_arn)
    allow_checking_stored_keys(shared, sweep)


def _allow_quotas(shared: Shared, sweep: EventFunction) -> None:
    """Permit to count what quotas are about, and to read the quotas of the account."""
    sweep.set_variable("IVSKIT_WATCH_QUOTAS", "true")
    for operation, kind in (
        ("ListPlaybackKeyPairs", "playback-key"),
        ("ListRecordingConfigurations", "recording-configuration"),
    ):
        sweep.allow(f"ivs:{operation}", on=shared.arn("ivs", f"{kind}/*"), because=RANDOM_IDS)
    sweep.allow(
        "ivs:ListPlaybackRestrictionPolicies",
        "servicequotas:ListServiceQuotas",
        on="*",
        because="Neither has a resource to be named.",
    )
