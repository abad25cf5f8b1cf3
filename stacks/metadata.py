"""Where timed metadata waits for its turn."""

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names
from stacks.bus import principal
from stacks.event_queue import EventQueue
from stacks.settings import Settings


class MetadataQueue(EventQueue):
    """Where metadata waits, in order, a channel in each group; applications may send to it."""

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
            description="Where applications send metadata whose order matters.",
            string_value=address,
        )
        CfnOutput(self, "Url", value=address, description="Send metadata in order to this queue.")
