"""From a message of the queue to the question that `decide` answers."""

from collections.abc import Mapping
from typing import Literal

from ivskit import names
from ivskit.automation.consumer import Message, NotForUs
from ivskit.automation.messages.look_again import LookAgain, Purpose
from ivskit.changes import StreamStateChange
from ivskit.commands import RotateStreamKey, TooLate
from rotate_stream_key.decide import Question

# Why this function looks again, and the reasons in its outcomes.
_REASONS: Mapping[Purpose, str] = {
    "grace over": "the stream ended and did not come back",
    "verify key": "a key was delivered",
    "check key": "the key is too old, or differs from memory or store",
    "finish rotation": "a rotation was begun",
}


def question_of(message: Message, event_id: str) -> Question | None:
    """The question that a message asks; None where it asks none; raises NotForUs."""
    match message:
        case StreamStateChange() if message.detail.event_name == names.STREAM_END:
            return _after_stream(message, event_id)
        case LookAgain(purpose=purpose) if purpose in _REASONS:
            return _anew(message, _REASONS[purpose])
        case RotateStreamKey():
            return _commanded(message, event_id, by="command")
        case TooLate(command=RotateStreamKey() as command):
            if command.channel_arn is None:
                return None  # it cannot have begun anything under a single channel
            return _commanded(command, event_id, by="late command")
        case _:
            raise NotForUs(f"rotate_stream_key does not react to {message!r}")


def _after_stream(change: StreamStateChange, event_id: str) -> Question:
    return Question(
        by="stream end",
        channel_arn=change.channel_arn,
        cause=change.detail.stream_id,
        stream_id=change.detail.stream_id,
        since=change.time,
        event_id=event_id,
        reason="the stream ended",
    )


def _anew(look: LookAgain, reason: str) -> Question:
    return Question(
        by=look.purpose,
        channel_arn=look.channel_arn,
        cause=look.cause,
        stream_id=look.stream_id,
        since=look.since,
        event_id=look.event_id,
        reason=reason,
    )


def _commanded(
    command: RotateStreamKey, event_id: str, *, by: Literal["command", "late command"]
) -> Question:
    return Question(
        by=by,
        channel_arn=command.channels[0],
        cause=command.command_id,
        since=command.issued_at,
        event_id=event_id,
        reason=command.reason or "commanded",
        if_live=command.if_live,
        command=command,
    )
