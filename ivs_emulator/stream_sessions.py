"""Stream sessions: one for each time a channel goes live."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from . import ingest
from .errors import ChannelNotBroadcasting, ResourceNotFoundException
from .events import LIMIT_BREACH, discriminator, envelope
from .paging import PageRequest, page
from .resources import find

if TYPE_CHECKING:
    from .channels import Channel
    from .encoders import Encoder
    from .failover_slates import FailoverSlateConfiguration
    from .ingest import Video
    from .models import IVSBackend
    from .recording_configurations import RecordingConfiguration
    from .recordings import Recording

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


@dataclass(frozen=True)
class Sent:
    """What arrives from an encoder since a moment; None: nothing."""

    at: datetime
    video: Video | None


@dataclass
class StreamSession:
    """One go-live, with its configurations as they were then."""

    stream_id: str
    channel: Channel
    created_at: datetime
    phase: Phase = Phase.CREATED
    start_time: datetime | None = None
    over_at: datetime | None = None
    end_time: datetime | None = None
    health: str = "HEALTHY"
    viewer_count: int = 0
    has_error_event: bool = False
    encoder: Encoder | None = None
    takeovers: int = 0
    recording_configuration: RecordingConfiguration | None = None
    failover_slate_configuration: FailoverSlateConfiguration | None = None
    recording: Recording | None = None
    ad_break_until: datetime | None = None
    sent: list[Sent] = field(default_factory=list)
    events: deque[StreamEvent] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))

    @property
    def is_live(self) -> bool:
        return self.phase in LIVE

    def was_live(self, at: datetime) -> bool:
        """As a lagging reader sees it."""
        started = self.start_time is not None and self.start_time <= at
        return started and (self.over_at is None or at < self.over_at)

    @property
    def truncated_events(self) -> list[StreamEvent]:
        """The last events, newest first."""
        return list(reversed(self.events))

    @property
    def ingest_configuration(self) -> dict[str, Any] | None:
        seen = self.start_time and self.encoder
        return ingest.configuration(self.encoder.video) if seen and self.encoder else None

    @property
    def ingest_configurations(self) -> dict[str, Any] | None:
        seen = self.start_time and self.encoder
        return ingest.configurations(self.encoder.video) if seen and self.encoder else None


def publish(
    ivs: IVSBackend, session: StreamSession, kind: str, name: str, at: datetime, **more: Any
) -> None:
    """Add the event to the session and send it to the bus."""
    note(session, StreamEvent(name, kind, whole_second(at), more.get("code")))
    detail = {
        discriminator(ivs, kind): name,
        "channel_name": session.channel.name,
        "stream_id": session.stream_id,
        **more,
    }
    ivs.emit(envelope(ivs, kind, [session.channel.arn], detail, at))


def measure(session: StreamSession, at: datetime) -> None:
    """Note what arrives from now on, for the metrics of the stream."""
    arrives = session.is_live and session.health == "HEALTHY" and session.encoder
    session.sent.append(Sent(at, session.encoder.video if arrives and session.encoder else None))


def note(session: StreamSession, event: StreamEvent) -> None:
    """Add an event; a breach or a failure marks its session."""
    session.events.append(event)
    if event.type == LIMIT_BREACH or event.name.endswith("Failure"):
        session.has_error_event = True


def whole_second(at: datetime) -> datetime:
    """IVS's times are whole seconds."""
    return at.replace(microsecond=0)


def live(ivs: IVSBackend, channel_arn: str) -> StreamSession:
    """The session that GetStream shows, or the refusal that GetStream gives."""
    find(ivs.channels, channel_arn)
    session = ivs.live_session(channel_arn)
    if session is None:
        raise ChannelNotBroadcasting(f"Channel: {channel_arn} is not currently online")
    return session


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
