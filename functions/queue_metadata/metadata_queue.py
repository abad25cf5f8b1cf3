"""The metadata queue, seen from whoever sends to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ivskit.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MOST_ENTRIES = 10


class MetadataQueue:
    """Takes any number of messages; sending one again within five minutes changes nothing."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, messages: Sequence[Any]) -> None:
        """Send all, ten in a call; raises Unavailable when one is not taken."""
        for begin in range(0, len(messages), _MOST_ENTRIES):
            self._send(messages[begin : begin + _MOST_ENTRIES])

    def _send(self, messages: Sequence[Any]) -> None:
        answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=messages)
        failed = answer.get("Failed", [])
        if failed:
            code, message = failed[0].get("Code", ""), failed[0].get("Message", "")
            raise Unavailable(message, operation="SendMessageBatch", code=code)
