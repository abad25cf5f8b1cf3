"""What encoders may send, how many may, and who takes over from whom."""

from typing import Any

import pytest

from ivs_emulator import EncoderRefused, Video

from .conftest import name_of


def last(backend: Any) -> tuple[str, dict[str, Any]]:
    event = backend.events[-1]
    return name_of(event), event


@pytest.mark.parametrize(
    ("settings", "video", "breach"),
    [
        ({}, Video(bitrate=8_500_001), ("Ingest Bitrate", 8_500_000, 1, "bits per second")),
        (
            {"type": "BASIC"},
            Video(bitrate=3_600_000),
            ("Ingest Bitrate", 3_500_000, 100_000, "bits per second"),
        ),
        (
            {"type": "BASIC"},
            Video(852, 480, bitrate=2_500_000),
            ("Ingest Bitrate", 1_500_000, 1_000_000, "bits per second"),
        ),
        ({}, Video(2000, 500), ("Ingest Resolution", 1_920, 80, "pixels per edge")),
        ({}, Video(1920, 1100), ("Ingest Resolution", 2_100_000, 12_000, "total pixels")),
    ],
)
def test_too_much_video_is_a_breach_and_never_becomes_a_stream(
    ivs: Any, backend: Any, clock: Any, bus_events: Any, settings: Any, video: Video, breach: Any
) -> None:
    made = ivs.create_channel(**settings)
    backend.connect(made["streamKey"]["value"], video=video, reconnect_after=1)
    clock.pass_by(60)

    assert [name for name, _ in bus_events()] == ["Session Created", breach[0], "Session Ended"]
    detail = backend.events[1]["detail"]
    assert backend.events[1]["resources"] == [made["channel"]["arn"]]
    assert (
        detail["limit_name"],
        detail["limit_value"],
        detail["exceeded_by"],
        detail["limit_unit"],
    ) == breach
    assert detail["stream_id"]
    (session,) = ivs.list_stream_sessions(channelArn=made["channel"]["arn"])["streamSessions"]
    assert session["hasErrorEvent"] is True


@pytest.mark.parametrize(
    ("settings", "video"),
    [
        ({}, Video(1920, 1080, bitrate=8_500_000)),
        ({"type": "BASIC"}, Video(852, 480, bitrate=1_500_000)),
        ({"type": "BASIC"}, Video(1280, 720, bitrate=3_500_000)),
    ],
)
def test_as_much_as_allowed_is_allowed(
    ivs: Any, backend: Any, clock: Any, settings: Any, video: Video
) -> None:
    made = ivs.create_channel(**settings)
    backend.connect(made["streamKey"]["value"], video=video)
    clock.pass_by(7)

    assert ivs.get_stream(channelArn=made["channel"]["arn"])


def test_a_stream_that_grows_beyond_its_limit_is_thrown_out(
    arn: str, live: Any, backend: Any, bus_events: Any
) -> None:
    backend.send(arn, Video(bitrate=5_000_000))
    backend.send(arn, Video(bitrate=9_000_000))

    assert [name for name, _ in bus_events()][2:] == [
        "Ingest Bitrate",
        "Stream End",
        "Session Ended",
    ]


