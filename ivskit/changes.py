"""The events of Amazon IVS on EventBridge, as frozen models.

Source: User Guide "Using Amazon EventBridge with IVS Low-Latency Streaming". Delivery is best
effort: events come late, twice, out of order or never. Fields that IVS adds later are ignored.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    TypeAdapter,
)

from ivskit.arns import ChannelArn, StreamId


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class StreamState(_Fact):
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


class StreamHealth(_Fact):
    """No data arrives at the ingest server, or data arrives again."""

    event_name: Literal["Starvation Start", "Starvation End"]
    channel_name: str
    stream_id: StreamId


class Breach(_Fact):
    """A limit and by how much it is exceeded; the two Concurrent limits have no stream.

    The User Guide names the limit `limit_name`, the EventBridge schema registry `limit`.
    """

    limit_name: Literal[
        "Ingest Bitrate", "Ingest Resolution", "Concurrent Broadcasts", "Concurrent Viewers"
    ] = Field(validation_alias=AliasChoices("limit_name", "limit"))
    limit_value: float
    exceeded_by: float
    limit_unit: str
    channel_name: str | None = None
    stream_id: StreamId | None = None


class RecordingState(_Fact):
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


class AdBreakState(_Fact):
    """An ad break was accepted and placed."""

    event_name: Literal["Ad Break Inserted"]
    channel_name: str
    stream_id: StreamId
    ad_break_id: str
    duration_seconds: PositiveInt
    target_start_time: AwareDatetime


class _Envelope(_Fact):
    id: str
    source: Literal["aws.ivs", "ivskit.reconcile"]
    account: str
    time: AwareDatetime
    region: str
    resources: tuple[ChannelArn, ...]


class _ChannelChange(_Envelope):
    resources: tuple[ChannelArn, ...] = Field(min_length=1)

    @property
    def channel_arn(self) -> str:
        """The channel of the event, which only `resources` names."""
        return self.resources[0]


class StreamStateChange(_ChannelChange):
    """IVS Stream State Change."""

    detail_type: Literal["IVS Stream State Change"] = Field(alias="detail-type")
    detail: StreamState


class StreamHealthChange(_ChannelChange):
    """IVS Stream Health Change."""

    detail_type: Literal["IVS Stream Health Change"] = Field(alias="detail-type")
    detail: StreamHealth


class LimitBreach(_Envelope):
    """IVS Limit Breach; account-wide ones have empty `resources`."""

    detail_type: Literal["IVS Limit Breach"] = Field(alias="detail-type")
    detail: Breach

    @property
    def channel_arn(self) -> str | None:
        """The channel that exceeds the limit, or None where the whole account does."""
        return self.resources[0] if self.resources else None


class RecordingStateChange(_ChannelChange):
    """IVS Recording State Change; it has no event name."""

    detail_type: Literal["IVS Recording State Change"] = Field(alias="detail-type")
    detail: RecordingState


class AdBreakStateChange(_ChannelChange):
    """IVS Ad Break State Change."""

    detail_type: Literal["IVS Ad Break State Change"] = Field(alias="detail-type")
    detail: AdBreakState


class MissedChange(_Fact):
    """A missed Stream State Change, rebuilt from what IVS still knows of it."""

    event_name: Literal["Stream Start", "Stream End"]
    channel_arn: ChannelArn
    channel_name: str
    stream_id: StreamId
    at: AwareDatetime

    @property
    def detail(self) -> dict[str, str]:
        """The detail as IVS would have sent it."""
        return self.model_dump(include={"event_name", "channel_name", "stream_id"})


Change = (
    StreamStateChange | StreamHealthChange | LimitBreach | RecordingStateChange | AdBreakStateChange
)


@cache
def _adapter() -> TypeAdapter[Change]:
    """Built for the first event: a function that starts upon a command does without."""
    return TypeAdapter(Annotated[Change, Field(discriminator="detail_type")])


def parse_change(event: Mapping[str, Any]) -> Change:
    """The event as the model of its detail type; raises pydantic's ValidationError."""
    return _adapter().validate_python(event)


def discriminator(change: Change) -> str:
    """What a rule matches besides the detail type: event name, limit name or recording status."""
    match change.detail:
        case StreamState() | StreamHealth() | AdBreakState() as state:
            return state.event_name
        case Breach() as breach:
            return breach.limit_name
        case RecordingState() as recording:
            return recording.recording_status
