"""What several functions answer."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.outcomes.outcome import Nothing, Outcome


class WillLookAgain(Outcome):
    """The function decides again when this is due."""

    name = names.WILL_LOOK_AGAIN
    purpose: str
    due: AwareDatetime

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.purpose, self.due.isoformat(), self.reason, self.mode)


class CommandRefused(Nothing):
    """A command was refused: every error, and what was sent (32 KB, no secrets)."""

    name = names.COMMAND_REFUSED
    command: str
    errors: tuple[str, ...]
    original: str

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.command)


class TagRefused(Outcome):
    """The channel has invalid tags: the settings apply instead, or the channel is only observed."""

    name = names.TAG_REFUSED
    errors: tuple[str, ...]

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), *self.errors, self.mode)