def test_what_is_sent_before_the_start_counts_at_the_start(
    arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"])
    backend.send(arn, Video(bitrate=9_000_000))
    assert len(bus_events()) == 1
    clock.pass_by(7)

    assert bus_events()[1][0] == "Ingest Bitrate"


def test_the_limits_member_can_have_the_name_that_the_registry_gives_it(
    arn: str, live: Any, backend: Any
) -> None:
    backend.limit_member = "limit"
    backend.send(arn, Video(bitrate=9_000_000))

    detail = backend.events[2]["detail"]
    assert detail["limit"] == "Ingest Bitrate"
    assert "limit_name" not in detail


def test_a_session_shows_what_came_in(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any
) -> None:
    backend.connect(key["value"], video=Video(1920, 1080, bitrate=6_000_000))
    before = ivs.get_stream_session(channelArn=arn)["streamSession"]
    clock.pass_by(7)

    session = ivs.get_stream_session(channelArn=arn)["streamSession"]
    assert "ingestConfiguration" not in before
    assert "ingestConfigurations" not in before
    assert session["ingestConfiguration"]["video"]["targetBitrate"] == 6_000_000
    assert session["ingestConfiguration"]["audio"]["channels"] == 2
    (video,) = session["ingestConfigurations"]["videoConfigurations"]
    assert (video["videoWidth"], video["track"], video["avcProfile"]) == (1920, "Track0", "")


MULTITRACK = {
    "containerFormat": "FRAGMENTED_MP4",
    "multitrackInputConfiguration": {
        "enabled": True,
        "policy": "REQUIRE",
        "maximumResolution": "FULL_HD",
    },
}


@pytest.mark.parametrize(
    ("settings", "tracks", "code"),
    [
        ({}, 3, "MultitrackInputNotAllowed"),
        (MULTITRACK, 1, "MultitrackInputRequired"),
        (MULTITRACK, 3, None),
        ({}, 1, None),
    ],
)
def test_tracks_must_be_as_the_channel_wants_them(
    ivs: Any, backend: Any, clock: Any, settings: Any, tracks: int, code: str | None
) -> None:
    made = ivs.create_channel(**settings)
    backend.connect(made["streamKey"]["value"], video=Video(tracks=tracks))
    clock.pass_by(7)

    name, event = last(backend)
    assert name == ("Session Ended" if code else "Stream Start")
    assert event["detail"].get("code") == code
    session = ivs.get_stream_session(channelArn=made["channel"]["arn"])["streamSession"]
    assert session["truncatedEvents"][0].get("code") == code


def test_multitrack_video_may_have_more_bits_and_shows_all_its_tracks(
    ivs: Any, backend: Any, clock: Any
) -> None:
    made = ivs.create_channel(**MULTITRACK)
    backend.connect(made["streamKey"]["value"], video=Video(bitrate=15_000_000, tracks=3))
    clock.pass_by(7)

    session = ivs.get_stream_session(channelArn=made["channel"]["arn"])["streamSession"]
    videos = session["ingestConfigurations"]["videoConfigurations"]
    assert [video["track"] for video in videos] == ["Track0", "Track1", "Track2"]


def test_one_stream_too_many_is_refused_and_reported_without_a_channel(
    ivs: Any, backend: Any, live: Any
) -> None:
    backend.limits.concurrent_streams = 1

    with pytest.raises(EncoderRefused, match="1 streams are live"):
        backend.connect(ivs.create_channel()["streamKey"]["value"])

    name, event = last(backend)
    assert name == "Concurrent Broadcasts"
    assert event["resources"] == []
    assert event["detail"] == {
        "limit_name": "Concurrent Broadcasts",
        "limit_value": 1,
        "exceeded_by": 1,
        "limit_unit": "active streams",
    }


def test_viewers_are_counted_and_one_too_many_is_reported_once(
    ivs: Any, arn: str, live: Any, backend: Any
) -> None:
    backend.limits.concurrent_views = 10
    backend.watch(arn, 10)
    assert ivs.get_stream(channelArn=arn)["stream"]["viewerCount"] == 10
    backend.watch(arn, 47)
    backend.watch(arn, 48)

    name, event = last(backend)
    assert (name, event["resources"]) == ("Concurrent Viewers", [])
    assert (event["detail"]["exceeded_by"], event["detail"]["limit_unit"]) == (37, "viewers")
    assert len(backend.events) == 3


def test_viewers_that_could_not_be_counted_are_minus_one(
    ivs: Any, arn: str, live: Any, backend: Any
) -> None:
    backend.watch(arn, -1)
    assert ivs.get_stream(channelArn=arn)["stream"]["viewerCount"] == -1
    backend.disconnect(arn)

    with pytest.raises(EncoderRefused):
        backend.watch(arn, 1)


def test_a_higher_priority_takes_the_stream_over_and_keeps_its_session(
    ivs: Any, arn: str, key: Any, live: Any, backend: Any, bus_events: Any
) -> None:
    assert backend.connect(key["value"], priority=1) is live
    assert backend.connect(key["value"], priority=2) is live

    assert [name for name, _ in bus_events()][2:] == ["Stream Takeover", "Stream Takeover"]
    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] == live.stream_id


def test_a_takeover_brings_a_silent_stream_back(
    ivs: Any, arn: str, key: Any, live: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.starve(arn)
    with pytest.raises(EncoderRefused):
        backend.connect(key["value"])
    backend.connect(key["value"], priority=5)
    clock.pass_by(60)

    assert [n for n, _ in bus_events()][3:] == ["Stream Takeover", "Starvation End"]
    assert ivs.get_stream(channelArn=arn)["stream"]["health"] == "HEALTHY"


@pytest.mark.parametrize(
    ("priority", "video", "code"),
    [
        (3, Video(), "StreamTakeoverInvalidPriority"),
        (0, Video(), "StreamTakeoverInvalidPriority"),
        (2**31, Video(), "StreamTakeoverInvalidPriority"),
        (4, Video(1920, 1080), "StreamTakeoverMediaMismatch"),
        (4, Video(tracks=2), "StreamTakeoverMediaMismatch"),
        (4, Video(bitrate=1), "StreamTakeoverLimitBreached"),
    ],
)
def test_a_takeover_that_fails_says_why_and_leaves_the_stream(
    key: Any, live: Any, backend: Any, priority: int, video: Video, code: str
) -> None:
    backend.limits.takeovers_per_stream = 1
    backend.connect(key["value"], priority=3)

    with pytest.raises(EncoderRefused, match=code):
        backend.connect(key["value"], priority=priority, video=video)

    name, event = last(backend)
    assert (name, event["detail"]["code"]) == ("Stream Takeover Failure", code)
    assert live.encoder.priority == 3
    assert live.has_error_event


def test_a_seeded_stream_without_an_encoder_can_be_taken_over_and_can_grow(
    arn: str, key: Any, live: Any, backend: Any
) -> None:
    live.encoder = None
    backend.send(arn, Video(bitrate=9_000_000))

    assert backend.connect(key["value"], priority=1) is live


def test_a_stream_that_ivs_cannot_process_fails_and_its_encoder_comes_back(
    arn: str, key: Any, backend: Any, clock: Any, bus_events: Any, ivs: Any
) -> None:
    backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(1)
    backend.fail(arn)
    assert backend.events[1]["detail"]["reason"].startswith("Transcode capacity exceeded")
    clock.pass_by(5)

    assert [name for name, _ in bus_events()] == [
        "Session Created",
        "Stream Failure",
        "Session Ended",
        "Session Created",
    ]
    with pytest.raises(EncoderRefused):
        backend.fail(ivs.create_channel()["channel"]["arn"])
