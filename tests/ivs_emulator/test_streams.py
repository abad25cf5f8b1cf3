"""Streams from going live to their end: what the API says meanwhile, and what the bus receives."""

from datetime import timedelta
from typing import Any

import pytest

from .conftest import NOW


def test_a_stream_starts_seven_seconds_after_its_session(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any, refused: Any
) -> None:
    backend.connect(key["value"])
    for operation, arguments in (
        (ivs.get_stream, {}),
        (ivs.stop_stream, {}),
        (ivs.put_metadata, {"metadata": "x"}),
    ):
        error = refused(operation, channelArn=arn, **arguments)
        assert (error["code"], error["status"]) == ("ChannelNotBroadcasting", 404)
        assert error["message"] == f"Channel: {arn} is not currently online"
    assert ivs.list_streams()["streams"] == []
    clock.pass_by(7)

    stream = ivs.get_stream(channelArn=arn)["stream"]
    assert stream["startTime"] == NOW + timedelta(seconds=7)
    assert (stream["state"], stream["health"], stream["viewerCount"]) == ("LIVE", "HEALTHY", 0)
    assert stream["playbackUrl"] == ivs.get_channel(arn=arn)["channel"]["playbackUrl"]
    assert bus_events() == [("Session Created", "16:00:00"), ("Stream Start", "16:00:07")]


def test_what_is_due_happens_by_the_next_call_at_the_moment_it_was_due(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"])
    clock._traveller.shift(60)

    assert ivs.get_stream(channelArn=arn)["stream"]["startTime"] == NOW + timedelta(seconds=7)
    assert bus_events()[-1] == ("Stream Start", "16:00:07")


def test_two_meanings_of_404_have_two_codes(ivs: Any, arn: str, refused: Any) -> None:
    for operation in (ivs.get_stream, ivs.stop_stream):
        assert refused(operation, channelArn=arn)["code"] == "ChannelNotBroadcasting"
        unknown = refused(operation, channelArn=arn + "x")
        assert (unknown["code"], unknown["status"]) == ("ResourceNotFoundException", 404)


def test_a_stopped_stream_stays_live_for_a_moment(
    ivs: Any, arn: str, live: Any, clock: Any, bus_events: Any, refused: Any
) -> None:
    ivs.stop_stream(channelArn=arn)
    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] == live.stream_id
    clock.pass_by(1)
    ivs.stop_stream(channelArn=arn)  # no more than the first: the end comes no later
    clock.pass_by(1)

    assert refused(ivs.get_stream, channelArn=arn)["code"] == "ChannelNotBroadcasting"
    assert bus_events()[2:] == [("Stream End", "16:00:09"), ("Session Ended", "16:00:09")]


def test_an_encoder_that_leaves_ends_the_stream_at_once(
    ivs: Any, arn: str, live: Any, backend: Any, bus_events: Any, refused: Any
) -> None:
    backend.disconnect(arn)

    assert refused(ivs.get_stream, channelArn=arn)["code"] == "ChannelNotBroadcasting"
    assert bus_events()[2:] == [("Stream End", "16:00:07"), ("Session Ended", "16:00:07")]


def test_an_encoder_that_leaves_before_the_start_never_was_a_stream(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"])
    clock.pass_by(3)
    backend.disconnect(arn)
    clock.pass_by(60)

    assert bus_events() == [("Session Created", "16:00:00"), ("Session Ended", "16:00:03")]


def test_live_streams_are_listed_and_can_be_chosen_by_health(
    ivs: Any, arn: str, live: Any, backend: Any
) -> None:
    ivs.create_channel()
    (stream,) = ivs.list_streams()["streams"]
    assert (stream["channelArn"], stream["streamId"]) == (arn, live.stream_id)
    assert "playbackUrl" not in stream

    backend.starve(arn)
    assert ivs.list_streams(filterBy={"health": "HEALTHY"})["streams"] == []
    assert len(ivs.list_streams(filterBy={"health": "STARVING"})["streams"]) == 1


def test_an_event_comes_in_its_full_envelope(arn: str, live: Any, backend: Any) -> None:
    event = backend.events[-1]

    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "IVS Stream State Change",
        "source": "aws.ivs",
        "account": "123456789012",
        "time": "2026-11-20T16:00:07Z",
        "region": "us-west-2",
        "resources": [arn],
        "detail": {
            "event_name": "Stream Start",
            "channel_name": "show",
            "stream_id": live.stream_id,
        },
    }


def test_subscribers_get_every_event(backend: Any, key: Any) -> None:
    received: list[Any] = []
    backend.subscribe(received.append)

    backend.connect(key["value"])

    assert received == list(backend.events)


def test_metadata_goes_into_the_live_stream(ivs: Any, arn: str, live: Any, backend: Any) -> None:
    answer = ivs.put_metadata(channelArn=arn, metadata="ä" * 512)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    (metadata,) = backend.metadata
    assert (metadata.stream_id, metadata.text) == (live.stream_id, "ä" * 512)
    assert "ä" not in repr(metadata)


def test_metadata_is_limited_to_a_kilobyte_of_utf_8_and_its_text_stays_out_of_the_message(
    ivs: Any, arn: str, live: Any, refused: Any
) -> None:
    error = refused(ivs.put_metadata, channelArn=arn, metadata="ä" * 513)

    assert (error["code"], error["status"]) == ("ValidationException", 400)
    assert error["message"] == "metadata: must have at most 1024 bytes, has 1026"


@pytest.mark.parametrize("seconds", [0, 5])
def test_the_moment_that_a_stopped_stream_stays_live_can_be_set(
    ivs: Any, arn: str, live: Any, backend: Any, clock: Any, bus_events: Any, seconds: int
) -> None:
    backend.timing.to_end_after_stop = timedelta(seconds=seconds)
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(60)

    assert bus_events()[2] == ("Stream End", f"16:00:{7 + seconds:02}")
