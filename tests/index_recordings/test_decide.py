"""What the index says of a recording, and what is published about it, as tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index_recordings.decide import (
    Found,
    Session,
    has_file,
    may_still_come,
    missing,
    of_change,
    of_session,
    outcome_of,
    taken_down_by,
    the_one_of,
)
from index_recordings.manifest import Manifest
from ivskit.automation import records
from ivskit.changes import RecordingStateChange
from ivskit.outcomes import RecordingFailed, RecordingIndexed
from ivskit.recordings.records import Recording, Status, key_of
from tests.samples import CHANNEL, STREAM, sample

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PREFIX = "ivs/v1/123456789012/AbCdef1G2hij/2026/11/20/16/17/j8Z9O91ndcVs"
KEY = "2026-11-20T16:17/j8Z9O91ndcVs"
BASE = "https://cdn.example"
WHY = {"cause": STREAM, "stream_id": STREAM, "mode": "enforce", "at": NOW, "event_id": "e"}
SESSION = Session(STREAM, NOW - 30 * MINUTE, NOW - 10 * MINUTE, "recordings")


def change(status: str, **detail: Any) -> RecordingStateChange:
    name = "recording-state-change." + status.lower().replace(" ", "-")
    return RecordingStateChange.model_validate(sample(name, **detail))


def after(minutes: int | None) -> datetime | None:
    return None if minutes is None else NOW + minutes * MINUTE


def manifest(
    since: datetime = NOW - 30 * MINUTE, until: datetime = NOW - 10 * MINUTE, **changed: Any
) -> Manifest:
    hls = {
        "path": "media/hls",
        "playlist": "main.m3u8",
        "duration_ms": 1_234,
        "renditions": [
            {
                "path": "720p60",
                "playlist": "playlist.m3u8",
                "resolution_width": 1280,
                "resolution_height": 720,
            },
            {"path": "audio", "playlist": "playlist.m3u8"},
        ],
    }
    said = {
        "recording_status": "RECORDING_ENDED",
        "recording_started_at": since,
        "recording_ended_at": until,
        "media": {"hls": hls, "thumbnails": {"path": "media/thumbnails"}},
        "a field that IVS adds later": 1,
    }
    return Manifest.model_validate(said | changed)


@pytest.mark.parametrize(
    ("status", "expected", "key", "file"),
    [
        ("Recording Start", "recording", KEY, None),
        ("Recording End", "ended", KEY, "ended"),
        ("Recording End Failure", "end failed", KEY, "failed"),
        # It has no prefix.
        ("Recording Start Failure", "start failed", "2026-11-20T16:17/a6RfV23ES97iyfoQ", None),
    ],
)
def test_each_event_says_how_the_recording_stands(
    status: str, expected: str, key: str, file: str | None
) -> None:
    recording = of_change(change(status), None, unread=None, base=BASE)

    assert (recording.status, recording.recording) == (expected, key)
    assert recording.stream_ids == (STREAM,)
    assert has_file(change(status)) == file


def test_the_file_says_more_than_the_event() -> None:
    end = change("Recording End", recording_duration_ms=0)
    recording = of_change(end, manifest(), unread=None, base=BASE)

    assert recording.duration_ms == 1_234
    assert recording.playback_url == f"{BASE}/{PREFIX}/media/hls/main.m3u8"
    assert [(each.playlist, each.height) for each in recording.renditions] == [
        (f"{PREFIX}/media/hls/720p60/playlist.m3u8", 720),
        (f"{PREFIX}/media/hls/audio/playlist.m3u8", None),
    ]
    assert recording.thumbnails is not None
    assert recording.thumbnails.prefix == f"{PREFIX}/media/thumbnails"
    assert (recording.started_at, recording.ended_at) == (NOW - 30 * MINUTE, NOW - 10 * MINUTE)


def test_without_the_file_nothing_is_made_up() -> None:
    end = change("Recording End", recording_duration_ms=0)
    recording = of_change(end, None, unread="not readable", base=BASE)

    assert (recording.duration_ms, recording.started_at, recording.ended_at) == (None, None, None)
    assert recording.playback_url == f"{BASE}/{PREFIX}/media/hls/master.m3u8"
    assert recording.unread == "not readable"


def test_an_event_without_the_newer_fields_is_indexed_by_its_prefix() -> None:
    event = sample("recording-state-change.recording-end")
    for name in ("duration_ms", "session_id", "session_stream_ids"):
        del event["detail"][f"recording_{name}"]
    recording = of_change(RecordingStateChange.model_validate(event), None, unread=None, base=BASE)

    assert (recording.recording, recording.stream_ids) == (KEY, (STREAM,))


@pytest.mark.parametrize(
    ("received", "waits"), [(NOW, True), (NOW - 59 * MINUTE / 60, True), (NOW - MINUTE, False)]
)
def test_a_file_may_come_within_a_minute(received: datetime, waits: bool) -> None:
    assert may_still_come(first_received=received, now=NOW) is waits


@pytest.mark.parametrize(
    ("began", "ended", "is_of_it"),
    [
        (-30, -10, True),
        # It continues an earlier one, or another stream continued it.
        (-90, -10, True),
        (-30, -1, True),
        (-90, -31, False),
        (-9, -1, False),
    ],
)
def test_a_recording_is_of_a_session_if_it_went_on_meanwhile(
    began: int, ended: int, is_of_it: bool
) -> None:
    found = Found(PREFIX, manifest(NOW + began * MINUTE, NOW + ended * MINUTE))

    assert the_one_of(SESSION, [found]) == (found if is_of_it else None)


@pytest.mark.parametrize(
    ("said", "status"),
    [("RECORDING_ENDED", "ended"), ("RECORDING_ENDED_WITH_FAILURE", "end failed")],
)
def test_what_the_bucket_has_is_indexed_under_the_key_of_its_event(said: str, status: str) -> None:
    failed = manifest(recording_status=said, recording_status_message="oh")
    recording = of_session(CHANNEL, SESSION, Found(PREFIX, failed), base=BASE)

    assert (recording.recording, recording.status) == (KEY, status)
    assert recording.failure == ("oh" if status == "end failed" else None)
    assert recording.noted_at == NOW - 10 * MINUTE


def test_what_is_missing_is_noted_where_its_beginning_was() -> None:
    begun = of_change(change("Recording Start"), None, unread=None, base=BASE)

    assert missing(CHANNEL, SESSION, begun, "why").recording == KEY
    assert missing(CHANNEL, SESSION, None, "why").recording == f"stream/{STREAM}"


def recorded(status: Status, **more: Any) -> Recording:
    about = {"channel_arn": CHANNEL, "recording": KEY, "noted_at": NOW, "stream_ids": (STREAM,)}
    return Recording.model_validate({**about, "bucket": "b", "status": status, **more})


@pytest.mark.parametrize(
    ("recording", "model", "reason"),
    [
        (recorded("ended", duration_ms=61_500), RecordingIndexed, "of one stream has ended, 61.5"),
        (
            recorded("ended", stream_ids=(STREAM, "st-b")),
            RecordingIndexed,
            "of 2 streams has ended",
        ),
        (recorded("start failed", failure="why"), RecordingFailed, "is not recorded: why"),
        (recorded("end failed"), RecordingFailed, "has failed: IVS gives no reason"),
        (recorded("missing", failure="why"), RecordingFailed, "of the stream is known: why"),
    ],
)
def test_each_end_is_published(recording: Recording, model: type, reason: str) -> None:
    outcome = outcome_of(recording, **WHY)

    assert outcome is not None
    assert isinstance(outcome, model)
    assert reason in outcome.reason


def test_nothing_is_published_while_it_goes_on() -> None:
    assert outcome_of(recorded("recording"), **WHY) is None


def test_whoever_finds_it_publishes_it_under_one_id() -> None:
    by_event = outcome_of(recorded("ended"), **WHY)
    by_sweep = outcome_of(recorded("ended"), **{**WHY, "cause": "st-b", "event_id": "sweep"})
    failed = outcome_of(recorded("end failed"), **WHY)

    assert by_event is not None
    assert by_sweep is not None
    assert failed is not None
    assert by_event.id == by_sweep.id != failed.id


@pytest.mark.parametrize(
    ("prefix", "key"),
    [
        (PREFIX, KEY),
        (f"{PREFIX}/", KEY),
        ("ivs/v1/123456789012/AbCdef1G2hij/2026/1/2/3/4/xyz", "2026-01-02T03:04/xyz"),
        ("", None),
        ("elsewhere/2026/1/2/3/4/xyz", None),
    ],
)
def test_keys_are_in_order_of_time_though_prefixes_are_not_padded(
    prefix: str, key: str | None
) -> None:
    assert key_of(prefix) == key


@pytest.mark.parametrize(
    ("began", "ended", "newest", "by", "expected"),
    [
        # It began after the command, or went on, or its times are not known.
        (1, None, "another", "take-down", "cmd"),
        (-9, 1, "another", "take-down", "cmd"),
        (None, None, STREAM, "take-down", "cmd"),
        # It ended before, and is of the newest stream, or of an older one.
        (-9, -5, STREAM, "take-down", "cmd"),
        (-9, -5, "another", "take-down", None),
        (-9, -5, None, "take-down", None),
        # No take-down.
        (1, 2, STREAM, "block", None),
        (1, 2, STREAM, None, None),
    ],
)
def test_a_take_down_covers_what_is_recorded_under_it_and_the_newest_stream(
    began: int | None, ended: int | None, newest: str | None, by: str | None, expected: str | None
) -> None:
    recording = of_change(change("Recording Start"), None, unread=None, base=BASE).model_copy(
        update={"started_at": after(began), "ended_at": after(ended)}
    )
    block = records.Blocked(command_id="cmd", issued_at=NOW, taken_down=by == "take-down")
    session = records.Session(stream_id=newest) if newest else None
    known = records.Remembered(blocked=block if by else None, session=session)

    assert taken_down_by(recording, known) == expected
