"""Stream sessions: one per go-live, with its times, its channel of that day and its events."""

from datetime import timedelta
from typing import Any

from .conftest import NOW


def test_a_session_keeps_its_times_and_events_newest_first(
    ivs: Any, arn: str, live: Any, clock: Any
) -> None:
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(3)

    session = ivs.get_stream_session(channelArn=arn, streamId=live.stream_id)["streamSession"]

    assert session["startTime"] == NOW + timedelta(seconds=7)
    assert session["endTime"] == NOW + timedelta(seconds=10)
    events = session["truncatedEvents"]
    assert [e["name"] for e in events] == [
        "Session Ended",
        "Stream End",
        "Stream Start",
        "Session Created",
    ]
    assert {e["type"] for e in events} == {"IVS Stream State Change"}
    assert events[0]["eventTime"] == NOW + timedelta(seconds=9)


def test_a_session_has_no_end_time_until_a_second_after_its_stream_end(
    ivs: Any, arn: str, live: Any, backend: Any, clock: Any
) -> None:
    assert "endTime" not in ivs.list_stream_sessions(channelArn=arn)["streamSessions"][0]
    backend.disconnect(arn)
    assert "endTime" not in ivs.list_stream_sessions(channelArn=arn)["streamSessions"][0]
    clock.pass_by(1)

    (session,) = ivs.list_stream_sessions(channelArn=arn)["streamSessions"]
    assert session["endTime"] == NOW + timedelta(seconds=8)
    assert session["hasErrorEvent"] is False


def test_a_session_is_listed_before_it_has_a_start_time(
    ivs: Any, arn: str, key: Any, backend: Any
) -> None:
    session = backend.connect(key["value"])

    (listed,) = ivs.list_stream_sessions(channelArn=arn)["streamSessions"]
    assert listed["streamId"] == session.stream_id
    assert "startTime" not in listed


def test_every_go_live_is_a_session_and_the_newest_is_the_default(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any
) -> None:
    ids = []
    for _ in range(3):
        ids.append(backend.connect(key["value"]).stream_id)
        clock.pass_by(10)
        backend.disconnect(arn)

    listed = ivs.list_stream_sessions(channelArn=arn, maxResults=2)
    rest = ivs.list_stream_sessions(channelArn=arn, nextToken=listed["nextToken"])
    found = [s["streamId"] for s in listed["streamSessions"] + rest["streamSessions"]]
    assert sorted(found) == sorted(ids)
    assert ivs.get_stream_session(channelArn=arn)["streamSession"]["streamId"] == ids[-1]


def test_a_session_shows_its_channel_as_it_was(ivs: Any, arn: str, live: Any, backend: Any) -> None:
    backend.disconnect(arn)
    ivs.update_channel(arn=arn, name="renamed")

    assert ivs.get_stream_session(channelArn=arn)["streamSession"]["channel"]["name"] == "show"


def test_where_there_is_no_session_none_is_found(ivs: Any, arn: str, refused: Any) -> None:
    for arguments in ({}, {"streamId": "st-" + "a" * 23}):
        error = refused(ivs.get_stream_session, channelArn=arn, **arguments)
        assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)
    for operation in (ivs.get_stream_session, ivs.list_stream_sessions):
        assert refused(operation, channelArn=arn + "x")["code"] == "ResourceNotFoundException"


def test_only_the_last_500_events_are_kept(ivs: Any, arn: str, live: Any, backend: Any) -> None:
    for _ in range(250):
        backend.starve(arn)
        backend.recover(arn)

    events = ivs.get_stream_session(channelArn=arn)["streamSession"]["truncatedEvents"]
    assert len(events) == 500
    assert {e["name"] for e in events} == {"Starvation Start", "Starvation End"}


def test_sessions_are_remembered_for_sixty_days(
    ivs: Any, arn: str, live: Any, backend: Any, clock: Any
) -> None:
    backend.disconnect(arn)
    clock.pass_by(60 * 86_400)
    assert len(ivs.list_stream_sessions(channelArn=arn)["streamSessions"]) == 1
    clock.pass_by(2)

    assert ivs.list_stream_sessions(channelArn=arn)["streamSessions"] == []
    assert backend.sessions[arn] == {}
