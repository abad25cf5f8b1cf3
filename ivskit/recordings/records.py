"""What the index has of a recording.

Source: IVS User Guide "Auto-Record to Amazon S3", for what IVS writes into the bucket.
"""

import re
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit.arns import ChannelArn, StreamId

# missing: no event came of it, and it was not found in the bucket either.
Status = Literal["recording", "ended", "start failed", "end failed", "missing"]
# Where IVS has put the playlist of every recording so far; recording-ended.json says it for sure.
USUAL_PLAYLIST = "media/hls/master.m3u8"
_MISSING = "stream/"
_PREFIX = re.compile(
    r"ivs/v1/\d{12}/[^/]+/(\d{4})/(\d{1,2})/(\d{1,2})/(\d{1,2})/(\d{1,2})/([^/]+)/?"
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Rendition(_Part):
    """One quality of a recording; playlist: its object in the bucket; sizes in pixels."""

    playlist: str
    width: int | None = None
    height: int | None = None


class Thumbnails(_Part):
    """The pictures of a recording; prefix: of their objects in the bucket; sizes in pixels."""

    prefix: str
    width: int | None = None
    height: int | None = None


class Recording(_Part):
    """One recording, of several streams where they followed each other closely enough.

    recording: its key in the index, by which the recordings of a channel are in order of time;
    noted_at: the time of the event, or of the look into the bucket, that this is from; started_at,
    ended_at: None where unknown; duration_ms: of what was recorded, None where unknown;
    unread: why there are no renditions and thumbnails, None where recording-ended.json was read;
    playback_url: of the main playlist; taken_down_by: the command that took the stream down;
    restored_by: the one that undid that.
    """

    channel_arn: ChannelArn
    recording: str
    status: Status
    noted_at: AwareDatetime
    stream_ids: tuple[StreamId, ...]
    bucket: str
    prefix: str = ""
    recording_session_id: str | None = None
    failure: str | None = None
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    duration_ms: int | None = None
    unread: str | None = None
    renditions: tuple[Rendition, ...] = ()
    thumbnails: Thumbnails | None = None
    playback_url: str | None = None
    taken_down_by: str | None = None
    restored_by: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be recorded."""
        return self.status != "recording"


def key_of(prefix: str) -> str | None:
    """The key in the index of the recording under this prefix; None where IVS makes no such.

    Dates in prefixes are not padded with zeros; those of keys are, so that they sort by time.
    """
    found = _PREFIX.fullmatch(prefix)
    if found is None:
        return None
    *date, recording_id = found.groups()
    year, month, day, hour, minute = (int(number) for number in date)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}/{recording_id}"


def key_without_prefix(at: datetime, session: str) -> str:
    """The key of a recording that never began, by the time of its failure and by its session."""
    return f"{at:%Y-%m-%dT%H:%M}/{session}"


def key_of_missing(stream_id: str) -> str:
    """The key of a recording of which nothing is known but its stream; sorts after all others."""
    return _MISSING + stream_id


def first_key(since: datetime) -> str:
    """No recording that began at this moment or later has a key before this one."""
    return f"{since:%Y-%m-%dT%H:%M}"
