"""The emulator's time: the process's own, and as far ahead of it as somebody moved it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """One for all accounts and regions."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._ahead = timedelta()


CLOCK = Clock()
