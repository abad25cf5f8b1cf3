"""Seeding: it creates the state that an event implies, and publishes nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ivs_emulator
from ivs_emulator import bring_to

SAMPLES = Path(__file__).parents[2] / "events"
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
OTHER = "arn:aws:ivs:us-west-2:123456789012:channel/Other1G2hijk"
STREAM_ID = "st-1A2b3c4D5e6F78ghij9Klmn"
TAGS = {"ivskit:managed": "true"}


def sample(name: str, **detail: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    event["detail"] |= detail
    return event


def command(name: str, **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "1",
        "detail-type": name,
        "source": "ivskit.command",
        "account": "123456789012",
        "time": "2026-11-20T16:30:00Z",
        "region": "us-west-2",
        "resources": [],
        "detail": {"command_id": "c-1", "issued_at": "2026-11-20T16:30:00Z", **detail},
    }


def bring(*events: dict[str, Any]) -> None:
    for event in events:
        bring_to(ivs_emulator.backend, event, tags=TAGS)


def time_of(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_can_be_brought_about_again_and_again_in_silence(
    ivs: Any, backend: ivs_emulator.IVSBackend, path: Path
) -> None:
    event = json.loads(path.read_text())
    bring(event, event)

    for arn in event["resources"]:
        assert ivs.get_channel(arn=arn)["channel"]["tags"] == TAGS
        assert len(ivs.list_stream_keys(channelArn=arn)["streamKeys"]) == 1
    assert set(event["resources"]) <= set(backend.channels)
    assert not backend.events
    assert backend.agenda.next_due() is None


def test_a_session_that_was_created_is_not_live_yet(ivs: Any, refused: Any) -> None:
    bring(sample("stream-state-change.session-created"))

    assert refused(ivs.get_stream, channelArn=ARN)["code"] == "ChannelNotBroadcasting"
    (session,) = ivs.list_stream_sessions(channelArn=ARN)["streamSessions"]
    assert session == {"streamId": STREAM_ID, "hasErrorEvent": False}


def test_a_stream_that_started_is_live_since_the_event(ivs: Any) -> None:
    created = sample("stream-state-change.session-created")
    start = sample("stream-state-change.stream-start")
    start["time"] = "2026-11-20T16:17:31Z"
    bring(created, start)

    stream = ivs.get_stream(channelArn=ARN)["stream"]
    assert (stream["streamId"], stream["startTime"]) == (STREAM_ID, time_of(start))
    session = ivs.get_stream_session(channelArn=ARN)["streamSession"]
    names = [e["name"] for e in session["truncatedEvents"]]
    assert names == ["Stream Start", "Session Created"]


@pytest.mark.parametrize(
    ("name", "health"),
    [
        ("stream-health-change.starvation-start", "STARVING"),
        ("stream-health-change.starvation-end", "HEALTHY"),
        ("limit-breach.ingest-bitrate", "HEALTHY"),
        ("limit-breach.ingest-bitrate.registry-shape", "HEALTHY"),
        ("recording-state-change.recording-start", "HEALTHY"),
        ("recording-state-change.recording-start-failure", "HEALTHY"),
        ("stream-state-change.stream-takeover", "HEALTHY"),
        ("stream-state-change.stream-takeover-failure", "HEALTHY"),
        ("ad-break-state-change.ad-break-inserted", "HEALTHY"),
    ],
)
def test_an_event_from_within_a_stream_makes_it_live(ivs: Any, name: str, health: str) -> None:
    event = sample(name)
    bring(event)

    arn = event["resources"][0]
    stream = ivs.get_stream(channelArn=arn)["stream"]
    assert (stream["streamId"], stream["health"]) == (event["detail"]["stream_id"], health)
    assert stream["startTime"] < time_of(event)


@pytest.mark.parametrize(
    "name",
    [
        "stream-state-change.stream-end",
        "stream-state-change.session-ended",
        "stream-state-change.stream-failure",
        "recording-state-change.recording-end",
        "recording-state-change.recording-end-failure",
    ],
)
def test_an_event_from_the_end_of_a_stream_makes_it_ended(
    ivs: Any, refused: Any, name: str
) -> None:
    event = sample(name)
    bring(sample("stream-state-change.stream-start"), event)

    assert refused(ivs.get_stream, channelArn=ARN)["code"] == "ChannelNotBroadcasting"
    session = ivs.get_stream_session(channelArn=ARN)["streamSession"]
    assert (session["streamId"], session["endTime"]) == (STREAM_ID, time_of(event))
    assert session["startTime"] <= session["endTime"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("limit-breach.ingest-bitrate", True),
        ("stream-state-change.stream-failure", True),
        ("stream-state-change.stream-takeover-failure", True),
        ("stream-state-change.stream-end", False),
    ],
)
def test_a_breach_or_failure_is_an_error_event_of_its_session(
    ivs: Any, name: str, expected: bool
) -> None:
    bring(sample(name))

    (session,) = ivs.list_stream_sessions(channelArn=ARN)["streamSessions"]
    assert session["hasErrorEvent"] is expected


def test_a_new_stream_ends_an_older_one_and_an_old_end_leaves_the_new_one(ivs: Any) -> None:
    newer = "st-" + "N" * 23
    bring(
        sample("stream-state-change.stream-start"),
        sample("stream-state-change.stream-start", stream_id=newer),
        sample("stream-state-change.stream-end"),
    )

    assert ivs.get_stream(channelArn=ARN)["stream"]["streamId"] == newer
    sessions = ivs.list_stream_sessions(channelArn=ARN)["streamSessions"]
    assert {s["streamId"]: "endTime" in s for s in sessions} == {STREAM_ID: True, newer: False}


def test_a_session_can_be_set_live_again(ivs: Any) -> None:
    start = sample("stream-state-change.stream-start")
    bring(start, sample("stream-state-change.stream-end"), start)

    assert ivs.get_stream(channelArn=ARN)["stream"]["startTime"] == time_of(start)
    assert "endTime" not in ivs.get_stream_session(channelArn=ARN)["streamSession"]


def test_what_was_pending_for_the_session_is_not_any_more(
    ivs: Any, backend: ivs_emulator.IVSBackend
) -> None:
    bring(sample("stream-state-change.stream-start"))
    ivs.stop_stream(channelArn=ARN)
    bring(sample("stream-state-change.stream-end"))

    assert backend.agenda.next_due() is None


def test_a_stream_that_was_brought_about_can_be_stopped_and_then_events_flow(
    ivs: Any, backend: ivs_emulator.IVSBackend, clock: Any, bus_events: Any
) -> None:
    bring(sample("stream-state-change.stream-start"))
    ivs.stop_stream(channelArn=ARN)
    clock.pass_by(2)

    assert [name for name, _ in bus_events()] == ["Stream End", "Session Ended"]


def test_the_channel_is_named_and_tagged_beside_what_it_has(
    ivs: Any, backend: ivs_emulator.IVSBackend
) -> None:
    bring(command("Rotate Stream Key", channel_arn=ARN))
    ivs.tag_resource(resourceArn=ARN, tags={"team": "blue"})
    bring(sample("stream-state-change.stream-start", channel_name="Show"))
    bring(sample("stream-state-change.stream-start", channel_name="no name of a channel"))

    channel = ivs.get_channel(arn=ARN)["channel"]
    assert channel["name"] == "Show"
    assert channel["tags"] == {"team": "blue", **TAGS}


def test_a_key_that_was_deleted_is_not_brought_back(ivs: Any) -> None:
    start = sample("stream-state-change.stream-start")
    bring(start)
    (key,) = ivs.list_stream_keys(channelArn=ARN)["streamKeys"]
    ivs.delete_stream_key(arn=key["arn"])
    bring(start)

    assert ivs.list_stream_keys(channelArn=ARN)["streamKeys"] == []
    assert ivs.get_stream(channelArn=ARN)


@pytest.mark.parametrize(
    "detail",
    [
        {"channel_arn": ARN},
        {"channel_arns": [ARN]},
        {"audience_of": [ARN]},
        {"viewers": [{"channel_arn": ARN, "viewer_id": "v"}]},
    ],
)
def test_a_commands_channels_exist_and_are_not_live(
    ivs: Any, refused: Any, detail: dict[str, Any]
) -> None:
    bring(command("Revoke Viewers", **detail))

    assert ivs.get_channel(arn=ARN)["channel"]["tags"] == TAGS
    assert refused(ivs.get_stream, channelArn=ARN)["code"] == "ChannelNotBroadcasting"


def test_a_stop_finds_the_stream_it_names_or_one_that_was_live_before_it(ivs: Any) -> None:
    bring(
        command("Stop Stream", channel_arn=ARN, stream_id=STREAM_ID),
        command("Stop Stream", channel_arn=OTHER),
    )
    assert ivs.get_stream(channelArn=ARN)["stream"]["streamId"] == STREAM_ID
    other = ivs.get_stream(channelArn=OTHER)["stream"]
    assert other["startTime"] < time_of(command("any"))

    bring(command("Stop Stream", channel_arn=OTHER))
    assert ivs.get_stream(channelArn=OTHER)["stream"] == other


@pytest.mark.parametrize(
    "detail",
    [
        {"channel_arn": "nonsense"},
        {"channel_arn": 5, "channel_arns": ARN, "viewers": "none"},
        {"viewers": ["none", {"viewer_id": "v"}, {"channel_arn": None}]},
        {"channel_arn": "arn:aws:ivs:mars-north-1:123456789012:channel/AbCdef1G2hij"},
    ],
)
def test_what_names_no_channel_brings_about_nothing(
    backend: ivs_emulator.IVSBackend, detail: dict[str, Any]
) -> None:
    bring(command("Rotate Stream Key", **detail))

    assert backend.channels == {}


def test_a_stream_id_that_ivs_could_not_have_made_is_not_taken_over(ivs: Any) -> None:
    bring(sample("stream-state-change.stream-start", stream_id="me"))

    assert ivs.list_stream_sessions(channelArn=ARN)["streamSessions"] == []


def test_events_time_reaches_back_before_the_clocks(ivs: Any) -> None:
    event = sample("stream-state-change.stream-start")
    event["time"] = "2020-01-01T00:00:00Z"
    bring(event)

    started = ivs.get_stream(channelArn=ARN)["stream"]["startTime"]
    assert started == datetime(2020, 1, 1, tzinfo=UTC)
