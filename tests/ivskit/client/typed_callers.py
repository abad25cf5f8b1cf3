# mypy: disallow-any-expr
"""What callers get from the layer, as mypy sees it: never Any, and misuse is an error.

Nothing here is run: mypy checks it with everything else, and complains of each `type: ignore` that
is not needed.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import assert_type

from botocore.client import BaseClient
from mypy_boto3_ivs import IVSClient
from pydantic import SecretStr

from ivskit.client import Ivs
from ivskit.client.ad_configurations import AdBreak
from ivskit.client.bulk import Bulk, Failure
from ivskit.client.channels import Channel, ChannelSummary, MultitrackInput, NewChannel
from ivskit.client.failover_slates import FailoverSlate
from ivskit.client.playback_keys import PlaybackKeySummary
from ivskit.client.recording_configurations import RecordingConfiguration, Thumbnails
from ivskit.client.stream_keys import StreamKey, StreamKeySummary
from ivskit.client.stream_sessions import StreamEvent, StreamSession
from ivskit.client.streams import Stream, StreamSessionSummary, StreamSummary
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import IvsError
from ivskit.pacing import Lane


def any_client_will_do(boto3s: IVSClient, botocores: BaseClient) -> None:
    Ivs(boto3s)
    Ivs(botocores, pacers={"BatchStartViewerSessionRevocation": Lane(calls=1)})
    Ivs("us-west-2")  # type: ignore[arg-type]


def channels(ivs: Ivs, arn: str) -> None:
    assert_type(ivs.channels.get(arn), Channel)
    assert_type(ivs.channels.find(arn), Channel | None)
    assert_type(ivs.channels.list(name="show"), Iterator[ChannelSummary])
    assert_type(ivs.channels.delete(arn), bool)
    assert_type(ivs.channels.get(arn).tags, Mapping[str, str])
    made = assert_type(ivs.channels.create(multitrack_input=MultitrackInput()), NewChannel)
    assert_type(made.stream_key.value, SecretStr)
    many = assert_type(ivs.channels.get_many([arn]), Bulk[str, Channel])
    failure = assert_type(many.failures[0], Failure[str])
    assert_type(failure.error, IvsError)
    ivs.channels.create(type="ADVANCED")  # type: ignore[arg-type]
    ivs.channels.create("show")  # type: ignore[call-arg]
    made.channel.name = "new"  # type: ignore[misc]


def streams(ivs: Ivs, arn: str) -> None:
    assert_type(ivs.streams.get(arn), Stream | None)
    assert_type(ivs.streams.list(health="STARVING"), Iterator[StreamSummary])
    assert_type(ivs.streams.stop(arn), bool)
    assert_type(ivs.streams.sessions(arn), Iterator[StreamSessionSummary])
    session = assert_type(ivs.streams.session(arn), StreamSession | None)
    if session is not None:
        assert_type(session.start_time, datetime | None)
        assert_type(session.truncated_events, tuple[StreamEvent, ...])
    assert_type(ivs.streams.live_stream_id(arn), str | None)
    ivs.streams.list(health="SICK")  # type: ignore[arg-type]


def the_rest(ivs: Ivs, arn: str) -> None:
    assert_type(ivs.stream_keys.of(arn), StreamKeySummary | None)
    assert_type(ivs.stream_keys.get_many([arn]), Bulk[str, StreamKey])
    assert_type(ivs.viewer_sessions.revoke_many([Viewer(arn, "v")]), Bulk[Viewer, Viewer])
    assert_type(ivs.playback_keys.list(), Iterator[PlaybackKeySummary])
    assert_type(ivs.failover_slates.get(arn), FailoverSlate)
    assert_type(ivs.tags.of(arn), Mapping[str, str])
    assert_type(ivs.ad_configurations.insert_break(arn, duration_seconds=9), AdBreak)
    recording = ivs.recording_configurations.create("bucket", thumbnails=Thumbnails())
    assert_type(recording, RecordingConfiguration)
    ivs.metadata.put(arn, b"goal!")  # type: ignore[arg-type]
    Thumbnails(interval=9)  # type: ignore[call-arg]
