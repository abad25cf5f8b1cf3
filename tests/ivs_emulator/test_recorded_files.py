"""What a recording leaves in the bucket, where there is one."""

import json
from typing import Any

import boto3
import pytest

from ivs_emulator import Video

from .test_recordings import Show

BUCKET = "recordings"


class Bucket:
    """The bucket in moto's S3."""

    def __init__(self) -> None:
        self._client = boto3.client("s3", "us-west-2")
        where: Any = {"LocationConstraint": "us-west-2"}
        self._client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)

    def files(self) -> dict[str, str]:
        """The text of every object, by its name below the prefix of its recording."""
        listed = self._client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        keys = [each["Key"] for each in listed]
        return {key.split("/", 10)[-1]: self._text(key) for key in keys}

    def _text(self, key: str) -> str:
        return self._client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


@pytest.fixture
def bucket(backend: Any) -> Bucket:
    return Bucket()


def test_a_recording_leaves_metadata_and_playlists(
    ivs: Any, backend: Any, clock: Any, bucket: Bucket
) -> None:
    show = Show(ivs, backend, clock, 0)
    show.stream(61)
    assert list(bucket.files()) == ["events/recording-started.json"]
    clock.pass_by(10)

    files = bucket.files()
    ended = json.loads(files["events/recording-ended.json"])
    assert ended["channel_arn"] == show.arn
    assert ended["recording_status"] == "RECORDING_ENDED"
    assert ended["recording_started_at"] == "2026-11-20T16:00:13Z"
    assert ended["recording_ended_at"] == "2026-11-20T16:01:13Z"
    hls = ended["media"]["hls"]
    assert hls["duration_ms"] == 60_000
    heights = [each["resolution_height"] for each in hls["renditions"]]
    assert heights == [720, 480, 360, 160]
    for each in hls["renditions"]:
        assert f"{each['path']}/{each['playlist']}" in files["media/hls/master.m3u8"]
        assert f"media/hls/{each['path']}/{each['playlist']}" in files


def test_streams_of_one_recording_have_one_file(
    ivs: Any, backend: Any, clock: Any, bucket: Bucket
) -> None:
    show = Show(ivs, backend, clock, 60)
    show.stream(11, Video(height=480, width=852))
    clock.pass_by(20)
    show.stream(11, Video(height=480, width=852))
    clock.pass_by(60)

    ended = json.loads(bucket.files()["events/recording-ended.json"])
    assert ended["recording_started_at"] < "2026-11-20T16:00:20Z" < ended["recording_ended_at"]
    sizes = [each["resolution_height"] for each in ended["media"]["hls"]["renditions"]]
    assert sizes == [480, 360, 160]


def test_a_recording_that_fails_says_so(ivs: Any, backend: Any, clock: Any, bucket: Bucket) -> None:
    show = Show(ivs, backend, clock, 0)
    show.stream(61)
    backend.buckets = {}
    clock.pass_by(10)

    failed = json.loads(bucket.files()["events/recording-failed.json"])
    assert failed["recording_status"] == "RECORDING_ENDED_WITH_FAILURE"
    assert failed["recording_status_message"] == "InternalServerException"


def test_without_the_bucket_nothing_is_left(ivs: Any, backend: Any, clock: Any) -> None:
    Show(ivs, backend, clock, 0).stream(61)
    clock.pass_by(10)

    assert backend.events[-1]["detail"]["recording_status"] == "Recording End"
