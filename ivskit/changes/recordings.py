"""What happens to a recording."""

from typing import Literal

from pydantic import Field

from ivskit.arns import StreamId
from ivskit.changes.envelope import ChannelChange, Fact


class RecordingState(Fact):
    """What happened to a recording; `recording_status_reason` is empty unless it failed."""

    recording_status: Literal[
        "Recording Start", "Recording End", "Recording Start Failure", "Recording End Failure"
    ]
    recording_status_reason: str
    channel_name: str
    stream_id: StreamId
    recording_s3_bucket_name: str
    recording_s3_key_prefix: str
    recording_duration_ms: int | None = None
    recording_session_id: str | None = None
    recording_session_stream_ids: tuple[StreamId, ...] = ()


class RecordingStateChange(ChannelChange):
    """IVS Recording State Change; it has no event name."""

    detail_type: Literal["IVS Recording State Change"] = Field(alias="detail-type")
    detail: RecordingState
