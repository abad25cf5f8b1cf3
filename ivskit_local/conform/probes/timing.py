"""How long things take; an answer says whether it was within what is documented."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ivskit_local.conform.around import seconds_between
from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, page

GROUP = Group("timing", Need.LIVE, minutes=1)


def _within(seconds: float | None, least: float, most: float) -> str:
    """`from 1 to 15 s`, or how long it took instead."""
    if seconds is not None and least <= seconds <= most:
        return f"from {least:g} to {most:g} s"
    return "never" if seconds is None else f"{seconds:.0f} s"


def _at(session: dict[str, Any], name: str) -> datetime:
    times: list[datetime] = [
        event["eventTime"] for event in session["truncatedEvents"] if event["name"] == name
    ]
    return times[0]


@GROUP.probe(
    "Session-Created.Stream-Start",
    "Stream Start comes some seconds after Session Created: 6 to 7 with keyframes every 2 s",
    page("eventbridge"),
    "from 1 to 15 s",
)
def _start(place: Place) -> str:
    session = place.session(place.ended)
    took = seconds_between(_at(session, "Session Created"), _at(session, "Stream Start"))
    return _within(took, 1, 15)


@GROUP.probe(
    "StopStream.GetStream",
    "GetStream answers ChannelNotBroadcasting within 10 s of StopStream",
    READING,
    "from 0 to 10 s",
)
def _stop(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    return _within(place.stop(arn), 0, 10)


@GROUP.probe(
    "Stream-End.endTime",
    "endTime of a session is at most 5 s after its Stream End",
    page("stream-health"),
    "from 0 to 5 s",
)
def _end_time(place: Place) -> str:
    session = place.session(place.ended)
    return _within(seconds_between(_at(session, "Stream End"), session["endTime"]), 0, 5)


@GROUP.probe(
    "Stream-End.Session-Ended",
    "Session Ended comes within 5 s of Stream End, before or after",
    page("eventbridge"),
    "from 0 to 5 s",
)
def _session_ended(place: Place) -> str:
    session = place.session(place.ended)
    return _within(
        abs(seconds_between(_at(session, "Stream End"), _at(session, "Session Ended"))), 0, 5
    )


@GROUP.probe(
    "ad-break.target",
    "an ad break begins within 30 s unless a time is given",
    page("server-side-ad-insertion"),
    "from 0 to 30 s",
)
def _ad_break(place: Place) -> str:
    arn = place.channel(type="BASIC", adConfigurationArn=place.ads)
    place.go_live(arn)
    now = place.around.now()
    given = place.must("InsertAdBreak", channelArn=arn, durationSeconds=10)
    return _within(seconds_between(now, given["targetStartAt"]), 0, 30)


@GROUP.probe(
    "whole-seconds",
    "the times of sessions are whole seconds",
    page("stream-health"),
    "whole seconds",
)
def _whole(place: Place) -> str:
    session = place.session(place.ended)
    times = [session["startTime"], *(e["eventTime"] for e in session["truncatedEvents"])]
    whole = all(at.microsecond == 0 for at in times)
    return "whole seconds" if whole else "fractions"


@GROUP.probe(
    "Stream-End.endTime-later",
    "the end time of a session is a second after its Stream End",
    READING,
    "1 s later",
)
def _end_time_later(place: Place) -> str:
    session = place.session(place.ended)
    later = seconds_between(_at(session, "Stream End"), session["endTime"])
    return f"{later:.0f} s later"
