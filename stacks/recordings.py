"""The index of recordings: a function that notes each, and the table that holds them."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ssm as ssm

from ivskit import names
from ivskit.durations import written

from .event_function import EventFunction
from .shared import RANDOM_IDS, Shared
from .tables import expiring_table

_RECORDING_IDS = "IVS makes up the prefix of each recording."


def recordings(shared: Shared) -> EventFunction:
    """Add the function that indexes."""
    settings = shared.settings.recordings
    index = shared.function(
        "IndexRecordings",
        package="index_recordings",
        purpose="indexes the recordings of streams",
        concurrency=2,
    )
    index.on_recording(
        names.RECORDING_START,
        names.RECORDING_END,
        names.RECORDING_START_FAILURE,
        names.RECORDING_END_FAILURE,
    )
    index.allow("ivs:GetStreamSession", on=shared.channels, because=RANDOM_IDS)
    table = expiring_table(
        index,
        "Recordings",
        existing=shared.settings.tables.recordings,
        partition_key="channel_arn",
        sort_key="recording",
    )
    index.allow("dynamodb:DeleteItem", "dynamodb:Query", "dynamodb:UpdateItem", on=table.table_arn)
    # A take-down marks also what is recorded later.
    index.set_variable("IVSKIT_MEMORY", shared.memory.table_name)
    index.allow("dynamodb:BatchGetItem", on=shared.memory.table_arn)
    index.set_variable("IVSKIT_RECORDINGS", table.table_name)
    index.set_variable("IVSKIT_RECORDING_BUCKETS", " ".join(settings.buckets))
    index.set_variable("IVSKIT_RECORDING_URL_BASE", settings.url_base or "")
    index.set_variable("IVSKIT_FORGET_RECORDINGS_AFTER", str(written(settings.forget_after)))
    for bucket in settings.buckets:
        _allow_bucket(index, bucket)
    description = "The table of recordings."
    ssm.StringParameter(
        index,
        "RecordingsAddress",
        parameter_name=names.recordings_parameter(shared.settings.stage),
        description=description,
        string_value=table.table_name,
    )
    CfnOutput(index, "RecordingsName", value=table.table_name, description=description)
    shared.recordings = table
    return index


def _allow_bucket(index: EventFunction, bucket: str) -> None:
    """Permit to read what IVS writes about recordings, and no video.

    Without s3:ListBucket on the whole bucket, S3 answers 403 for an object that is not there yet.
    """
    stack = Stack.of(index)
    arn = stack.format_arn(service="s3", region="", account="", resource=bucket)
    index.allow("s3:ListBucket", on=arn)
    index.allow(
        "s3:GetObject", on=f"{arn}/ivs/v1/{stack.account}/*/events/*", because=_RECORDING_IDS
    )
