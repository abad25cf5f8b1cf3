"""What happens to an ad break."""

from typing import Literal

from pydantic import AwareDatetime, Field, PositiveInt

from ivskit.arns import StreamId
from ivskit.changes.envelope import ChannelChange, Fact


class AdBreakState(Fact):
    """An ad break was accepted and placed."""

    event_name: Literal["Ad Break Inserted"]
    channel_name: str
    stream_id: StreamId
    ad_break_id: str
    duration_seconds: PositiveInt
    target_start_time: AwareDatetime


class AdBreakStateChange(ChannelChange):
    """IVS Ad Break State Change."""

    detail_type: Literal["IVS Ad Break State Change"] = Field(alias="detail-type")
    detail: AdBreakState
