"""A session from its creation to its end, with the events that IVS sends on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from . import ingest, recordings
from .agenda import step
from .events import LIMIT_BREACH, STREAM_STATE_CHANGE
from .stream_sessions import Phase, StreamSession, measure, publish, whole_second

if TYPE_CHECKING:
    from .encoders import Encoder
    from .models import IVSBackend

    SessionStep = Callable[[IVSBackend, StreamSession, datetime], None]


@dataclass
class Timing:
    """How long things take, each as a span that a test may change."""

    to_start: timedelta = timedelta(seconds=7)
    to_end_after_stop: timedelta = timedelta(seconds=2)
    to_end_time: timedelta = timedelta(seconds=1)
    without_data: timedelta = timedelta(seconds=30)
    to_recording_start: timedelta = timedelta(seconds=1)
    to_recording_end: timedelta = timedelta(seconds=10)
    to_create_configuration: timedelta = timedelta(seconds=5)
    to_ad_break: timedelta = timedelta(seconds=10)


def create(ivs: IVSBackend, channel_arn: str, encoder: Encoder, at: datetime) -> StreamSession:
    """The key was accepted; nothing can be watched yet."""
    channel = ivs.channels[channel_arn]
    session = StreamSession(ivs.identifiers.stream_id(), channel, at, encoder=encoder)
    recording, slate = channel.recording_configuration_arn, channel.failover_slate_configuration_arn
    session.recording_configuration = ivs.recording_configurations.get(recording)
    session.failover_slate_configuration = ivs.failover_slates.get(slate)
    recordings.hold(ivs, session)
    ivs.sessions.setdefault(channel_arn, {})[session.stream_id] = session
    publish(ivs, session, STREAM_STATE_CHANGE, "Session Created", at)
    later(ivs, session, at + ivs.timing.to_start, _start)
    return session


def let_end(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """The encoder was cut off; viewers still see for a moment what it sent."""
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    session.phase = Phase.ENDING
    later(ivs, session, at + ivs.timing.to_end_after_stop, end)


@step
def end(ivs: IVSBackend, session: StreamSession, at: datetime, **why: Any) -> None:
    """No more video, no more segments; the session has its end time a moment later."""
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    was_live, session.phase, session.over_at = session.is_live, Phase.OVER, at
    measure(session, at)
    if was_live:
        publish(ivs, session, STREAM_STATE_CHANGE, "Stream End", at)
    publish(ivs, session, STREAM_STATE_CHANGE, "Session Ended", at, **why)
    recordings.stop(ivs, session, at)
    if ivs.readings.end_time_at_once:
        _note_end(ivs, session, at)
    else:
        later(ivs, session, at + ivs.timing.to_end_time, _note_end)


def fail(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """IVS itself cannot process the stream."""
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    session.phase = Phase.OVER
    why = "Transcode capacity exceeded. Please try again."
    publish(ivs, session, STREAM_STATE_CHANGE, "Stream Failure", at, reason=why)
    end(ivs, session, at)


def end_if_beyond_limits(ivs: IVSBackend, session: StreamSession, at: datetime) -> bool:
    """End a session whose video its channel may not take; returns whether it did."""
    if session.encoder is None:
        return False
    breach = ingest.breach(session.channel, session.encoder.video)
    if breach:
        publish(ivs, session, LIMIT_BREACH, breach.name, at, **breach.detail())
        end(ivs, session, at)
        return True
    code = ingest.mismatch(session.channel, session.encoder.video)
    if code:
        end(ivs, session, at, code=code)
    return code is not None


def later(ivs: IVSBackend, session: StreamSession, at: datetime, action: SessionStep) -> None:
    """Schedule the session's next step; what happens to it earlier cancels that."""
    ivs.agenda.add(at, partial(action, ivs, session), session.channel.arn, session.stream_id)


@step
def _start(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    if end_if_beyond_limits(ivs, session, at):
        return
    session.phase, session.start_time = Phase.STARTED, whole_second(at)
    measure(session, at)
    publish(ivs, session, STREAM_STATE_CHANGE, "Stream Start", at)
    later(ivs, session, at + ivs.timing.to_recording_start, recordings.start)


@step
def _note_end(_: IVSBackend, session: StreamSession, at: datetime) -> None:
    session.end_time = whole_second(at)
