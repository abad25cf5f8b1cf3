"""Queues: where events wait for their function, and the dead letters behind them."""

from collections.abc import Mapping
from typing import Any, Literal

from aws_cdk import Duration
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ivskit import names

from .nag import accept

# AWS's advice for a queue in front of a function: no batch reappears while it is processed.
TIMEOUTS = 6
Urgency = Literal["high", "normal", "low"]

# Every group has its own rate and its own memory of repeats.
_FIFO: Mapping[str, Any] = {
    "fifo": True,
    "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
    "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
}


class EventQueue(Construct):
    """A queue and its dead letters, each with a name of its own.

    in_order: a FIFO queue, by message group; its senders give each message a deduplication id.
    urgency: high, where a person waits for what is in it; low, where it may wait for hours.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        in_order: bool = False,
        urgency: Urgency = "normal",
        tries: int = names.TRIES,
        timeout_seconds: int = names.FUNCTION_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(scope, construct_id)
        suffix, fifo = (".fifo", _FIFO) if in_order else ("", {})
        self.name = f"{name}{suffix}"
        self.urgency = urgency
        self.dead_letters_name = f"{name}-dead-letters{suffix}"
        self.dead_letters = dead_letters(self, self.dead_letters_name, in_order=in_order)
        self.events = sqs.Queue(
            self,
            "Events",
            queue_name=self.name,
            visibility_timeout=Duration.seconds(TIMEOUTS * timeout_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=tries),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            **fifo,
        )

    def target(self) -> targets.SqsQueue:
        """This queue for a rule; undeliverable events go to the dead letters."""
        return targets.SqsQueue(self.events, dead_letter_queue=self.dead_letters)


def dead_letters(scope: Construct, name: str, *, in_order: bool = False) -> sqs.Queue:
    """A dead-letter queue; it keeps messages as long as SQS allows."""
    queue = sqs.Queue(
        scope,
        "DeadLetters",
        queue_name=name,
        retention_period=Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        **(_FIFO if in_order else {}),
    )
    accept(queue, rule="AwsSolutions-SQS3", because="It holds dead letters.")
    accept(queue, rule="Serverless-SQSRedrivePolicy", because="It holds dead letters.")
    return queue
