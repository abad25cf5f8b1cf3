"""Outcomes about recordings."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.arns import StreamId
from ivskit.outcomes.outcome import Outcome
from ivskit.recordings.records import Rendition, Status, Thumbnails


class _OfRecording(Outcome):
    """recording: the key of the recording in the table; bucket, prefix: where it is."""

    recording: str
    status: Status
    stream_ids: tuple[StreamId, ...]
    bucket: str
    prefix: str = ""
    recording_session_id: str | None = None
    taken_down_by: str | None = None

    def _identity(self) -> tuple[str, ...]:
        # An event of IVS and the sweep may both find it, each by another stream of it.
        return (self.channel_arn or "", self.recording, self.status)


class RecordingIndexed(_OfRecording):
    """A recording has ended, and is in the table of recordings.

    stream_ids: all streams that it is of; started_at, ended_at, duration_ms: left out where they
    are unknown; unread: why there are no renditions and thumbnails; playback_url: of the main
    playlist.
    """

    name = names.RECORDING_INDEXED
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    duration_ms: int | None = None
    unread: str | None = None
    renditions: tuple[Rendition, ...] = ()
    thumbnails: Thumbnails | None = None
    playback_url: str | None = None


class RecordingFailed(_OfRecording):
    """A stream was not recorded, or not all of it.

    status: start failed, end failed (some of it may be in the bucket), or missing: IVS sent no
    event, and nothing was found. failure: what IVS says.
    """

    name = names.RECORDING_FAILED
    failure: str | None = None
