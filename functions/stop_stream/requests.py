"""From what arrives in the queues to the question that `decide` answers."""

from dataclasses import replace
from typing import Literal

from ivskit import names
from ivskit.changes import StreamHealthChange, StreamStateChange
from ivskit.commands import BlockChannel, StopStream, TooLate, UnblockChannel
from ivskit.consumer import Message
from ivskit.look_again import LookAgain
from stop_stream.decide import MAX_DURATION, STARVATION, VERIFY_KICK, VERIFY_STOP, Request


class NotForUs(Exception):
    """A message that no rule of this function lets through."""


def request_of(message: Message, event_id: str) -> Request:
    """The question that a message asks; raises NotForUs."""
    match message:
        case StreamStateChange() | StreamHealthChange():
            return _of_change(message, event_id)
        case StopStream() | BlockChannel() | UnblockChannel():
            return _commanded(message, event_id)
        case TooLate(command=StopStream() | BlockChannel() | UnblockChannel() as command):
            return replace(_commanded(command, event_id), is_late=True)
        case LookAgain():
            return _anew(message)
        case _:
            raise NotForUs(f"stop_stream does not react to {message!r}")


def _of_change(change: StreamStateChange | StreamHealthChange, event_id: str) -> Request:
    by, what = _occasion(change)
    return Request(
        by=by,
        channel_arn=change.channel_arn,
        # Every starving is judged by itself, and a session of any length once.
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


def _commanded(command: StopStream | BlockChannel | UnblockChannel, event_id: str) -> Request:
    by: dict[type, Literal["stop", "block", "unblock"]] = {
        StopStream: "stop",
        BlockChannel: "block",
        UnblockChannel: "unblock",
    }
    return Request(
        by=by[type(command)],
        channel_arn=command.channel_arn,
        cause=command.command_id,
        stream_id=command.stream_id if isinstance(command, StopStream) else None,
        since=command.issued_at,
        event_id=event_id,
        reason=command.reason or "commanded",
        then=command.then if isinstance(command, StopStream) else "block",
    )


def _anew(look: LookAgain) -> Request:
    match look.purpose:
        case "max duration":
            return _asked(look, MAX_DURATION, look.cause, "the stream has lasted long")
        case "starvation":
            return _asked(look, STARVATION, look.cause, "the stream starved")
        case "verify stop":
            return _asked(look, VERIFY_STOP, _again(look), "the stream was stopped")
        case "verify kick":
            return _asked(look, VERIFY_KICK, _again(look), "the stream was kicked")
        case other:
            raise NotForUs(f"stop_stream does not look again for {other}")


def _again(look: LookAgain) -> str:
    """Stopping again is a cause of its own, each time."""
    first = look.cause.partition(", seen again")[0]
    return f"{first}, seen again after {look.since.isoformat()}"


def _asked(
    look: LookAgain,
    by: Literal["max duration", "starvation", "verify stop", "verify kick"],
    cause: str,
    reason: str,
) -> Request:
    return Request(
        by=by,
        channel_arn=look.channel_arn,
        cause=cause,
        stream_id=look.stream_id,
        since=look.since,
        event_id=look.event_id,
        reason=reason,
    )
