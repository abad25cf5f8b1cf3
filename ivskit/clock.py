"""The time of day."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC; everything in a function uses this clock."""
    return datetime.now(UTC)
