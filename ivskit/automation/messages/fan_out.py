"""Splits a command about many channels into messages about one channel each."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ivskit import formats, names
from ivskit.commands import ChannelCommand
from ivskit.queues import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def fan_out(
    sqs: "SQSClient",
    queue_url: str,
    command: ChannelCommand,
    *,
    event_id: str,
    delay: timedelta = timedelta(),
) -> None:
    """Send the command once for each of its channels, so that none waits for another.

    A repeat is harmless, since each message carries the command's id. delay: after how long they
    arrive, 15 minutes at most. Raises Unavailable when SQS refuses a message.
    """
    late = {"DelaySeconds": int(delay.total_seconds())} if delay else {}
    bodies = (_body(one, event_id) for one in command.of_each())
    entries: list[Any] = [
        {"Id": str(number), "MessageBody": body, **late} for number, body in enumerate(bodies)
    ]
    send_all(sqs, queue_url, entries)


def _body(command: ChannelCommand, event_id: str) -> str:
    event = {
        "v": formats.MESSAGE,
        "id": event_id,
        "source": names.COMMAND,
        "detail-type": command.detail_type,
        "detail": command.model_dump(mode="json", exclude_unset=True, exclude_none=True),
    }
    return json.dumps(event)
