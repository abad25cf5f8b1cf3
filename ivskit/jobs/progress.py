"""Whether a revocation makes progress: when it last did, and since when it is stalled.

A worker that cannot revoke any viewer for a while notes the stall in the job's item, and the next
success removes the note. A job whose messages are all in the dead-letter queue has no worker that
could note anything: it counts as stalled when nothing was noted for long.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

JOB = "job"
# A job whose calls fail for this long is stalled.
STALLED_AFTER = timedelta(minutes=5)
# Longer than the longest pause between two tries, or between two notes.
SILENT_AFTER = timedelta(minutes=30)
_SILENCE = "nothing was tried: its messages may be in dead letters; resume sends the rest again"
# A note for each chunk would double the writes.
_PROGRESS_EVERY = timedelta(seconds=15)
_HOLD_EVERY = timedelta(minutes=10)


class Stall(BaseModel):
    """A period in which no viewer could be revoked, and the last error."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    since: AwareDatetime
    error: str


class Progress(BaseModel):
    """The notes on a job's progress: when it last moved, was held by a pause, was resumed.

    stalled_by: the message that noted the stall.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    progressed_at: AwareDatetime | None = None
    held_at: AwareDatetime | None = None
    resumed_at: AwareDatetime | None = None
    stall: Stall | None = None
    stalled_by: str | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Progress":
        """The notes in a job's item; an item of an older version has none."""
        said: dict[str, Any] = {
            name: item[name]["S"] for name in cls.model_fields if name in item and name != "stall"
        }
        if "stall" in item:
            said["stall"] = Stall.model_validate_json(item["stall"]["S"])
        return cls.model_validate(said)

    def stalled_since(self, failing_since: datetime, *, now: datetime) -> datetime | None:
        """Since when the job is stalled, or None; failing_since: of one of its chunks."""
        since = _latest(failing_since, self.progressed_at, self.resumed_at)
        return since if now - since >= STALLED_AFTER else None

    def silence(self, began_at: datetime, *, due: datetime, now: datetime) -> Stall | None:
        """The stall of a job without notes for long; due: when the first note is expected."""
        since = _latest(began_at, self.progressed_at, self.held_at, self.resumed_at)
        expected = since if self.progressed_at else max(since, due)
        return Stall(since=since, error=_SILENCE) if now - expected >= SILENT_AFTER else None

    def is_worth_a_note(self, began_at: datetime, *, now: datetime) -> bool:
        """Whether to note that viewers were revoked now."""
        last = self.progressed_at or began_at
        return self.stall is not None or now - last >= _PROGRESS_EVERY

    def is_hold_worth_a_note(self, *, now: datetime) -> bool:
        """Whether to note that a pause holds the job now."""
        return self.held_at is None or now - self.held_at >= _HOLD_EVERY


def _latest(first: datetime, *others: datetime | None) -> datetime:
    return max([first, *(each for each in others if each is not None)])
