"""What `--aws` will make and may cost, and the policy that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ivs_emulator.service_model import service_model
from ivskit_local.conform.beside import PREFIX
from ivskit_local.conform.made import TAG
from ivskit_local.conform.probe import Need, Probe

# The published price of an hour of input to a BASIC channel when this was written, in dollars.
HOUR_OF_BASIC_INPUT = 0.20
PRICES = "https://aws.amazon.com/ivs/pricing/"
BUS = (
    *("events:PutRule", "events:TagResource", "events:PutTargets"),
    *("events:RemoveTargets", "events:DeleteRule"),
)
QUEUE = (
    *("sqs:CreateQueue", "sqs:TagQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
    *("sqs:SetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:DeleteQueue"),
)
BUCKET = ("s3:CreateBucket", "s3:ListBucket", "s3:DeleteObject", "s3:DeleteBucket")
# IVS asks S3 on the caller's behalf when a recording configuration is made.
RECORDING = ("s3:GetBucketLocation", "s3:PutBucketPolicy", "s3:GetBucketPolicy")
RECORDING_ROLE = (
    "iam:CreateServiceLinkedRole",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
)
LISTS = ("events:ListRules", "sqs:ListQueues", "s3:ListAllMyBuckets")


def policy(region: str) -> dict[str, Any]:
    """An IAM policy for a run and for `clean`.

    IVS actions are allowed on everything of the region: ids are random, and probes ask about things
    that there are not. Run it in an account or a region without channels of yours.
    """
    operations = [f"ivs:{name}" for name in service_model().operation_names]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("Ivs", operations, "*", {"StringEquals": {"aws:RequestedRegion": region}}),
            _allow("Rule", BUS, f"arn:aws:events:{region}:*:rule/{PREFIX}*"),
            _allow("Queue", QUEUE, f"arn:aws:sqs:{region}:*:{PREFIX}*"),
            _allow("Bucket", (*BUCKET, *RECORDING), [f"arn:aws:s3:::{PREFIX}*"]),
            _allow(
                "RecordingRole",
                RECORDING_ROLE,
                "arn:aws:iam::*:role/aws-service-role/ivs.amazonaws.com/*",
            ),
            _allow("LeftOvers", LISTS, "*"),
        ],
    }


def _allow(
    name: str, actions: Sequence[str], resource: object, condition: object = None
) -> dict[str, Any]:
    statement = {"Sid": name, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def minutes(probes: Iterable[Probe], has: frozenset[Need]) -> float:
    """How much live video the probes that can be asked take at most."""
    return sum(probe.minutes for probe in probes if probe.needs <= has and not probe.cannot)


def preface(probes: Sequence[Probe], has: frozenset[Need], *, where: str) -> Iterator[str]:
    """What a person should know before anything is made."""
    asked = [probe for probe in probes if probe.needs <= has and not probe.cannot]
    live = minutes(asked, has)
    yield f"{len(asked)} of {len(probes)} probes will be asked in {where}."
    yield (
        "They make channels (at most 10 at a time), stream keys, a playback key pair, policies and"
        f" configurations, each with the tag {TAG}; a rule and a queue for events, and a bucket,"
        f" named {PREFIX}…; all of it is deleted at the end, also after Ctrl-C."
    )
    yield (
        "A role that IVS makes for recording, AWSServiceRoleForIVSRecordToS3…, stays: AWS makes it"
        " once per bucket."
    )
    if Need.RATES in has:
        yield "--throttling: they go to the rates of the API, and use some quotas up for seconds."
    if live:
        yield (
            f"Live video: at most {live:g} minutes on BASIC channels, which is"
            f" {live / 60 * HOUR_OF_BASIC_INPUT:.2f} USD at {HOUR_OF_BASIC_INPUT:.2f} USD an hour;"
            f" see {PRICES}. Requests to SQS, EventBridge and S3 cost less than a cent."
        )
    else:
        yield "No live video, since there is no ffmpeg here; what is asked costs nothing."
