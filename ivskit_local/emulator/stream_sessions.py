"""Stream sessions: one for each time a channel goes live."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from .errors import ResourceNotFoundException
from .paging import PageRequest, page
from .resources import find

if TYPE_CHECKING:
    from .channels import Channel
    from .encoders import Encoder
    from .models import IVSBackend

EVENTS_KEPT = 500


class Phase(Enum):
    """How far a session is. To the API, a stream is live while STARTED or ENDING."""

    CREATED = auto()
    STARTED = auto()
    ENDING = auto()
    OVER = auto()


LIVE = (Phase.STARTED, Phase.ENDING)


@dataclass(frozen=True)
class StreamEvent:
    name: str
    type: str
    event_time: datetime
    code: str | None = None


@dataclass
class StreamSession:
    stream_id: str
    channel: Channel
    created_at: datetime
    phase: Phase = Phase.CREATED
    start_time: datetime | None = None
    end_time: datetime | None = None
    health: str = "HEALTHY"
    viewer_count: int = 0
    has_error_event: bool = False
    encoder: Encoder | None = None
    events: deque[StreamEvent] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))

    @property
    def is_live(self) -> bool:
        return self.phase in LIVE

    @property
    def truncated_events(self) -> list[StreamEvent]:
        """The last events, newest first."""
        return list(reversed(self.events))


def get_stream_session(
    ivs: IVSBackend, *, channel_arn: str, stream_id: str | None = None
) -> dict[str, object]:
    find(ivs.channels, channel_arn)
    sessions = ivs.sessions_of(channel_arn)
    wanted = [s for s in sessions if stream_id in (None, s.stream_id)]
    if not wanted:
        raise ResourceNotFoundException(
            f"Stream session: {stream_id or 'the newest'} of {channel_arn} not found"
        )
    return {"streamSession": max(reversed(wanted), key=lambda s: s.created_at)}


def list_stream_sessions(
    ivs: IVSBackend, *, channel_arn: str, max_results: int = 100, next_token: str | None = None
) -> dict[str, object]:
    find(ivs.channels, channel_arn)
    request = PageRequest(max_results, next_token, f"ListStreamSessions {channel_arn}")
    sessions, token = page(ivs.sessions_of(channel_arn), lambda s: s.stream_id, request)
    return {"streamSessions": sessions, "nextToken": token}
