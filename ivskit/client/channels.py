"""Channels: configuration to stream with.

Source: IVS Low-Latency Streaming API reference and service quotas; 5,000 channels per region
unless AWS raised it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from ivskit.client.answers import Answer, Reference, Setting

if TYPE_CHECKING:
    from ivskit.client.stream_keys import StreamKey

LatencyMode = Literal["LOW", "NORMAL"]
ChannelType = Literal["BASIC", "STANDARD", "ADVANCED_SD", "ADVANCED_HD"]
Preset = Literal["HIGHER_BANDWIDTH_DELIVERY", "CONSTRAINED_BANDWIDTH_DELIVERY"]
ContainerFormat = Literal["TS", "FRAGMENTED_MP4"]


class MultitrackInput(Setting):
    """Whether encoders may send several tracks; enabling it needs the other two fields.

    It also needs the type STANDARD and the container format FRAGMENTED_MP4.
    """

    enabled: bool | None = None
    policy: str | None = None
    maximum_resolution: str | None = None


class Srt(Answer):
    """Where to stream by SRT; the passphrase counts only while insecure ingest is off."""

    endpoint: str | None = None
    passphrase: SecretStr | None = None


class ChannelSummary(Answer):
    """A channel as lists return it; `name` is empty for an unnamed one, and need not be unique."""

    arn: str
    name: str | None = None
    latency_mode: str | None = None
    type: str | None = None
    authorized: bool | None = None
    insecure_ingest: bool | None = None
    preset: Reference = None
    recording_configuration_arn: Reference = None
    playback_restriction_policy_arn: Reference = None
    ad_configuration_arn: Reference = None
    failover_slate_configuration_arn: Reference = None
    tags: Mapping[str, str] = {}


class Channel(ChannelSummary):
    """One channel; what it does not refer to is None."""

    ingest_endpoint: str | None = None
    playback_url: str | None = None
    srt: Srt | None = None
    multitrack_input_configuration: MultitrackInput | None = None
    container_format: str | None = None


@dataclass(frozen=True)
class NewChannel:
    """A channel that was made just now, and the stream key that IVS made with it."""

    channel: Channel
    stream_key: "StreamKey"


@dataclass(frozen=True)
class Page:
    """A part of the list of all channels; without a token it is the last."""

    channels: tuple[ChannelSummary, ...]
    token: str | None
