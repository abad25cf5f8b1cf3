"""What happens to a stream, and whether its data arrives."""

from typing import Literal

from pydantic import Field

from ivskit.arns import StreamId
from ivskit.changes.envelope import ChannelChange, Fact


class StreamState(Fact):
    """What happened to a stream or to a session; `code` and `reason` only where it went wrong."""

    event_name: Literal[
        "Session Created",
        "Session Ended",
        "Stream Start",
        "Stream End",
        "Stream Failure",
        "Stream Takeover",
        "Stream Takeover Failure",
    ]
    channel_name: str
    stream_id: StreamId
    code: str | None = None
    reason: str | None = None


class StreamStateChange(ChannelChange):
    """IVS Stream State Change."""

    detail_type: Literal["IVS Stream State Change"] = Field(alias="detail-type")
    detail: StreamState


class StreamHealth(Fact):
    """No data arrives at the ingest server, or data arrives again."""

    event_name: Literal["Starvation Start", "Starvation End"]
    channel_name: str
    stream_id: StreamId


class StreamHealthChange(ChannelChange):
    """IVS Stream Health Change."""

    detail_type: Literal["IVS Stream Health Change"] = Field(alias="detail-type")
    detail: StreamHealth
