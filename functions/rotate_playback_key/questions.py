"""From a message to a question about the playback key pairs."""

from typing import Literal

from ivskit.automation.consumer import Message, NotForUs
from ivskit.automation.messages.look_again import LookAtPlayback
from ivskit.automation.messages.sweep import Sweep
from ivskit.commands import RotatePlaybackKey, TooLate
from rotate_playback_key.decide import Question


def question_of(message: Message, event_id: str) -> Question:
    """The question that a message asks; raises NotForUs."""
    match message:
        case RotatePlaybackKey():
            return _commanded(message, event_id, by="command")
        case TooLate(command=RotatePlaybackKey() as command):
            return _commanded(command, event_id, by="late command")
        case LookAtPlayback():
            return Question(
                by=message.purpose,
                cause=message.cause,
                since=message.since,
                event_id=message.event_id,
                reason="a rotation was begun",
            )
        case Sweep():
            return Question(
                by="age",
                cause=message.id,
                since=message.scheduled_at,
                event_id=message.id,
                reason="the pair has an age",
            )
        case _:
            raise NotForUs(f"rotate_playback_key does not react to {message!r}")


def _commanded(
    command: RotatePlaybackKey, event_id: str, *, by: Literal["command", "late command"]
) -> Question:
    return Question(
        by=by,
        cause=command.command_id,
        since=command.issued_at,
        event_id=event_id,
        reason=command.reason or "commanded",
        command=command,
    )
