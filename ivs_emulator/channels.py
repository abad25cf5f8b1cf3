"""Channels: configuration that streams go live on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import stream_keys
from .errors import ConflictException, ValidationException
from .paging import PageRequest, page
from .resources import Resource, batch, find, refuse_beyond

if TYPE_CHECKING:
    from .models import IVSBackend

ADVANCED = ("ADVANCED_SD", "ADVANCED_HD")
REFERENCES = (
    "recording_configuration_arn",
    "playback_restriction_policy_arn",
    "ad_configuration_arn",
    "failover_slate_configuration_arn",
)
MULTITRACK_NEEDS = {"policy", "maximum_resolution"}
FILTERS = {"filter_by_name": "name", **{f"filter_by_{name}": name for name in REFERENCES}}


@dataclass(frozen=True)
class Srt:
    endpoint: str
    passphrase: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Channel(Resource):
    ingest_endpoint: str
    playback_url: str
    srt: Srt
    name: str = ""
    latency_mode: str = "LOW"
    type: str = "STANDARD"
    authorized: bool = False
    insecure_ingest: bool = False
    preset: str = ""
    container_format: str = "TS"
    recording_configuration_arn: str = ""
    playback_restriction_policy_arn: str = ""
    ad_configuration_arn: str = ""
    failover_slate_configuration_arn: str = ""
    multitrack_input_configuration: dict[str, Any] | None = None


def create_channel(
    ivs: IVSBackend, *, tags: dict[str, str] | None = None, **settings: Any
) -> dict[str, object]:
    refuse_beyond(ivs.limits.channels, len(ivs.channels), "Channels")
    channel = add_channel(ivs, ivs.identifiers.arn("channel"), tags or {}, **settings)
    of_key = (tags or {}) if ivs.readings.tags_reach_key else {}
    return {"channel": channel, "streamKey": stream_keys.add_stream_key(ivs, channel.arn, of_key)}


def add_channel(ivs: IVSBackend, arn: str, tags: dict[str, str], **settings: Any) -> Channel:
    """Keep a channel with its settings checked; without a stream key."""
    channel = Channel(
        arn=arn,
        tags=tags,
        ingest_endpoint=ivs.identifiers.ingest_endpoint,
        playback_url=ivs.identifiers.playback_url(arn),
        srt=Srt(ivs.identifiers.srt_endpoint, ivs.identifiers.passphrase()),
    )
    ivs.channels[arn] = _changed(ivs, channel, settings)
    return ivs.channels[arn]


def get_channel(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"channel": find(ivs.channels, arn)}


def batch_get_channel(ivs: IVSBackend, *, arns: list[str]) -> dict[str, object]:
    found, errors = batch(ivs.channels, arns)
    return {"channels": found, "errors": errors}


def list_channels(
    ivs: IVSBackend, *, max_results: int = 100, next_token: str | None = None, **filters: str
) -> dict[str, object]:
    if len(filters) > 1:
        raise ConflictException(f"{' and '.join(sorted(filters))}: only one filter at a time")
    wanted = [
        channel
        for channel in ivs.channels.values()
        if all(getattr(channel, FILTERS[name]) == value for name, value in filters.items())
    ]
    request = PageRequest(max_results, next_token, f"ListChannels {filters}")
    channels, token = page(wanted, lambda channel: channel.arn, request)
    return {"channels": channels, "nextToken": token}


def update_channel(ivs: IVSBackend, *, arn: str, **settings: Any) -> dict[str, object]:
    channel = find(ivs.channels, arn)
    _refuse_while_live(ivs, "UpdateChannel", arn)
    ivs.channels[arn] = _changed(ivs, channel, settings)
    return {"channel": ivs.channels[arn]}


def delete_channel(ivs: IVSBackend, *, arn: str) -> None:
    find(ivs.channels, arn)
    _refuse_while_live(ivs, "DeleteChannel", arn)
    for key in ivs.keys_of(arn):
        del ivs.stream_keys[key.arn]
    ivs.agenda.cancel(arn)
    ivs.sessions.pop(arn, None)
    ivs.recordings.pop(arn, None)
    ivs.keys_made.pop(arn, None)
    ivs.revocations.forget(arn)
    del ivs.channels[arn]


def _refuse_while_live(ivs: IVSBackend, operation: str, arn: str) -> None:
    if ivs.open_session(arn):
        raise ConflictException(f"Unable to perform: ivs:{operation} while resource: {arn} is live")


def _changed(ivs: IVSBackend, channel: Channel, settings: dict[str, Any]) -> Channel:
    for arn in (settings.get(name, "") for name in REFERENCES):
        if arn:
            find(ivs.shelf(arn), arn)
    changed = replace(channel, **settings)
    if "preset" not in settings:
        changed = replace(changed, preset=_preset(changed))
    _check_preset(changed)
    _check_format(changed)
    return changed


def _preset(channel: Channel) -> str:
    if channel.type not in ADVANCED:
        return ""
    return channel.preset or "HIGHER_BANDWIDTH_DELIVERY"


def _check_preset(channel: Channel) -> None:
    if channel.preset and channel.type not in ADVANCED:
        raise ValidationException(
            f'preset = "{channel.preset}": only for the types {" and ".join(ADVANCED)}'
        )


def _check_format(channel: Channel) -> None:
    fragmented = channel.container_format == "FRAGMENTED_MP4"
    if channel.ad_configuration_arn and fragmented:
        raise ValidationException("adConfigurationArn: not with containerFormat FRAGMENTED_MP4")
    multitrack = channel.multitrack_input_configuration or {}
    if not multitrack.get("enabled"):
        return
    if not (fragmented and channel.type == "STANDARD" and multitrack.keys() >= MULTITRACK_NEEDS):
        raise ValidationException(
            "multitrackInputConfiguration.enabled: needs policy, maximumResolution, type STANDARD"
            " and containerFormat FRAGMENTED_MP4"
        )
