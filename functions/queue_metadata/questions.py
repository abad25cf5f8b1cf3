"""From a message of the queue to the question that `decide` answers."""

from ivskit import names
from ivskit.automation.consumer import Message, NotForUs
from ivskit.automation.messages.look_again import LookAgain
from ivskit.changes import StreamStateChange
from queue_metadata.decide import Question

WELCOME = "welcome"


def question_of(message: Message, event_id: str) -> Question:
    """The question that a message asks; raises NotForUs."""
    match message:
        case StreamStateChange() if message.detail.event_name == names.STREAM_START:
            return Question(
                channel_arn=message.channel_arn,
                cause=message.detail.stream_id,
                stream_id=message.detail.stream_id,
                since=message.time,
                due=message.time,
                event_id=event_id,
                reason="the stream started",
            )
        case LookAgain() if message.purpose == WELCOME and message.stream_id is not None:
            return Question(
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
