"""From a message to a question about where a channel may be watched."""

from dataclasses import replace
from typing import Literal

from ivskit import names
from ivskit.automation.consumer import Message, NotForUs
from ivskit.automation.messages.look_again import LookAgain
from ivskit.changes import StreamStateChange
from ivskit.commands import LiftRestriction, Restore, RestrictPlayback, TakeDown, TooLate
from restrict_playback.decide import Question


def question_of(message: Message, event_id: str) -> Question | None:
    """The question that a message asks; None where it asks none; raises NotForUs."""
    match message:
        case RestrictPlayback() | LiftRestriction():
            by: Literal["restrict", "lift"]
            by = "restrict" if isinstance(message, RestrictPlayback) else "lift"
            return _commanded(message, event_id, by=by)
        case TakeDown() | Restore():
            return _as_a_part(message, event_id)
        case TooLate(command=RestrictPlayback() | LiftRestriction() as command):
            if command.channel_arn is None:
                return None  # it cannot have begun anything under a single channel
            return replace(_commanded(command, event_id, by="lift"), is_late=True)
        case StreamStateChange() | LookAgain():
            return _of_automation(message, event_id)
        case _:
            raise NotForUs(f"restrict_playback does not react to {message!r}")


def _of_automation(message: StreamStateChange | LookAgain, event_id: str) -> Question:
    match message:
        case StreamStateChange() if message.detail.event_name == names.STREAM_END:
            return Question(
                by="stream end",
                channel_arn=message.channel_arn,
                cause=message.detail.stream_id,
                # As other functions name it in outcomes that have the same id.
                stream_id=message.detail.stream_id,
                since=message.time,
                event_id=event_id,
                reason="the tags of the channel ask for it",
            )
        case LookAgain(purpose="check restriction" | "change restriction"):
            return Question(
                by="look",
                channel_arn=message.channel_arn,
                cause=message.cause,
                since=message.since,
                event_id=message.event_id,
                reason="the tags of the channel ask for it",
            )
        case _:
            raise NotForUs(f"restrict_playback does not react to {message!r}")


def _as_a_part(command: TakeDown | Restore, event_id: str) -> Question:
    """What take_down passes on; other functions have outcomes under the id of the command."""
    by: Literal["restrict", "lift"] = "restrict" if isinstance(command, TakeDown) else "lift"
    question = _commanded(command, event_id, by=by)
    return replace(question, cause=names.restriction_cause(command.command_id), is_part=True)


def _commanded(
    command: RestrictPlayback | LiftRestriction | TakeDown | Restore,
    event_id: str,
    *,
    by: Literal["restrict", "lift"],
) -> Question:
    return Question(
        by=by,
        channel_arn=command.channels[0],
        cause=command.command_id,
        since=command.issued_at,
        event_id=event_id,
        reason=command.reason or "commanded",
        command=command,
    )
