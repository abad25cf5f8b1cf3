"""Stream sessions: their times, their configurations as they were, and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, model, page

GROUP = Group("sessions", Need.LIVE, minutes=1)


@GROUP.probe(
    "none",
    "GetStreamSession of a channel that was never live answers 404",
    READING,
    "404 ResourceNotFoundException",
)
def _none(place: Place) -> str:
    return str(place.ask("GetStreamSession", channelArn=place.idle))


@GROUP.probe(
    "none-listed",
    "ListStreamSessions of a channel that was never live is empty",
    model("ListStreamSessions"),
    "200, 0 sessions",
)
def _none_listed(place: Place) -> str:
    answered = place.ask("ListStreamSessions", channelArn=place.idle)
    return f"{answered}, {len(answered.body.get('streamSessions', []))} sessions"


@GROUP.probe(
    "unknown-id",
    "GetStreamSession of an unknown stream answers 404",
    model("GetStreamSession"),
    "404 ResourceNotFoundException",
)
def _unknown(place: Place) -> str:
    unknown = f"st-{'Zz0' * 7}Zz"
    return str(place.ask("GetStreamSession", channelArn=place.ended, streamId=unknown))


@GROUP.probe(
    "of-another-channel",
    "a stream id of another channel is unknown",
    model("GetStreamSession"),
    "404 ResourceNotFoundException",
)
def _of_another(place: Place) -> str:
    stream_id = place.session(place.ended)["streamId"]
    return str(place.ask("GetStreamSession", channelArn=place.idle, streamId=stream_id))


@GROUP.probe(
    "live.no-end",
    "the session of a live stream has a start and no end",
    model("GetStreamSession"),
    "startTime, no endTime",
)
def _no_end(place: Place) -> str:
    return _times(place.session(place.live))


@GROUP.probe(
    "ended.both-times",
    "the session of an ended stream has a start and an end",
    model("GetStreamSession"),
    "startTime, endTime",
)
def _both(place: Place) -> str:
    return _times(place.session(place.ended))


@GROUP.probe(
    "starting.no-start",
    "between Session Created and Stream Start a session has neither start nor end",
    READING,
    "no startTime, no endTime",
)
def _starting(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.connect(arn)
    place.until(lambda: place.ask("GetStreamSession", channelArn=arn).ok, 5)
    return _times(place.session(arn))


@GROUP.probe(
    "starting.listed",
    "between Session Created and Stream Start a session is listed",
    READING,
    "1 session",
)
def _starting_listed(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.connect(arn)
    return f"{len(place.must('ListStreamSessions', channelArn=arn)['streamSessions'])} session"


@GROUP.probe(
    "listed.no-error",
    "hasErrorEvent is false for a stream without a breach or a failure",
    model("ListStreamSessions"),
    "False",
)
def _no_error(place: Place) -> str:
    (session,) = place.must("ListStreamSessions", channelArn=place.ended)["streamSessions"]
    return str(session.get("hasErrorEvent"))


@GROUP.probe(
    "listed.error",
    "hasErrorEvent is true for a stream that broke a limit",
    model("ListStreamSessions"),
    "True",
    Need.ENCODER,
)
def _error(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.around.encoder(arn, "video", {"bitrate": 50_000_000})
    (session,) = place.must("ListStreamSessions", channelArn=arn)["streamSessions"]
    return str(session.get("hasErrorEvent"))


@GROUP.probe(
    "events.names",
    "truncatedEvents has the events of the session, newest first",
    page("stream-health"),
    "Session Ended, Stream End, Stream Start, Session Created",
)
def _names(place: Place) -> str:
    events = place.session(place.ended)["truncatedEvents"]
    kept = [event["name"] for event in events if event["type"] == "IVS Stream State Change"]
    return ", ".join(kept)


@GROUP.probe(
    "events.times",
    "truncatedEvents is in the order of time, from new to old",
    model("GetStreamSession"),
    "from new to old",
)
def _order(place: Place) -> str:
    times = [event["eventTime"] for event in place.session(place.ended)["truncatedEvents"]]
    return "from new to old" if times == sorted(times, reverse=True) else "otherwise"


@GROUP.probe(
    "events.start",
    "startTime of a session is the time of its Stream Start",
    page("stream-health"),
    "the same second",
)
def _start(place: Place) -> str:
    session = place.session(place.ended)
    at = _time_of(session, "Stream Start")
    return "the same second" if at == session["startTime"] else "another time"


@GROUP.probe(
    "channel.as-it-was",
    "a session keeps the channel as it was when it went live",
    model("GetStreamSession"),
    "LOW, then LOW",
)
def _as_it_was(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    before = place.session(arn)["channel"]["latencyMode"]
    place.stop(arn)
    place.must("UpdateChannel", arn=arn, latencyMode="NORMAL")
    return f"{before}, then {place.session(arn)['channel']['latencyMode']}"


@GROUP.probe(
    "ingest.video",
    "a live session says what its encoder sends",
    model("GetStreamSession"),
    "codec, height, width",
)
def _ingest(place: Place) -> str:
    video = place.session(place.live).get("ingestConfiguration", {}).get("video", {})
    members = {"codec": "codec", "videoHeight": "height", "videoWidth": "width"}
    return ", ".join(word for member, word in members.items() if member in video)


@GROUP.probe(
    "ingest.track",
    'the only track of an encoder is named "Track0"',
    model("GetStreamSession"),
    "Track0",
)
def _track(place: Place) -> str:
    ingest: dict[str, Any] = place.session(place.live).get("ingestConfigurations", {})
    tracks = [video.get("track") for video in ingest.get("videoConfigurations", [])]
    return ", ".join(map(str, tracks))


@GROUP.probe(
    "newest",
    "without a streamId, GetStreamSession gives the newest session",
    model("GetStreamSession"),
    "the newest",
)
def _newest(place: Place) -> str:
    arn = place.channel(type="BASIC")
    ids = []
    for _ in range(2):
        place.go_live(arn)
        ids.append(place.must("GetStream", channelArn=arn)["stream"]["streamId"])
        place.stop(arn)
    return "the newest" if place.session(arn)["streamId"] == ids[-1] else "an older one"


@GROUP.probe(
    "deleted-channel",
    "the sessions of a deleted channel are gone",
    READING,
    "404 ResourceNotFoundException",
)
def _deleted(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.stop(arn)
    place.must("DeleteChannel", arn=arn)
    return str(place.ask("GetStreamSession", channelArn=arn))


def _times(session: dict[str, Any]) -> str:
    return ", ".join(m if m in session else f"no {m}" for m in ("startTime", "endTime"))


def _time_of(session: dict[str, Any], name: str) -> datetime | None:
    return next((e["eventTime"] for e in session["truncatedEvents"] if e["name"] == name), None)
