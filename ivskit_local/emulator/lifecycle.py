"""A session from its creation to its end, with the events that IVS sends on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .events import STREAM_STATE_CHANGE, envelope
from .stream_sessions import Phase, StreamEvent, StreamSession

if TYPE_CHECKING:
    from .encoders import Encoder
    from .models import IVSBackend


@dataclass
class Timing:
    """How long things take, each as a span that a test may change."""

    to_start: timedelta = timedelta(seconds=7)
    to_end_after_stop: timedelta = timedelta(seconds=2)
    to_end_time: timedelta = timedelta(seconds=1)
    without_data: timedelta = timedelta(seconds=30)


def create(ivs: IVSBackend, channel_arn: str, encoder: Encoder, at: datetime) -> StreamSession:
    """The key was accepted; nothing can be watched yet."""
    channel = ivs.channels[channel_arn]
    session = StreamSession(ivs.identifiers.stream_id(), channel, at, encoder=encoder)
    ivs.sessions.setdefault(channel_arn, {})[session.stream_id] = session
    tell(ivs, session, STREAM_STATE_CHANGE, "Session Created", at)
    later(ivs, session, at + ivs.timing.to_start, lambda due: _start(ivs, session, due))
    return session


def let_end(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """The encoder was cut off; what it sent is still being watched for a moment."""
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    session.phase = Phase.ENDING
    due = at + ivs.timing.to_end_after_stop
    later(ivs, session, due, lambda due: end(ivs, session, due))


def end(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """No more video, no more segments; the session has its end time a moment later."""
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    was_live, session.phase = session.is_live, Phase.OVER
    if was_live:
        tell(ivs, session, STREAM_STATE_CHANGE, "Stream End", at)
    tell(ivs, session, STREAM_STATE_CHANGE, "Session Ended", at)
    later(ivs, session, at + ivs.timing.to_end_time, lambda due: _note_end(session, due))


def tell(ivs: IVSBackend, session: StreamSession, kind: str, name: str, at: datetime) -> None:
    """Keep the event in the session and send it to the bus."""
    session.events.append(StreamEvent(name, kind, whole_second(at)))
    detail = {
        "event_name": name,
        "channel_name": session.channel.name,
        "stream_id": session.stream_id,
    }
    ivs.emit(envelope(ivs, kind, [session.channel.arn], detail, at))


def later(
    ivs: IVSBackend, session: StreamSession, at: datetime, step: Callable[[datetime], None]
) -> None:
    """Do the next step with a session at its time, unless something else happens to it before."""
    ivs.agenda.add(at, step, session.channel.arn, session.stream_id)


def whole_second(at: datetime) -> datetime:
    """IVS tells time in seconds."""
    return at.replace(microsecond=0)


def _start(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    session.phase, session.start_time = Phase.STARTED, whole_second(at)
    tell(ivs, session, STREAM_STATE_CHANGE, "Stream Start", at)


def _note_end(session: StreamSession, at: datetime) -> None:
    session.end_time = whole_second(at)
