"""Takeovers: an encoder of higher priority continues the stream of another."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .events import STREAM_HEALTH_CHANGE, STREAM_STATE_CHANGE
from .stream_sessions import StreamSession, measure, publish

if TYPE_CHECKING:
    from .encoders import Encoder
    from .models import IVSBackend

HIGHEST_PRIORITY = 2**31 - 1


class EncoderRefused(Exception):
    """The ingest server refuses the encoder; the text never contains the key."""


class InvalidPriority(EncoderRefused):
    """A priority that no encoder may have."""


def check_priority(priority: int | None) -> None:
    """None is an encoder without a priority, which ranks below all others."""
    if priority is not None and not 1 <= priority <= HIGHEST_PRIORITY:
        raise InvalidPriority(f"priority must be from 1 to {HIGHEST_PRIORITY}, not {priority}")


def take_over(
    ivs: IVSBackend, session: StreamSession, encoder: Encoder, at: datetime
) -> StreamSession:
    """The session continues with another encoder; starvation ends."""
    code = _objection(ivs, session, encoder)
    if code:
        publish(ivs, session, STREAM_STATE_CHANGE, "Stream Takeover Failure", at, code=code)
        raise EncoderRefused(f"{session.channel.arn} cannot be taken over: {code}")
    session.encoder = encoder
    measure(session, at)
    session.takeovers += 1
    publish(ivs, session, STREAM_STATE_CHANGE, "Stream Takeover", at)
    if session.health == "STARVING":
        end_starvation(ivs, session, at)
    return session


def end_starvation(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    session.health = "HEALTHY"
    measure(session, at)
    ivs.agenda.cancel(session.channel.arn, session.stream_id, "silence")
    publish(ivs, session, STREAM_HEALTH_CHANGE, "Starvation End", at)


def _objection(ivs: IVSBackend, session: StreamSession, encoder: Encoder) -> str | None:
    present = session.encoder
    rank = 0 if present is None or present.priority is None else present.priority
    if encoder.priority is None or not rank < encoder.priority <= HIGHEST_PRIORITY:
        return "StreamTakeoverInvalidPriority"
    if present and not encoder.video.can_take_over(present.video):
        return "StreamTakeoverMediaMismatch"
    if session.takeovers >= ivs.limits.takeovers_per_stream:
        return "StreamTakeoverLimitBreached"
    return None
