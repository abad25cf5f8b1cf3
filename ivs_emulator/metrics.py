"""The metrics of a channel that IVS publishes in CloudWatch, a value for each minute.

Source: User Guide "Monitoring Amazon IVS with Amazon CloudWatch". A minute in which nothing
arrives has no value.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from .stream_sessions import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .ingest import Video
    from .models import IVSBackend
    from .stream_sessions import StreamSession

MINUTE = timedelta(minutes=1)
# CloudWatch has a value a minute after it was measured.
APPEARS_AFTER = MINUTE
METRICS: Mapping[str, Callable[[Video], float]] = {
    "IngestBitrate": lambda video: video.bitrate + video.audio_bitrate,
    "IngestVideoBitrate": lambda video: video.bitrate,
    "IngestAudioBitrate": lambda video: video.audio_bitrate,
    "IngestFramerate": lambda video: video.framerate,
    "KeyframeInterval": lambda video: video.keyframe_interval,
}


def of_channel(
    ivs: IVSBackend, channel_id: str, metric: str, *, since: datetime, until: datetime
) -> list[tuple[datetime, float]]:
    """The minutes from `since` to `until` that CloudWatch shows now, each with its average."""
    arn = next((arn for arn in ivs.channels if arn.endswith(f"/{channel_id}")), "")
    spans = [span for session in ivs.sessions_of(arn) for span in _spans(ivs, session)]
    minute = since.replace(second=0, microsecond=0)
    found = []
    while minute < min(until, ivs.now() - APPEARS_AFTER):
        value = _average(spans, metric, minute)
        if value is not None:
            found.append((minute, value))
        minute += MINUTE
    return found


def _spans(ivs: IVSBackend, session: StreamSession) -> Iterator[tuple[datetime, datetime, Video]]:
    """From when to when an encoder sent what."""
    for one, other in pairwise([*session.sent, Sent(ivs.now(), None)]):
        if one.video is not None:
            yield one.at, other.at, one.video


def _average(
    spans: list[tuple[datetime, datetime, Video]], metric: str, minute: datetime
) -> float | None:
    shares = [
        ((min(until, minute + MINUTE) - max(since, minute)) / MINUTE, METRICS[metric](video))
        for since, until, video in spans
        if since < minute + MINUTE and until > minute
    ]
    whole = sum(share for share, _ in shares)
    return sum(share * value for share, value in shares) / whole if whole else None
