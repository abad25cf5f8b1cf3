"""From what arrives in the queue to the question that `decide` answers."""

from ivskit import names
from ivskit.changes import StreamStateChange
from ivskit.consumer import Message, NotForUs
from ivskit.look_again import LookAgain
from queue_metadata.decide import Request

WELCOME = "welcome"


def request_of(message: Message, event_id: str) -> Request:
    """The question that a message asks; raises NotForUs."""
    match message:
        case StreamStateChange() if message.detail.event_name == names.STREAM_START:
            return Request(
                channel_arn=message.channel_arn,
                cause=message.detail.stream_id,
                stream_id=message.detail.stream_id,
                since=message.time,
                due=message.time,
                event_id=event_id,
                reason="the stream started",
            )
        case LookAgain() if message.purpose == WELCOME and message.stream_id is not None:
            return Request(
                channel_arn=message.channel_arn,
                cause=message.stream_id,
                stream_id=message.stream_id,
                since=message.since,
                due=message.due,
                event_id=message.event_id,
                reason="the next welcome is due",
            )
        case _:
            raise NotForUs(f"queue_metadata does not react to {message!r}")
