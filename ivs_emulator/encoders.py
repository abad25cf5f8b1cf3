"""Encoders: they send video in, with the stream key that they were given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from . import lifecycle, takeovers
from .agenda import step
from .events import LIMIT_BREACH, STREAM_HEALTH_CHANGE, envelope
from .ingest import Breach, Video
from .stream_sessions import Phase, StreamSession, measure, publish
from .takeovers import EncoderRefused

if TYPE_CHECKING:
    from .models import IVSBackend

# IVS's own broadcast SDKs give up after as many; a loop without end would never be done.
TRIES = 5
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True)
class Encoder:
    """An encoder knows one key; cut off, it may come back by itself, with just that key."""

    key_value: str = field(repr=False)
    reconnect_after: timedelta | None = None
    priority: int | None = None
    video: Video = field(default_factory=Video)


@dataclass(frozen=True)
class Refusal:
    """An encoder that came back by itself was refused: when, on which channel, and why."""

    at: datetime
    channel_arn: str
    why: str


def key_in(name: str) -> str:
    """The stream key in what an encoder connects with, which may be `KEY?priority=5`."""
    return name.partition("?")[0]


def priority_in(name: str) -> int | None:
    """The priority in it; raises InvalidPriority if it is no number."""
    given = parse_qs(name.partition("?")[2], keep_blank_values=True).get("priority", [])
    if not given:
        return None
    if len(given) > 1 or not WHOLE_NUMBER.fullmatch(given[0]):
        raise takeovers.InvalidPriority("priority must be one whole number")
    return int(given[0])


def connect(ivs: IVSBackend, encoder: Encoder, at: datetime) -> StreamSession:
    """Go live, or take a stream over; a session that is about to end makes way."""
    channel_arn = _channel_of(ivs, encoder)
    session = ivs.open_session(channel_arn)
    if session and session.phase is not Phase.ENDING:
        if encoder.priority is None:
            raise EncoderRefused(f"{channel_arn} has a stream already")
        return takeovers.take_over(ivs, session, encoder, at)
    takeovers.check_priority(encoder.priority)
    if session:
        lifecycle.end(ivs, session, at)
    _refuse_beyond_concurrency(ivs, at)
    ivs.agenda.cancel(channel_arn, "reconnect")
    return lifecycle.create(ivs, channel_arn, encoder, at)


def disconnect(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    """The encoder disconnects and does not come back."""
    ivs.agenda.cancel(channel_arn, "reconnect")
    lifecycle.end(ivs, _open(ivs, channel_arn), at)


def cut(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """IVS disconnects the encoder of a live stream."""
    if session.phase is Phase.ENDING:
        return
    at_once = session.phase is Phase.CREATED or ivs.readings.stops_at_once
    (lifecycle.end if at_once else lifecycle.let_end)(ivs, session, at)
    _come_back(ivs, session, at)


def fail(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    """IVS has no capacity to process what the encoder sends."""
    session = _open(ivs, channel_arn)
    lifecycle.fail(ivs, session, at)
    _come_back(ivs, session, at)


def starve(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    """The encoder sends no data; after half a minute the ingest server disconnects it."""
    session = _started(ivs, channel_arn, health="HEALTHY")
    session.health = "STARVING"
    measure(session, at)
    publish(ivs, session, STREAM_HEALTH_CHANGE, "Starvation Start", at)
    about = (channel_arn, session.stream_id, "silence")
    ivs.agenda.add(at + ivs.timing.without_data, partial(_give_up, ivs, session), *about)


@step
def _give_up(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    lifecycle.end(ivs, session, at)
    _come_back(ivs, session, at)


def recover(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    takeovers.end_starvation(ivs, _started(ivs, channel_arn, health="STARVING"), at)


def send(ivs: IVSBackend, channel_arn: str, video: Video, at: datetime) -> None:
    """Change what the encoder sends, perhaps to more than its channel may take."""
    session = _open(ivs, channel_arn)
    if session.encoder:
        session.encoder = replace(session.encoder, video=video)
    if session.is_live:
        measure(session, at)
        lifecycle.end_if_beyond_limits(ivs, session, at)


def watch(ivs: IVSBackend, channel_arn: str, viewers: int, at: datetime) -> None:
    """Set the viewer count; -1 is IVS's "could not count"."""
    session = ivs.live_session(channel_arn)
    if session is None:
        raise EncoderRefused(f"{channel_arn} has no stream that could be watched")
    before = _viewers(ivs)
    session.viewer_count = viewers
    limit, now = ivs.limits.concurrent_views, _viewers(ivs)
    if before <= limit < now:
        _tell_account(ivs, Breach("Concurrent Viewers", limit, now - limit, "viewers"), at)


def _viewers(ivs: IVSBackend) -> int:
    live = (ivs.live_session(arn) for arn in ivs.sessions)
    return sum(max(0, session.viewer_count) for session in live if session)


def _refuse_beyond_concurrency(ivs: IVSBackend, at: datetime) -> None:
    limit = ivs.limits.concurrent_streams
    streams = 1 + sum(ivs.open_session(arn) is not None for arn in ivs.sessions)
    if streams > limit:
        breach = Breach("Concurrent Broadcasts", limit, streams - limit, "active streams")
        _tell_account(ivs, breach, at)
        raise EncoderRefused(f"{limit} streams are live already, which is the account's limit")


def _tell_account(ivs: IVSBackend, breach: Breach, at: datetime) -> None:
    detail = {ivs.limit_member: breach.name, **breach.detail()}
    ivs.emit(envelope(ivs, LIMIT_BREACH, [], detail, at))


def _channel_of(ivs: IVSBackend, encoder: Encoder) -> str:
    for key in ivs.stream_keys.values():
        if key.value == encoder.key_value:
            return key.channel_arn
    raise EncoderRefused("no channel has this stream key")


def _open(ivs: IVSBackend, channel_arn: str) -> StreamSession:
    session = ivs.open_session(channel_arn)
    if session is None:
        raise EncoderRefused(f"{channel_arn} has no encoder connected")
    return session


def _started(ivs: IVSBackend, channel_arn: str, *, health: str) -> StreamSession:
    session = ivs.open_session(channel_arn)
    if session is None or session.phase is not Phase.STARTED or session.health != health:
        raise EncoderRefused(f"{channel_arn} has no stream that is {health} now")
    return session


def _come_back(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    encoder = session.encoder
    if encoder and encoder.reconnect_after is not None:
        _try_later(ivs, session.channel.arn, encoder, at + encoder.reconnect_after, TRIES)


def _try_later(
    ivs: IVSBackend, channel_arn: str, encoder: Encoder, at: datetime, tries: int
) -> None:
    ivs.agenda.add(at, partial(_try, ivs, channel_arn, encoder, tries), channel_arn, "reconnect")


@step
def _try(ivs: IVSBackend, channel_arn: str, encoder: Encoder, tries: int, at: datetime) -> None:
    try:
        connect(ivs, encoder, at)
    except EncoderRefused as refused:
        ivs.refusals.append(Refusal(at, channel_arn, str(refused)))
        if tries > 1 and encoder.reconnect_after is not None:
            again = at + encoder.reconnect_after
            _try_later(ivs, channel_arn, encoder, again, tries - 1)
