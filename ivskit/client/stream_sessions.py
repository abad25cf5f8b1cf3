"""All that IVS keeps of a session for 60 days.

Source: IVS Low-Latency Streaming API reference (GetStreamSession).
"""

from ivskit.client.answers import Answer, Time
from ivskit.client.channels import Channel
from ivskit.client.failover_slates import FailoverSlate
from ivskit.client.recording_configurations import RecordingConfiguration


class Video(Answer):
    """How the encoder sends one video track; bitrate in bits per second, sizes in pixels.

    `avc_profile` and `avc_level` are there only in the deprecated `ingest_configuration`.
    """

    avc_profile: str | None = None
    avc_level: str | None = None
    codec: str | None = None
    encoder: str | None = None
    target_bitrate: int | None = None
    target_framerate: int | None = None
    video_height: int | None = None
    video_width: int | None = None
    level: str | None = None
    track: str | None = None
    profile: str | None = None


class Audio(Answer):
    """How the encoder sends one audio track; bitrate in bits, sample rate in samples per second."""

    codec: str | None = None
    target_bitrate: int | None = None
    sample_rate: int | None = None
    channels: int | None = None
    track: str | None = None


class Ingest(Answer):
    """How the encoder sends its only or first track; deprecated by IVS."""

    video: Video | None = None
    audio: Audio | None = None


class Ingests(Answer):
    """How the encoder sends each of its tracks."""

    video_configurations: tuple[Video, ...] = ()
    audio_configurations: tuple[Audio, ...] = ()


class StreamEvent(Answer):
    """An event of the session: `type` is its detail type on EventBridge, `name` what happened."""

    name: str | None = None
    type: str | None = None
    event_time: Time | None = None
    code: str | None = None


class StreamSession(Answer):
    """One go-live; channel, recording and slate are as they were at its beginning.

    Without an end it is still live, or about to be. The events are the newest 500, newest first.
    """

    stream_id: str
    start_time: Time | None = None
    end_time: Time | None = None
    channel: Channel | None = None
    ingest_configuration: Ingest | None = None
    ingest_configurations: Ingests | None = None
    recording_configuration: RecordingConfiguration | None = None
    failover_slate_configuration: FailoverSlate | None = None
    truncated_events: tuple[StreamEvent, ...] = ()
