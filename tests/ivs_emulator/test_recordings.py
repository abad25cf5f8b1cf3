"""Recordings: their events, and several streams in one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import ivs_emulator
from ivs_emulator import Video

from .test_configurations import BUCKET

STATES = "IVS Recording State Change"


class Show:
    """A channel that records, and an encoder for it."""

    def __init__(self, ivs: Any, backend: ivs_emulator.IVSBackend, clock: Any, window: int) -> None:
        self._backend, self._clock = backend, clock
        configuration = ivs.create_recording_configuration(
            destinationConfiguration=BUCKET, recordingReconnectWindowSeconds=window
        )["recordingConfiguration"]
        clock.pass_by(5)
        made = ivs.create_channel(name="show", recordingConfigurationArn=configuration["arn"])
        self.arn: str = made["channel"]["arn"]
        self._value: str = made["streamKey"]["value"]

    def stream(self, seconds: float, video: Video | None = None) -> str:
        """Be live for so long; answers the stream's id."""
        session = self._backend.connect(self._value, video=video)
        self._clock.pass_by(7 + seconds)
        self._backend.disconnect(self.arn)
        return session.stream_id


@pytest.fixture
def show(ivs: Any, backend: ivs_emulator.IVSBackend, clock: Any) -> Callable[[int], Show]:
    return lambda window: Show(ivs, backend, clock, window)


@pytest.fixture
def recorded(backend: ivs_emulator.IVSBackend) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [e["detail"] for e in backend.events if e["detail-type"] == STATES]


def test_a_stream_is_recorded_from_a_second_after_its_start_to_ten_after_its_end(
    show: Any, clock: Any, backend: Any, recorded: Any, ivs: Any
) -> None:
    a_show = show(0)
    stream_id = a_show.stream(61)
    clock.pass_by(10)

    start, end = recorded()
    assert start["recording_status"] == "Recording Start"
    assert start["recording_s3_bucket_name"] == "recordings"
    channel_id = a_show.arn[-12:]
    prefix = f"ivs/v1/123456789012/{channel_id}/2026/11/20/16/0/"
    assert start["recording_s3_key_prefix"].startswith(prefix)
    assert len(start["recording_session_id"]) == 16
    assert start["recording_duration_ms"] == 0
    assert "recording_session_stream_ids" not in start
    assert end == {
        **start,
        "recording_status": "Recording End",
        "recording_duration_ms": 60_000,
        "recording_session_stream_ids": [stream_id],
    }
    assert [e["time"][11:19] for e in backend.events if e["detail-type"] == STATES] == [
        "16:00:13",
        "16:01:23",
    ]
    session = ivs.get_stream_session(channelArn=a_show.arn)["streamSession"]
    assert session["recordingConfiguration"]["state"] == "ACTIVE"
    assert session["truncatedEvents"][0]["name"] == "Recording End"


def test_streams_within_the_window_are_one_recording(show: Any, clock: Any, recorded: Any) -> None:
    a_show = show(60)
    ids = []
    for _ in range(3):
        ids.append(a_show.stream(11))
        clock.pass_by(55)
    clock.pass_by(4)
    assert len(recorded()) == 1
    clock.pass_by(1)

    start, end = recorded()
    assert start["recording_session_id"] == end["recording_session_id"]
    assert end["recording_session_stream_ids"] == ids
    assert end["recording_duration_ms"] == 30_000


@pytest.mark.parametrize(
    ("away", "video"),
    [(61, Video()), (5, Video()), (30, Video(1920, 1080))],
    ids=["too late", "too early", "another picture"],
)
def test_streams_that_do_not_fit_together_are_recorded_apart(
    show: Any, clock: Any, recorded: Any, away: int, video: Video
) -> None:
    a_show = show(60)
    a_show.stream(11)
    clock.pass_by(away)
    a_show.stream(11, video)
    clock.pass_by(120)

    statuses = sorted(d["recording_status"] for d in recorded())
    assert statuses == ["Recording End"] * 2 + ["Recording Start"] * 2
    assert len({d["recording_session_id"] for d in recorded()}) == 2
    assert all(
        len(d["recording_session_stream_ids"]) == 1
        for d in recorded()
        if d["recording_status"] == "Recording End"
    )


def test_the_twenty_first_stream_begins_another_recording(
    show: Any, clock: Any, recorded: Any
) -> None:
    a_show = show(60)
    for _ in range(21):
        a_show.stream(2)
        clock.pass_by(20)

    assert [d["recording_status"] for d in recorded()].count("Recording Start") == 2


def test_a_stream_that_is_back_in_time_and_fails_leaves_the_recording_to_end(
    show: Any, clock: Any, recorded: Any, backend: Any
) -> None:
    a_show = show(60)
    a_show.stream(11)
    clock.pass_by(20)
    backend.connect(a_show._value)
    backend.disconnect(a_show.arn)
    clock.pass_by(60)

    assert [d["recording_status"] for d in recorded()] == ["Recording Start", "Recording End"]
    assert recorded()[1]["recording_duration_ms"] == 10_000


def test_without_its_bucket_a_recording_fails_at_its_start_or_end(
    show: Any, clock: Any, recorded: Any, backend: Any
) -> None:
    a_show = show(0)
    backend.buckets = {}
    a_show.stream(11)
    backend.buckets = {"recordings": "us-west-2"}
    backend.connect(a_show._value)
    clock.pass_by(30)
    backend.buckets = {}
    backend.disconnect(a_show.arn)
    clock.pass_by(30)

    start_failure, _, end_failure = recorded()
    assert start_failure["recording_status"] == "Recording Start Failure"
    assert start_failure["recording_status_reason"] == "ValidationException"
    assert start_failure["recording_s3_key_prefix"] == ""
    assert end_failure["recording_status"] == "Recording End Failure"
    assert end_failure["recording_status_reason"] == "InternalServerException"
    assert end_failure["recording_duration_ms"] == 0


def test_a_configuration_that_is_not_active_records_nothing(
    ivs: Any, backend: Any, clock: Any, recorded: Any
) -> None:
    backend.timing.to_create_configuration = timedelta(minutes=5)
    made = ivs.create_recording_configuration(destinationConfiguration=BUCKET)
    arn = made["recordingConfiguration"]["arn"]
    channel = ivs.create_channel(recordingConfigurationArn=arn)
    backend.connect(channel["streamKey"]["value"])
    clock.pass_by(10)

    (failure,) = recorded()
    assert failure["recording_status"] == "Recording Start Failure"
