"""Whether a command is too late to act on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ivskit.commands.command import Command

if TYPE_CHECKING:
    from ivskit.commands import AnyCommand

CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class TooLate:
    """A command that is too late to act on, and why.

    What it began is still completed, and its earlier outcome is published again.
    """

    command: "AnyCommand"
    why: str


def too_late(command: Command, *, now: datetime, from_archive: bool) -> str | None:
    """Why a valid command is too late to act on, or None when it is not.

    A redrive or an archive replay must never cut a newer show.
    """
    if from_archive and not command.replayed:
        return "replayed: the command comes from an archive replay and does not set this field"
    if command.issued_at > now + CLOCK_SKEW:
        return f"issued_at: {command.issued_at.isoformat()} is more than {CLOCK_SKEW} ahead"
    age, longest = now - command.issued_at, command.longest_age
    if longest is not None and age > longest:
        return f"max_age: the command is {age} old, and the limit is {longest}"
    return None
