"""The time of day."""

from datetime import UTC, datetime


def now() -> datetime:
    """The clock that everything in a function goes by."""
    return datetime.now(UTC)
