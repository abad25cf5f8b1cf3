"""Encoders: who sends video in, with the stream key they were given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import lifecycle
from .events import STREAM_HEALTH_CHANGE
from .stream_sessions import Phase, StreamSession

if TYPE_CHECKING:
    from .models import IVSBackend

# IVS's own broadcast SDKs give up after as many; a loop without end would never be done.
TRIES = 5


class EncoderRefused(Exception):
    """The ingest server does not do what this encoder wants; the text never holds the key."""


@dataclass(frozen=True)
class Encoder:
    """An encoder knows one key; cut off, it may come back by itself, with just that key."""

    key_value: str = field(repr=False)
    reconnect_after: timedelta | None = None


def connect(ivs: IVSBackend, encoder: Encoder, at: datetime) -> StreamSession:
    """Go live; a session that is about to end makes way, any other does not."""
    channel_arn = _channel_of(ivs, encoder)
    session = ivs.open_session(channel_arn)
    if session and session.phase is not Phase.ENDING:
        raise EncoderRefused(f"{channel_arn} has a stream already")
    if session:
        lifecycle.end(ivs, session, at)
    ivs.agenda.cancel(channel_arn, "reconnect")
    return lifecycle.create(ivs, channel_arn, encoder, at)


def disconnect(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    """The encoder leaves by its own will, and does not come back."""
    session = ivs.open_session(channel_arn)
    if session is None:
        raise EncoderRefused(f"{channel_arn} has no encoder that could leave")
    ivs.agenda.cancel(channel_arn, "reconnect")
    lifecycle.end(ivs, session, at)


def cut(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """IVS throws the encoder of a live stream out."""
    if session.phase is Phase.STARTED:
        lifecycle.let_end(ivs, session, at)
        _come_back(ivs, session, at)


def starve(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    """The encoder falls silent; the ingest server bears that for half a minute."""
    session = _started(ivs, channel_arn, health="HEALTHY")
    session.health = "STARVING"
    lifecycle.tell(ivs, session, STREAM_HEALTH_CHANGE, "Starvation Start", at)

    def give_up(due: datetime) -> None:
        lifecycle.end(ivs, session, due)
        _come_back(ivs, session, due)

    lifecycle.later(ivs, session, at + ivs.timing.without_data, give_up)


def recover(ivs: IVSBackend, channel_arn: str, at: datetime) -> None:
    session = _started(ivs, channel_arn, health="STARVING")
    session.health = "HEALTHY"
    ivs.agenda.cancel(channel_arn, session.stream_id)
    lifecycle.tell(ivs, session, STREAM_HEALTH_CHANGE, "Starvation End", at)


def _channel_of(ivs: IVSBackend, encoder: Encoder) -> str:
    for key in ivs.stream_keys.values():
        if key.value == encoder.key_value:
            return key.channel_arn
    raise EncoderRefused("no channel has this stream key")


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
    def attempt(due: datetime) -> None:
        try:
            connect(ivs, encoder, due)
        except EncoderRefused:
            if tries > 1 and encoder.reconnect_after is not None:
                again = due + encoder.reconnect_after
                _try_later(ivs, channel_arn, encoder, again, tries - 1)

    ivs.agenda.add(at, attempt, channel_arn, "reconnect")
