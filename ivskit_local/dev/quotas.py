"""How much of each quota of IVS a stage uses, and when streams and viewers are full."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ivs_emulator import IVSBackend
from ivskit.quota_use import (
    ADS,
    CHANNELS,
    KEY_PAIRS,
    POLICIES,
    RECORDINGS,
    STREAMS,
    VIEWS,
    Quota,
    Use,
    full_in,
)

_TREND_OF = timedelta(hours=1)
_EVERY = timedelta(minutes=5)
Points = Sequence[tuple[datetime, float]]


def uses(ivs: IVSBackend, *, since: datetime, now: datetime, viewers: Points) -> Sequence[Use]:
    """What is used now, and the forecast at the growth of the last hour.

    since: when the stage began; viewers: how many watched, at some moments of the last hour.
    """
    live = [each for each in map(ivs.live_session, ivs.channels) if each is not None]
    watching = sum(max(0, each.viewer_count) for each in live)
    trends = {STREAMS: _streams(ivs, since, now), VIEWS: [*viewers, (now, watching)]}
    counted = {STREAMS: len(live), VIEWS: watching, **_configured(ivs)}
    limits = {
        STREAMS: ivs.limits.concurrent_streams,
        VIEWS: ivs.limits.concurrent_views,
        CHANNELS: ivs.limits.channels,
        RECORDINGS: ivs.limits.recording_configurations,
    }
    return [
        _use(quota, used, limits.get(quota, quota.default), trends.get(quota, ()))
        for quota, used in counted.items()
    ]


def _use(quota: Quota, used: int, limit: int, trend: Points) -> Use:
    return Use(quota, used, limit, is_own=True, full_in=full_in(trend, used, limit))


def _configured(ivs: IVSBackend) -> dict[Quota, int]:
    return {
        CHANNELS: len(ivs.channels),
        RECORDINGS: len(ivs.recording_configurations),
        KEY_PAIRS: len(ivs.playback_key_pairs),
        POLICIES: len(ivs.playback_restriction_policies),
        ADS: len(ivs.ad_configurations),
    }


def _streams(ivs: IVSBackend, since: datetime, now: datetime) -> Points:
    sessions = [each for arn in ivs.channels for each in ivs.sessions_of(arn)]
    return [(at, sum(each.was_live(at) for each in sessions)) for at in _moments(since, now)]


def _moments(since: datetime, now: datetime) -> Iterator[datetime]:
    at = now
    while at >= max(since, now - _TREND_OF):
        yield at
        at -= _EVERY
