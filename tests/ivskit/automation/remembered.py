"""What a channel's item may remember."""

from datetime import UTC, datetime, timedelta

from ivskit.automation.records import Session
from ivskit.outcomes import RotationSkipped, StreamStopped
from tests.samples import CHANNEL

START = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIVE = Session(stream_id="st-1", started_at=START)


def kept(cause: str) -> RotationSkipped:
    """An outcome to remember."""
    return RotationSkipped(
        cause=cause, channel_arn=CHANNEL, reason="r", mode="enforce", at=START, event_id="e-1"
    )


def stopped(number: int, session: str) -> StreamStopped:
    """Something that was done about a session."""
    return StreamStopped(
        cause=f"stop-{number}",
        channel_arn=CHANNEL,
        stream_id=session,
        reason="r",
        mode="enforce",
        at=START,
        event_id="e-1",
        then="rotate",
        sender="jane",
    )
