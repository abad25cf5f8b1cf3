"""Streams: what is live now, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ivskit import quotas

from . import encoders
from .errors import ValidationException
from .paging import PageRequest, page
from .stream_sessions import StreamSession, live, whole_second

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True)
class Metadata:
    """A text that went into a stream; viewers see it, logs must not."""

    channel_arn: str
    stream_id: str
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True)
class Stream:
    """A live session as GetStream and ListStreams show it."""

    channel_arn: str
    stream_id: str
    playback_url: str
    start_time: datetime | None
    health: str
    viewer_count: int
    state: str = "LIVE"


def get_stream(ivs: IVSBackend, *, channel_arn: str) -> dict[str, object]:
    return {"stream": _shown(live(ivs, channel_arn))}


def list_streams(
    ivs: IVSBackend,
    *,
    filter_by: dict[str, str] | None = None,
    max_results: int = 100,
    next_token: str | None = None,
) -> dict[str, object]:
    health = (filter_by or {}).get("health")
    sessions = (ivs.live_session(arn) for arn in ivs.sessions)
    wanted = [_shown(s) for s in sessions if s and health in (None, s.health)]
    request = PageRequest(max_results, next_token, f"ListStreams {health}")
    streams, token = page(wanted, lambda stream: stream.stream_id, request)
    return {"streams": streams, "nextToken": token}


def stop_stream(ivs: IVSBackend, *, channel_arn: str) -> None:
    encoders.cut(ivs, live(ivs, channel_arn), ivs.now())


def put_metadata(ivs: IVSBackend, *, channel_arn: str, metadata: str) -> None:
    session = live(ivs, channel_arn)
    size = len(metadata.encode())
    if size > quotas.METADATA_BYTES:
        raise ValidationException(
            f"metadata: must have at most {quotas.METADATA_BYTES} bytes, has {size}"
        )
    ivs.metadata.append(Metadata(channel_arn, session.stream_id, ivs.now(), metadata))


def _shown(session: StreamSession) -> Stream:
    return Stream(
        channel_arn=session.channel.arn,
        stream_id=session.stream_id,
        playback_url=session.channel.playback_url,
        start_time=session.start_time or whole_second(session.created_at),
        health=session.health,
        viewer_count=session.viewer_count,
    )
