"""Bring IVS to the state that a recorded event implies, without publishing an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from . import channels, events
from .encoders import Encoder
from .models import IVSBackend
from .stream_keys import add_stream_key
from .stream_sessions import Phase, StreamEvent, StreamSession, note, whole_second
from .tags import set_tags

BackendLookup = Callable[[str, str], IVSBackend]

CHANNEL_ARN = re.compile(r"arn:aws:ivs:([a-z0-9-]+):([0-9]+):channel/[a-zA-Z0-9-]+")
STREAM_ID = re.compile(r"st-[a-zA-Z0-9]{23}")
CHANNEL_NAME = re.compile(r"[a-zA-Z0-9-_]{1,128}")
# Commands that take it for granted that their channels are live.
LIVE_COMMANDS = {"Push Metadata", "Stop Stream"}

# The phase a session is in once the event of this name, status or limit has been sent.
PHASES = {
    "Session Created": Phase.CREATED,
    **dict.fromkeys(("Stream End", "Session Ended", "Stream Failure"), Phase.OVER),
    **dict.fromkeys(("Recording End", "Recording End Failure"), Phase.OVER),
}
IVS_DETAIL_TYPES = {
    events.STREAM_STATE_CHANGE,
    events.STREAM_HEALTH_CHANGE,
    events.LIMIT_BREACH,
    events.RECORDING_STATE_CHANGE,
    events.AD_BREAK_STATE_CHANGE,
}
# How long a stream has been live when an event shows it live without a start time.
ASSUMED_AGE = timedelta(minutes=1)


@dataclass(frozen=True)
class Spoken:
    """What an event says about one channel."""

    kind: str
    name: str
    at: datetime
    channel_name: str
    stream_id: str | None
    code: str | None

    @property
    def phase(self) -> Phase | None:
        if self.kind in IVS_DETAIL_TYPES and self.stream_id:
            return PHASES.get(self.name, Phase.STARTED)
        return Phase.STARTED if self.kind in LIVE_COMMANDS else None


def bring_to(backend_lookup: BackendLookup, event: dict[str, Any], *, tags: dict[str, str]) -> None:
    """Create the state that an IVS event or a command implies about its channels.

    Each channel exists under exactly its ARN, with a stream key and these tags among its own;
    the session that the event names is in the phase that the event implies, at its time.
    """
    spoken = _spoken(event)
    for arn, region, account_id in _channels_in(event):
        try:
            ivs = backend_lookup(account_id, region)
        except KeyError:  # there is no IVS in that region, so no state to create
            continue
        with ivs.lock:
            _have_channel(ivs, arn, spoken.channel_name, tags)
            if spoken.phase is not None:
                _have_session(ivs, arn, spoken, spoken.phase)


def _spoken(event: dict[str, Any]) -> Spoken:
    detail = event["detail"]
    stream_id = str(detail.get("stream_id"))
    names = ("event_name", "recording_status", "limit_name", "limit")
    return Spoken(
        kind=event["detail-type"],
        name=next((str(detail[name]) for name in names if name in detail), ""),
        at=datetime.fromisoformat(event["time"]),
        channel_name=str(detail.get("channel_name", "")),
        stream_id=stream_id if STREAM_ID.fullmatch(stream_id) else None,
        code=detail.get("code"),
    )


def _channels_in(event: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for arn in dict.fromkeys(_strings(event["resources"]) + _named(event["detail"])):
        if match := CHANNEL_ARN.fullmatch(arn):
            yield arn, match[1], match[2]


def _named(detail: dict[str, Any]) -> list[str]:
    arns = _strings([detail.get("channel_arn")])
    for name in ("channel_arns", "audience_of"):
        arns += _strings(detail.get(name))
    viewers = detail.get("viewers")
    for viewer in viewers if isinstance(viewers, list) else []:
        arns += _strings([viewer.get("channel_arn")] if isinstance(viewer, dict) else [])
    return arns


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]


def _have_channel(ivs: IVSBackend, arn: str, name: str, tags: dict[str, str]) -> None:
    channel = ivs.channels.get(arn) or channels.add_channel(ivs, arn, {})
    if CHANNEL_NAME.fullmatch(name):
        channel = replace(channel, name=name)
    set_tags(ivs, channel, {**channel.tags, **tags})
    if not ivs.keys_made.get(arn):
        add_stream_key(ivs, arn, {})


def _have_session(ivs: IVSBackend, arn: str, spoken: Spoken, phase: Phase) -> None:
    open_now = ivs.open_session(arn)
    if spoken.stream_id is None and open_now:
        return
    session = _session(ivs, arn, spoken)
    if phase is not Phase.OVER and open_now and open_now is not session:
        _set(ivs, open_now, Phase.OVER, spoken)
    _set(ivs, session, phase, spoken)
    _note(session, spoken)


def _session(ivs: IVSBackend, arn: str, spoken: Spoken) -> StreamSession:
    stream_id = spoken.stream_id or ivs.identifiers.stream_id()
    sessions = ivs.sessions.setdefault(arn, {})
    if stream_id not in sessions:
        began = {"Session Created": timedelta(), "Stream Start": ivs.timing.to_start}
        created_at = spoken.at - began.get(spoken.name, ASSUMED_AGE)
        sessions[stream_id] = StreamSession(stream_id, ivs.channels[arn], created_at)
    return sessions[stream_id]


def _set(ivs: IVSBackend, session: StreamSession, phase: Phase, spoken: Spoken) -> None:
    ivs.agenda.cancel(session.channel.arn, session.stream_id)
    session.phase = phase
    session.health = "STARVING" if spoken.name == "Starvation Start" else "HEALTHY"
    session.start_time = _start_time(ivs, session, spoken)
    session.over_at = spoken.at if phase is Phase.OVER else None
    session.end_time = session.over_at and whole_second(session.over_at)
    session.encoder = _encoder(ivs, session)


def _start_time(ivs: IVSBackend, session: StreamSession, spoken: Spoken) -> datetime | None:
    if session.phase is Phase.CREATED:
        return None
    if spoken.name == "Stream Start" and spoken.stream_id == session.stream_id:
        return whole_second(spoken.at)
    started = session.start_time or session.created_at + ivs.timing.to_start
    return whole_second(min(started, spoken.at))


def _encoder(ivs: IVSBackend, session: StreamSession) -> Encoder | None:
    """The encoder used the current key; it does not reconnect by itself."""
    keys = ivs.keys_of(session.channel.arn)
    return Encoder(keys[0].value) if keys else None


def _note(session: StreamSession, spoken: Spoken) -> None:
    event = StreamEvent(spoken.name, spoken.kind, whole_second(spoken.at), spoken.code)
    if spoken.kind in IVS_DETAIL_TYPES and event not in session.events:
        note(session, event)
