"""Timed metadata: one function queues it channel by channel, another inserts it into streams."""

import json

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names

from .bus import principal
from .event_queue import EventQueue
from .settings import Settings
from .shared import RANDOM_IDS, Shared


def metadata(shared: Shared) -> None:
    """Add the queue of metadata, and the functions before and behind it."""
    queue = MetadataQueue(shared.scope, "MetadataQueue", settings=shared.settings)
    _queue_metadata(shared, queue)
    _push_metadata(shared, queue)


def _queue_metadata(shared: Shared, queue: "MetadataQueue") -> None:
    fan_out = shared.function(
        "QueueMetadata",
        package="queue_metadata",
        purpose="queues metadata for each channel of a command, and welcomes viewers",
        # It welcomes viewers again and again, as long as the session lives.
        may_loop=True,
    )
    fan_out.on_command(names.PUSH_METADATA)
    if shared.settings.metadata.welcomes:
        fan_out.on_change(names.STREAM_STATE_CHANGE, names.STREAM_START)
    fan_out.look_again_through(shared.schedules)
    fan_out.send_to(queue, variable="IVSKIT_METADATA_QUEUE_URL")
    welcomes = shared.settings.metadata.model_dump(mode="json")["welcomes"]
    fan_out.set_variable("IVSKIT_WELCOMES", json.dumps(welcomes, ensure_ascii=False))
    shared.allow_acting(fan_out)
    fan_out.allow("ivs:GetChannel", "ivs:GetStream", on=shared.channels, because=RANDOM_IDS)


def _push_metadata(shared: Shared, queue: "MetadataQueue") -> None:
    push = shared.function(
        "PushMetadata",
        package="push_metadata",
        purpose="inserts queued metadata into live streams, in order",
        queue=queue,
        concurrency=shared.settings.metadata.lanes,
    )
    push.allow("sqs:SendMessage", on=queue.dead_letters.queue_arn)
    push.set_variable("IVSKIT_DEAD_LETTERS_URL", queue.dead_letters.queue_url)
    shared.allow_acting(push, "dynamodb:BatchGetItem")
    push.allow("ivs:BatchGetChannel", "ivs:PutMetadata", on=shared.channels, because=RANDOM_IDS)


class MetadataQueue(EventQueue):
    """The queue of metadata: in order, one message group per channel; applications may send."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            name=f"ivskit-{settings.stage}-metadata",
            in_order=True,
            tries=names.METADATA_TRIES,
        )
        if settings.commands.senders:
            self.events.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="SendersMaySendMetadata",
                    principals=[principal(sender) for sender in settings.commands.senders],
                    actions=["sqs:SendMessage"],
                    resources=[self.events.queue_arn],
                )
            )
        self._publish_address(settings.stage)

    def _publish_address(self, stage: str) -> None:
        address = self.events.queue_url
        ssm.StringParameter(
            self,
            "Address",
            parameter_name=f"/ivskit/{stage}/metadata-queue",
            description="The queue for metadata whose order matters.",
            string_value=address,
        )
        CfnOutput(self, "Url", value=address, description="Send metadata in order to this queue.")
