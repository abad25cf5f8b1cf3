"""Sends any number of messages to a queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ivskit.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MOST_ENTRIES = 10


def send_all(sqs: "SQSClient", queue_url: str, entries: Sequence[Any]) -> None:
    """Send them in order, ten in a call; raises Unavailable when SQS refuses one."""
    for begin in range(0, len(entries), _MOST_ENTRIES):
        answer = sqs.send_message_batch(
            QueueUrl=queue_url, Entries=entries[begin : begin + _MOST_ENTRIES]
        )
        # SendMessageBatch answers 200 even when it refused entries.
        refused = answer.get("Failed")
        if refused:
            why, code = refused[0].get("Message", ""), refused[0]["Code"]
            raise Unavailable(why, operation="SendMessageBatch", code=code)
