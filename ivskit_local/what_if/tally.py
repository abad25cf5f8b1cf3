"""What is counted of the past under one of the settings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from ivskit import quotas

# What makes a key change.
Because = Literal["after a stream", "with a stop", "by age"]


@dataclass(frozen=True)
class Stopped:
    """A stream that would be stopped, or of which ivskit would say so where it only observes."""

    channel_arn: str
    stream_id: str
    started_at: datetime
    at: datetime
    limit: str
    then: str


@dataclass(frozen=True)
class Rotated:
    """A key that would be replaced."""

    channel_arn: str
    at: datetime
    because: Because


@dataclass(frozen=True)
class Peak:
    """The busiest minute of an operation, in one account and region.

    over: in how many minutes there are more calls than IVS serves, so that functions wait.
    """

    calls: int
    at: datetime
    place: str
    over: int


@dataclass
class Tally:
    """The counts of all channels; kept_out: the streams that a block would not let begin.

    without_start, without_end: the streams of which no event says when they began, or ended.
    """

    streams: int = 0
    without_start: int = 0
    without_end: int = 0
    stopped: list[Stopped] = field(default_factory=list)
    stopped_if_enforced: list[Stopped] = field(default_factory=list)
    kept_out: int = 0
    rotated: list[Rotated] = field(default_factory=list)
    rotated_if_enforced: int = 0
    # By account and region, and operation: the calls of each minute since the epoch.
    calls: dict[tuple[str, str], Counter[int]] = field(default_factory=dict)

    def call(self, place: str, operations: Iterable[str], at: datetime) -> None:
        """Count a call of each of these operations."""
        minute = int(at.timestamp()) // 60
        for operation in operations:
            minutes = self.calls.get((place, operation))
            if minutes is None:
                minutes = self.calls[place, operation] = Counter()
            minutes[minute] += 1

    def peaks(self) -> Mapping[str, Peak]:
        """The busiest minute of each operation, whichever account and region it is in."""
        found: dict[str, Peak] = {}
        for (place, operation), minutes in sorted(self.calls.items()):
            peak = _peak(place, minutes, per_minute(operation))
            if operation not in found or peak.calls > found[operation].calls:
                found[operation] = peak
        return found


def _peak(place: str, minutes: Counter[int], most: int) -> Peak:
    minute = max(minutes, key=lambda each: (minutes[each], -each))
    over = sum(calls > most for calls in minutes.values())
    return Peak(minutes[minute], datetime.fromtimestamp(minute * 60, UTC), place, over)


def per_minute(operation: str) -> int:
    """How many calls of an operation IVS serves in a minute."""
    return round(quotas.RATES[operation] * 60)
