"""One record of a queue, as Lambda hands it over, and the answer to a batch of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypedDict


class BatchAnswer(TypedDict):
    """The records that come back: Lambda deletes the others from the queue."""

    batchItemFailures: list[dict[str, str]]


def answer(failed: list[str]) -> BatchAnswer:
    """The answer that names the messages that failed."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@dataclass(frozen=True)
class QueueRecord:
    """A record, by what we use of it.

    tries: how often it was received, this time included; group, sequence_number: of FIFO queues.
    """

    message_id: str
    receipt_handle: str
    queue_arn: str
    tries: int
    first_received: datetime
    body: str = field(repr=False)
    group: str | None = None
    sequence_number: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The record in a batch."""
        attributes = record["attributes"]
        first_received = int(attributes["ApproximateFirstReceiveTimestamp"]) / 1000
        return cls(
            message_id=record["messageId"],
            receipt_handle=record["receiptHandle"],
            queue_arn=record["eventSourceARN"],
            tries=int(attributes["ApproximateReceiveCount"]),
            first_received=datetime.fromtimestamp(first_received, UTC),
            body=record["body"],
            group=attributes.get("MessageGroupId"),
            sequence_number=attributes.get("SequenceNumber"),
        )

    @property
    def queue_url(self) -> str:
        """The address of the queue that it came from."""
        _, partition, _, region, account, name = self.queue_arn.split(":")
        domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{region}.{domain}/{account}/{name}"
