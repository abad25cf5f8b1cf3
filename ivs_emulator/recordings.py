"""Recordings of streams to S3, of several streams in one if they follow closely enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from . import recorded_files
from .agenda import step
from .events import RECORDING_STATE_CHANGE
from .recording_configurations import RecordingConfiguration, can_record
from .stream_sessions import publish

if TYPE_CHECKING:
    from .ingest import Video
    from .models import IVSBackend
    from .stream_sessions import StreamSession

STREAMS_PER_RECORDING = 20


@dataclass
class Recording:
    """What one prefix in the bucket holds."""

    session_id: str
    prefix: str
    configuration: RecordingConfiguration
    video: Video | None
    stream_ids: list[str] = field(default_factory=list)
    started_at: datetime | None = None
    running_since: datetime | None = None
    ended_at: datetime | None = None
    duration: timedelta = timedelta()

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.configuration.recording_reconnect_window_seconds)

    def begin(self, stream_id: str, at: datetime) -> None:
        self.stream_ids.append(stream_id)
        self.started_at = self.started_at or at
        self.running_since = at

    def pause(self, at: datetime) -> None:
        self.duration += at - (self.running_since or at)
        self.running_since, self.ended_at = None, at


def hold(ivs: IVSBackend, session: StreamSession) -> None:
    """A session that comes soon enough goes on with the recording that was about to end."""
    last = ivs.recordings.get(session.channel.arn)
    if last and _goes_on(ivs, last, session):
        ivs.agenda.cancel(session.channel.arn, "recording", last.session_id)
        last.ended_at, session.recording = None, last


@step
def start(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """Record a stream that has just started, if its configuration is fit for that."""
    then = session.recording_configuration
    if then is None:
        return
    configuration = ivs.recording_configurations.get(then.arn, then)
    if configuration.state != "ACTIVE" or not can_record(ivs, configuration):
        failed = _new(ivs, session, configuration, prefix="")
        _tell(ivs, session, failed, "Recording Start Failure", at, reason="ValidationException")
        return
    if session.recording is None:
        recording = _new(ivs, session, configuration, prefix=_prefix(ivs, session, at))
        session.recording = ivs.recordings[session.channel.arn] = recording
        recording.begin(session.stream_id, at)
        recorded_files.write(ivs, session, recording, recorded_files.STARTED, at)
        _tell(ivs, session, recording, "Recording Start", at)
    else:
        session.recording.begin(session.stream_id, at)


def stop(ivs: IVSBackend, session: StreamSession, at: datetime) -> None:
    """Wait for the window to pass, and for S3 to have it all, before the recording has ended."""
    recording = session.recording
    if recording is None:
        return
    recording.pause(at)
    due = at + max(recording.window, ivs.timing.to_recording_end)
    about = (session.channel.arn, "recording", recording.session_id)
    ivs.agenda.add(due, partial(_finish, ivs, session, recording), *about)


@step
def _finish(ivs: IVSBackend, session: StreamSession, recording: Recording, at: datetime) -> None:
    if ivs.recordings.get(session.channel.arn) is recording:
        del ivs.recordings[session.channel.arn]
    if can_record(ivs, recording.configuration):
        recorded_files.write(ivs, session, recording, recorded_files.ENDED, at)
        _tell(ivs, session, recording, "Recording End", at)
    else:
        why = "InternalServerException"
        recorded_files.write(ivs, session, recording, recorded_files.FAILED, at)
        _tell(ivs, session, recording, "Recording End Failure", at, reason=why)


def _goes_on(ivs: IVSBackend, last: Recording, session: StreamSession) -> bool:
    if last.ended_at is None or len(last.stream_ids) >= STREAMS_PER_RECORDING:
        return False
    # A connection that is back before S3 has it all begins anew, whatever the window.
    away = session.created_at - last.ended_at
    same = session.encoder is not None and session.encoder.video == last.video
    return same and ivs.timing.to_recording_end <= away <= last.window


def _new(
    ivs: IVSBackend, session: StreamSession, configuration: RecordingConfiguration, *, prefix: str
) -> Recording:
    video = session.encoder.video if session.encoder else None
    return Recording(ivs.identifiers.recording_session_id(), prefix, configuration, video)


def _prefix(ivs: IVSBackend, session: StreamSession, at: datetime) -> str:
    channel_id = session.channel.arn.rpartition("/")[2]
    minute = f"{at.year}/{at.month}/{at.day}/{at.hour}/{at.minute}"
    return f"ivs/v1/{ivs.account_id}/{channel_id}/{minute}/{ivs.identifiers.recording_id()}"


def _tell(
    ivs: IVSBackend,
    session: StreamSession,
    recording: Recording,
    status: str,
    at: datetime,
    reason: str = "",
) -> None:
    ended = status == "Recording End"
    detail: dict[str, Any] = {
        "recording_status_reason": reason,
        "recording_s3_bucket_name": recording.configuration.bucket,
        "recording_s3_key_prefix": recording.prefix,
        "recording_duration_ms": recording.duration // timedelta(milliseconds=1) if ended else 0,
        "recording_session_id": recording.session_id,
    }
    if ended:
        detail["recording_session_stream_ids"] = list(recording.stream_ids)
    publish(ivs, session, RECORDING_STATE_CHANGE, status, at, **detail)
