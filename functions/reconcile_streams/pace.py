"""Keeps a sweep within its share of IVS's rates, and counts its calls."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ivskit.pacing import Lane

# Calls a second of each operation: other functions and your own backend get the rest of 5.
SHARE = 2
OPERATIONS = (
    "BatchGetChannel",
    "GetStreamSession",
    "ListChannels",
    "ListPlaybackKeyPairs",
    "ListPlaybackRestrictionPolicies",
    "ListRecordingConfigurations",
    "ListStreamKeys",
    "ListStreams",
)


class _CountedLane:
    """A lane that counts its calls."""

    def __init__(self) -> None:
        self.count = 0
        self._lane = Lane(calls=SHARE)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; the call is made inside."""
        self.count += 1
        with self._lane.turn():
            yield


class Pace:
    """The lanes of all operations of a sweep."""

    def __init__(self) -> None:
        self._lanes = {operation: _CountedLane() for operation in OPERATIONS}

    @property
    def pacers(self) -> Mapping[str, _CountedLane]:
        """The lanes, by operation."""
        return self._lanes

    @property
    def calls(self) -> dict[str, int]:
        """How often the sweep has called each operation."""
        return {operation: lane.count for operation, lane in self._lanes.items() if lane.count}

    def begin(self) -> None:
        """Reset the counts."""
        for lane in self._lanes.values():
            lane.count = 0
