"""The routes of encoders: who goes live, how, and what happens to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .conditions import Conditions
from .encoders import key_in
from .everywhere import backends, channel_named
from .ingest import Video
from .inputs import Fields, Number, camel_case, check, object_of, read, seconds, video
from .models import IVSBackend
from .stream_sessions import Phase, StreamSession
from .takeovers import EncoderRefused

RECONNECT_SECONDS = 5.0
RECONNECT_SECONDS_AT_MOST = 86_400
VIEWERS = Number(-1, 2**31 - 1)
PRIORITY = Number(-(2**63), 2**63)  # which of these is valid is IVS's to say

STATES = {Phase.CREATED: "CONNECTED", Phase.STARTED: "LIVE"}


def encoders(_: Conditions, body: Any) -> dict[str, Any]:
    read(body)
    return {"encoders": [shown for ivs in backends() for shown in _connected(ivs)]}


def connect(_: Conditions, body: Any) -> dict[str, Any]:
    given = read(
        body,
        streamKey=str,
        channelArn=str,
        reconnect=bool,
        reconnectAfterSeconds=seconds(RECONNECT_SECONDS_AT_MOST),
        priority=PRIORITY,
        video=dict,
    )
    ivs, key = _key(given)
    after = given.get("reconnectAfterSeconds", RECONNECT_SECONDS)
    session = ivs.connect(
        key,
        after if given.get("reconnect") else None,
        priority=given.get("priority"),
        video=video(given.get("video", {})),
    )
    return {"channelArn": session.channel.arn, "streamId": session.stream_id}


def disconnect(_: Conditions, body: Any, channel_id: str) -> dict[str, Any]:
    read(body)
    ivs, channel = channel_named(channel_id)
    ivs.disconnect(channel.arn)
    return {"channelArn": channel.arn}


def act(_: Conditions, body: Any, channel_id: str, what: str) -> dict[str, Any]:
    read(body)
    ivs, channel = channel_named(channel_id)
    {"starve": ivs.starve, "recover": ivs.recover, "fail": ivs.fail}[what](channel.arn)
    return {"channelArn": channel.arn}


def send(_: Conditions, body: Any, channel_id: str) -> dict[str, Any]:
    ivs, channel = channel_named(channel_id)
    ivs.send(channel.arn, video(object_of(body)))
    return {"channelArn": channel.arn}


def watch(_: Conditions, body: Any, channel_id: str) -> dict[str, Any]:
    given = read(body, viewers=VIEWERS)
    check("viewers" in given, "viewers must be a count, or -1.")
    ivs, channel = channel_named(channel_id)
    ivs.watch(channel.arn, given["viewers"])
    return {"channelArn": channel.arn}


def _connected(ivs: IVSBackend) -> list[dict[str, Any]]:
    with ivs.lock:
        sessions = [ivs.open_session(arn) for arn in list(ivs.sessions)]
        return [_shown(session) for session in sessions if session and session.phase in STATES]


def _shown(session: StreamSession) -> dict[str, Any]:
    encoder = session.encoder
    after = encoder.reconnect_after if encoder else None
    return {
        "channelArn": session.channel.arn,
        "streamId": session.stream_id,
        "state": STATES[session.phase],
        "health": session.health,
        "viewers": session.viewer_count,
        "takeovers": session.takeovers,
        "priority": encoder.priority if encoder else None,
        "reconnectAfterSeconds": None if after is None else after.total_seconds(),
        "video": _video(encoder.video) if encoder else None,
    }


def _video(sent: Video) -> dict[str, Any]:
    return {camel_case(name): value for name, value in asdict(sent).items()}


def _key(given: Fields) -> tuple[IVSBackend, str]:
    """The backend that knows the key, and the key as the encoder has it, parameters included."""
    one = ("streamKey" in given) != ("channelArn" in given)
    check(one, "One of streamKey and channelArn is needed.")
    if "channelArn" in given:
        ivs, channel = channel_named(given["channelArn"])
        keys = ivs.keys_of(channel.arn)
        if not keys:
            raise EncoderRefused(f"{channel.arn} has no stream key")
        return ivs, keys[0].value
    value = key_in(given["streamKey"])
    for ivs in backends():
        if any(key.value == value for key in list(ivs.stream_keys.values())):
            return ivs, given["streamKey"]
    raise EncoderRefused("no channel has this stream key")
