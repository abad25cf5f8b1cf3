"""Recordings of which no end was seen, by the index and the newest session of a channel."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconcile_streams.decide import Ended, Referral, may_miss_recording, missed_recordings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from ivskit.recordings.table import RecordingTable

# What began this long before the newest session may still be open in the index.
_SINCE = timedelta(days=3)


class MissedRecordings:
    """Looks into the index, where there is one: a call for a channel that was to be recorded."""

    def __init__(
        self, client: "DynamoDBClient", *, table: str | None, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._name = table
        self._clock = clock
        self._table: RecordingTable | None = None

    def of(self, channel_arn: str, newest: Ended | None) -> Sequence[Referral]:
        """What index_recordings is to look for, of a channel that is not live."""
        if self._name is None or newest is None or newest.started_at is None:
            return []
        if not may_miss_recording(newest, now=self._clock()):
            return []
        known = list(
            self._opened(self._name).of_channel(channel_arn, since=newest.started_at - _SINCE)
        )
        return missed_recordings(channel_arn, newest, known)

    def _opened(self, name: str) -> "RecordingTable":
        """The table; imported only where recordings are indexed."""
        if self._table is None:
            from ivskit.recordings.table import RecordingTable

            self._table = RecordingTable(self._client, table=name)
        return self._table
