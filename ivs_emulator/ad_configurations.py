"""Ad configurations, and the ad breaks that are put into a stream by them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit import quotas

from .errors import ConflictException, ValidationException
from .events import AD_BREAK_STATE_CHANGE, timestamp
from .paging import PageRequest, page
from .resources import Resource, find, refuse_beyond, refuse_while_attached
from .stream_sessions import live, publish, whole_second

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True, kw_only=True)
class AdConfiguration(Resource):
    media_tailor_playback_configurations: list[dict[str, str]]
    name: str = ""
    post_roll_configuration: dict[str, Any] = field(
        default_factory=lambda: {"enabled": False, "duration_seconds": 15}
    )


def create_ad_configuration(
    ivs: IVSBackend, *, tags: dict[str, str] | None = None, **settings: Any
) -> dict[str, object]:
    arn = ivs.identifiers.arn("ad-configuration")
    configuration = _checked(AdConfiguration(arn=arn, tags=tags or {}, **settings))
    there_are = len(ivs.ad_configurations)
    refuse_beyond(quotas.AD_CONFIGURATIONS, there_are, "Ad configurations")
    ivs.ad_configurations[arn] = configuration
    return {"adConfiguration": configuration}


def get_ad_configuration(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"adConfiguration": find(ivs.ad_configurations, arn)}


def update_ad_configuration(ivs: IVSBackend, *, arn: str, **settings: Any) -> dict[str, object]:
    configuration = _checked(replace(find(ivs.ad_configurations, arn), **settings))
    ivs.ad_configurations[arn] = configuration
    return {"adConfiguration": configuration}


def delete_ad_configuration(ivs: IVSBackend, *, arn: str) -> None:
    find(ivs.ad_configurations, arn)
    refuse_while_attached(ivs, arn, "ad_configuration_arn")
    del ivs.ad_configurations[arn]


def list_ad_configurations(
    ivs: IVSBackend, *, max_results: int = quotas.AD_CONFIGURATIONS, next_token: str | None = None
) -> dict[str, object]:
    request = PageRequest(max_results, next_token, "ListAdConfigurations")
    here, token = page(ivs.ad_configurations.values(), lambda made: made.arn, request)
    return {"adConfigurations": here, "nextToken": token}


def insert_ad_break(
    ivs: IVSBackend,
    *,
    channel_arn: str,
    duration_seconds: int,
    ad_break_id: str | None = None,
    target_start_at: datetime | None = None,
) -> dict[str, object]:
    now = ivs.now()
    session = live(ivs, channel_arn)
    if not session.channel.ad_configuration_arn:
        raise ValidationException(f"channelArn: {channel_arn} has no ad configuration")
    target = whole_second(target_start_at or now + ivs.timing.to_ad_break)
    if target_start_at and target_start_at < now:
        raise ValidationException(f"targetStartAt = {timestamp(target)}: is past")
    if session.ad_break_until and now < session.ad_break_until:
        raise ConflictException(f"Channel: {channel_arn} has an ad break in progress")
    session.ad_break_until = target + timedelta(seconds=duration_seconds)
    detail = {
        "ad_break_id": ad_break_id or ivs.identifiers.ad_break_id(),
        "duration_seconds": duration_seconds,
        "target_start_time": timestamp(target),
    }
    publish(ivs, session, AD_BREAK_STATE_CHANGE, "Ad Break Inserted", now, **detail)
    return {"adBreakId": detail["ad_break_id"], "targetStartAt": target}


def _checked(configuration: AdConfiguration) -> AdConfiguration:
    for index, playback in enumerate(configuration.media_tailor_playback_configurations):
        if "playback_configuration_arn" not in playback:
            raise ValidationException(
                f"mediaTailorPlaybackConfigurations[{index}].playbackConfigurationArn: is required"
            )
    return configuration
