"""From a message of the queues to the question that `decide` answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from ivskit import names
from ivskit.automation.consumer import Message, NotForUs
from ivskit.automation.messages.look_again import LookAgain, Purpose
from ivskit.changes import StreamHealthChange, StreamStateChange
from ivskit.commands import (
    BlockChannel,
    Restore,
    StopStream,
    TakeDown,
    TooLate,
    UnblockChannel,
)
from stop_stream.decisions import Question

# Why this function looks again, and the reasons in its outcomes.
_REASONS: Mapping[Purpose, str] = {
    "max duration": "the stream may have reached its limit",
    "starvation": "the stream starved",
    "verify stop": "the stream was stopped",
    "verify kick": "the stream was kicked",
    "verify block": "a sweep found the blocked channel live, or with a key",
    "max idle": "the stream has no viewers",
    "unhealthy": "a sweep found the stream unhealthy",
}


def question_of(message: Message, event_id: str) -> Question | None:
    """The question that a message asks; None where it asks none; raises NotForUs."""
    match message:
        case StreamStateChange() | StreamHealthChange():
            return _of_change(message, event_id)
        case StopStream() | BlockChannel() | UnblockChannel() | TakeDown() | Restore():
            return _commanded(message, event_id)
        case TooLate(
            command=StopStream()
            | BlockChannel()
            | UnblockChannel()
            | TakeDown()
            | Restore() as command
        ):
            if command.channel_arn is None:
                return None  # it cannot have begun anything under a single channel
            return replace(_commanded(command, event_id), is_late=True)
        case LookAgain():
            return _anew(message)
        case _:
            raise NotForUs(f"stop_stream does not react to {message!r}")


def _of_change(change: StreamStateChange | StreamHealthChange, event_id: str) -> Question:
    by, what = _occasion(change)
    return Question(
        by=by,
        channel_arn=change.channel_arn,
        # Each starvation is judged by itself, and the length of a session once.
        cause=f"{change.detail.stream_id}: {what}",
        stream_id=change.detail.stream_id,
        since=change.time,
        event_id=event_id,
        reason=by,
    )


def _occasion(
    change: StreamStateChange | StreamHealthChange,
) -> tuple[Literal["stream start", "starvation start"], str]:
    match change.detail.event_name:
        case names.STREAM_START:
            return "stream start", "start"
        case names.STARVATION_START:
            return "starvation start", f"starving since {change.time.isoformat()}"
        case other:
            raise NotForUs(f"stop_stream does not react to {other}")


def _commanded(
    command: StopStream | BlockChannel | UnblockChannel | TakeDown | Restore, event_id: str
) -> Question:
    """A take-down is a block, and its end an unblock: other functions do the rest."""
    by: dict[type, Literal["stop", "block", "unblock"]] = {
        StopStream: "stop",
        BlockChannel: "block",
        TakeDown: "block",
        UnblockChannel: "unblock",
        Restore: "unblock",
    }
    return Question(
        by=by[type(command)],
        channel_arn=command.channels[0],
        cause=command.command_id,
        stream_id=command.stream_id if isinstance(command, StopStream) else None,
        since=command.issued_at,
        event_id=event_id,
        reason=command.reason or "commanded",
        then=command.then if isinstance(command, StopStream) else "block",
        command=command,
    )


def _anew(look: LookAgain) -> Question:
    reason = _REASONS.get(look.purpose)
    if reason is None:
        raise NotForUs(f"stop_stream does not look again for {look.purpose}")
    return Question(
        by=look.purpose,
        channel_arn=look.channel_arn,
        cause=_cause(look),
        stream_id=look.stream_id,
        since=look.since,
        event_id=look.event_id,
        reason=reason,
        metric=look.metric,
        asked_at=look.due,
    )


def _cause(look: LookAgain) -> str:
    """Each repeated stop or cut of a blocked channel is a cause of its own."""
    match look.purpose:
        case "verify stop" | "verify kick":
            first = look.cause.partition(", seen again")[0]
            return f"{first}, seen again after {look.since.isoformat()}"
        case "verify block":
            return f"{look.cause}, found open at {look.since.isoformat()}"
        case _:
            return look.cause
