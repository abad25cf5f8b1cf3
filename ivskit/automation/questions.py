"""What a message asks `decide`, mostly about one channel, and the fields of its outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ivskit.automation.messages.look_again import LookAgain
from ivskit.commands import Command
from ivskit.policy.values import Mode

# A command with the id of another would look as if it were already done.
ID_OF_ANOTHER: Final = "another command had the same command_id: send it with one of its own"


@dataclass(frozen=True, kw_only=True)
class AnyQuestion:
    """The fields of every question; each function adds its own.

    since: the time of what asks, such as the end of a stream or the issue of a command; event_id:
    the event that began it; command: the command that asks, where a person does.
    """

    cause: str
    since: datetime
    event_id: str
    reason: str
    stream_id: str | None = None
    command: Command | None = None

    @property
    def sender(self) -> str | None:
        """Who sent the command."""
        return self.command.sender if self.command is not None else None

    @property
    def is_forced(self) -> bool:
        """Whether the command acts even where commands are held back."""
        return self.command is not None and self.command.force

    def why(self) -> dict[str, Any]:
        """The fields that its intents and outcomes carry."""
        return {
            "cause": self.cause,
            "reason": self.reason,
            "event_id": self.event_id,
            "stream_id": self.stream_id,
            "sender": self.sender,
        }

    def outcome_fields(self, reason: str, mode: Mode, at: datetime) -> dict[str, Any]:
        """The common fields of an outcome, with this reason."""
        return {**self.why(), "mode": mode, "at": at, "reason": reason}


@dataclass(frozen=True, kw_only=True)
class ChannelQuestion(AnyQuestion):
    """A question about one channel."""

    channel_arn: str

    def outcome_fields(self, reason: str, mode: Mode, at: datetime) -> dict[str, Any]:
        """The common fields of an outcome about the channel, with this reason."""
        return {**super().outcome_fields(reason, mode, at), "channel_arn": self.channel_arn}

    def again(self, purpose: str, due: datetime) -> LookAgain:
        """The message by which the function asks itself again when it is due."""
        return LookAgain(
            channel_arn=self.channel_arn,
            stream_id=self.stream_id,
            purpose=purpose,
            cause=self.cause,
            since=self.since,
            due=due,
            event_id=self.event_id,
        )
