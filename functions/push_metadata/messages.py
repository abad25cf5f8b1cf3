"""From a record of the metadata queue to its command, or to its errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ivskit import formats, names
from ivskit.automation.queue_record import QueueRecord
from ivskit.commands import LONGEST_ID, PushMetadata
from ivskit.envelope import Item
from ivskit.formats import NewerRelease
from ivskit.redaction import redact, redacted_errors

_ONE_CHANNEL = "MessageGroupId: must be the ARN of the one channel in channel_arns"


@dataclass(frozen=True)
class _Received:
    """The attributes of a record in SQS; a group is one channel's messages."""

    message_id: str
    receipt_handle: str
    group: str
    tries: int
    body: str = field(repr=False)
    event: Mapping[str, Any] = field(repr=False)

    @property
    def event_id(self) -> str:
        """The event that carried the command, or the message itself."""
        return str(self.event["id"])


@dataclass(frozen=True)
class Message(_Received):
    """A command for one channel; `number` grows within its group."""

    command: PushMetadata
    number: str

    @property
    def channel_arn(self) -> str:
        """The one channel."""
        return self.command.channel_arns[0]

    @property
    def item(self) -> Item:
        """Its item in an envelope."""
        return self.number, self.command.metadata


@dataclass(frozen=True)
class Malformed(_Received):
    """A message that holds no such command."""

    errors: tuple[str, ...]


Received = Message | Malformed


def read(record: QueueRecord) -> Received:
    """The content of a record; never raises, since an unreadable one must not block its group."""
    event = _event_in(record)
    received: dict[str, Any] = {
        "message_id": record.message_id,
        "receipt_handle": record.receipt_handle,
        "group": record.group or "",
        "tries": record.tries,
        "body": record.body,
        "event": event,
    }
    try:
        command = _command_in(event)
    except ValidationError as error:
        return Malformed(**received, errors=tuple(redacted_errors(error)))
    except (_NoCommand, NewerRelease) as error:
        return Malformed(**received, errors=(str(error),))
    except (ValueError, RecursionError) as error:  # no known JSON does; it must not block its group
        unread = {**received, "event": {**event, "detail": {}}}
        return Malformed(**unread, errors=(f"message: cannot be read: {type(error).__name__}",))
    if command.channel_arns != (received["group"],):
        return Malformed(**received, errors=(_ONE_CHANNEL,))
    return Message(**received, command=command, number=record.sequence_number or "0")


class _NoCommand(Exception):
    """A message that is not shaped like the command."""


def _event_in(record: QueueRecord) -> Mapping[str, Any]:
    try:
        event = json.loads(record.body)
    except (ValueError, RecursionError):
        event = None
    found = event if isinstance(event, dict) else {}
    event_id, detail = found.get("id"), found.get("detail")
    usable = isinstance(event_id, str) and event_id
    return {
        "v": found.get("v", 1),
        "id": redact(event_id)[:LONGEST_ID] if usable else record.message_id,
        "source": found.get("source"),
        "detail-type": found.get("detail-type"),
        "detail": detail if isinstance(detail, dict) else {},
    }


def _command_in(event: Mapping[str, Any]) -> PushMetadata:
    if (event["source"], event["detail-type"]) != (names.COMMAND, names.PUSH_METADATA):
        raise _NoCommand(
            f'message: must be JSON with "source": "{names.COMMAND}", "detail-type": '
            f'"{names.PUSH_METADATA}" and a "detail"'
        )
    formats.check_message(event)
    return PushMetadata.read(event)
