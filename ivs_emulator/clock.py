"""The emulator's time: the process's own clock, plus what it was advanced by."""

from datetime import UTC, datetime, timedelta

from .excerpts import excerpt

# Ten years, which is longer than anything here lasts and far from where Python's calendar ends.
MAX_SECONDS_AHEAD = 10 * 365 * 86_400


class Clock:
    """One for all accounts and regions."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on; raises ValueError for less than 0, and beyond 10 years ahead in all."""
        left = MAX_SECONDS_AHEAD - self._ahead.total_seconds()
        if not 0 <= seconds <= left:
            raise ValueError(
                f"must be a number of seconds from 0 to {left:.0f}, not {excerpt(str(seconds))}:"
                f" the clock is at most {MAX_SECONDS_AHEAD} s ahead"
            )
        self._ahead += timedelta(seconds=seconds)

    @property
    def ahead(self) -> timedelta:
        return self._ahead

    def reset(self) -> None:
        self._ahead = timedelta()


CLOCK = Clock()
