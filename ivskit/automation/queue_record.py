"""One record of a queue, as Lambda hands it over, and the answer to a batch of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict


class BatchAnswer(TypedDict):
    """The records that come back: Lambda deletes the others from the queue."""

    batchItemFailures: list[dict[str, str]]


def answer(failed: list[str]) -> BatchAnswer:
    """The answer that names the messages that failed."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


class QueueRecord:
    """A record, by what we use of it."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record
        self._attributes = record["attributes"]
        self.body: str = record["body"]
        self.message_id: str = record["messageId"]
        self.receipt_handle: str = record["receiptHandle"]

    @property
    def tries(self) -> int:
        """How often it was received, this time included."""
        return int(self._attributes["ApproximateReceiveCount"])

    @property
    def first_received(self) -> datetime:
        """When it was received for the first time."""
        milliseconds = int(self._attributes["ApproximateFirstReceiveTimestamp"])
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    @property
    def group(self) -> str | None:
        """Its message group, in a FIFO queue."""
        group: str | None = self._attributes.get("MessageGroupId")
        return group

    @property
    def sequence_number(self) -> str | None:
        """Its place in a FIFO queue."""
        number: str | None = self._attributes.get("SequenceNumber")
        return number

    @property
    def queue_url(self) -> str:
        """The address of the queue that it came from."""
        _, partition, _, region, account, name = self._record["eventSourceARN"].split(":")
        domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{region}.{domain}/{account}/{name}"
