"""What the index says of a recording, decided on what IVS said and wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from ivskit import names
from ivskit.outcomes import Outcome, RecordingFailed, RecordingIndexed
from ivskit.recordings.records import (
    USUAL_PLAYLIST,
    Recording,
    Rendition,
    Status,
    Thumbnails,
    key_of,
    key_of_missing,
    key_without_prefix,
)

if TYPE_CHECKING:
    from index_recordings.manifest import Manifest
    from ivskit.automation.records import Remembered
    from ivskit.changes import RecordingStateChange

_STATUS: dict[str, Status] = {
    names.RECORDING_START: "recording",
    names.RECORDING_END: "ended",
    names.RECORDING_START_FAILURE: "start failed",
    names.RECORDING_END_FAILURE: "end failed",
}
# The event and the file are made at the same moment: one may be there before the other.
FILE_COMES_WITHIN = timedelta(minutes=1)
# A recording begins seconds after its stream.
BEGINS_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """An ended session whose channel was to be recorded."""

    stream_id: str
    started_at: datetime
    ended_at: datetime
    bucket: str


@dataclass(frozen=True)
class Found:
    """What the bucket has of a recording."""

    prefix: str
    manifest: "Manifest"


def has_file(change: "RecordingStateChange") -> Literal["ended", "failed"] | None:
    """Which file IVS writes with this event."""
    match change.detail.recording_status:
        case names.RECORDING_END:
            return "ended"
        case names.RECORDING_END_FAILURE:
            return "failed"
        case _:
            return None


def may_still_come(*, first_received: datetime, now: datetime) -> bool:
    """Whether to wait for the file of an event that is already here."""
    return now - first_received < FILE_COMES_WITHIN


def of_change(
    change: "RecordingStateChange",
    manifest: "Manifest | None",
    *,
    unread: str | None,
    base: str,
) -> Recording:
    """What an event says of a recording, and the file that came with it.

    unread: why the file was not read; base: what the prefix is appended to in a URL.
    """
    detail = change.detail
    status = _STATUS[detail.recording_status]
    prefix = detail.recording_s3_key_prefix.strip("/")
    session = detail.recording_session_id or detail.stream_id
    fields: dict[str, Any] = {
        "channel_arn": change.channel_arn,
        "recording": key_of(prefix) or key_without_prefix(change.time, session),
        "status": status,
        "noted_at": change.time,
        "stream_ids": sorted({*detail.recording_session_stream_ids, detail.stream_id}),
        "bucket": detail.recording_s3_bucket_name,
        "prefix": prefix,
        "recording_session_id": detail.recording_session_id,
        "failure": detail.recording_status_reason or None,
        "started_at": change.time if status == "recording" else None,
        # Real events say 0 of recordings that lasted.
        "duration_ms": detail.recording_duration_ms or None,
        "unread": unread,
        "playback_url": f"{base}/{prefix}/{USUAL_PLAYLIST}" if status == "ended" else None,
    }
    return Recording.model_validate(fields | _of_manifest(manifest, prefix, base))


def of_session(channel_arn: str, session: Session, found: Found, *, base: str) -> Recording:
    """A recording of which no event came, from the file in the bucket."""
    failed = found.manifest.recording_status == "RECORDING_ENDED_WITH_FAILURE"
    fields: dict[str, Any] = {
        "channel_arn": channel_arn,
        "recording": key_of(found.prefix) or key_without_prefix(session.started_at, found.prefix),
        "status": "end failed" if failed else "ended",
        "noted_at": found.manifest.recording_ended_at,
        "stream_ids": (session.stream_id,),
        "bucket": session.bucket,
        "prefix": found.prefix,
        "failure": found.manifest.recording_status_message if failed else None,
    }
    return Recording.model_validate(fields | _of_manifest(found.manifest, found.prefix, base))


def missing(channel_arn: str, session: Session, begun: Recording | None, why: str) -> Recording:
    """A stream that was to be recorded, of whose end neither an event nor a file is there.

    begun: what is known of the beginning of its recording.
    """
    return Recording(
        channel_arn=channel_arn,
        recording=begun.recording if begun else key_of_missing(session.stream_id),
        status="missing",
        noted_at=session.ended_at,
        stream_ids=(session.stream_id,),
        bucket=session.bucket,
        started_at=session.started_at,
        ended_at=session.ended_at,
        failure=why,
    )


def is_of(session: Session, manifest: "Manifest") -> bool:
    """Whether the recording went on while the session was live."""
    begun = manifest.recording_started_at <= session.ended_at
    return begun and session.started_at <= manifest.recording_ended_at


def the_one_of(session: Session, found: Iterable[Found]) -> Found | None:
    """The recording that the session is part of, among those in the bucket, newest first."""
    return next((each for each in found if is_of(session, each.manifest)), None)


def taken_down_by(recording: Recording, known: "Remembered") -> str | None:
    """The Take Down under which the recording falls, or None.

    That is a recording that began or went on after the command, as far as its times are known, or
    is of the newest stream: an older one is none of the command's business.
    """
    blocked = known.blocked
    if blocked is None or not blocked.taken_down:
        return None
    times = (recording.started_at, recording.ended_at)
    is_later = any(at is not None and at >= blocked.issued_at for at in times)
    is_newest = known.session is not None and known.session.stream_id in recording.stream_ids
    return blocked.command_id if is_later or is_newest else None


def _of_manifest(manifest: "Manifest | None", prefix: str, base: str) -> dict[str, Any]:
    if manifest is None:
        return {}
    hls, thumbnails = manifest.media.hls, manifest.media.thumbnails
    at = f"{prefix}/{hls.path}"
    known: dict[str, Any] = {
        "started_at": manifest.recording_started_at,
        "ended_at": manifest.recording_ended_at,
        "renditions": [
            Rendition(
                playlist=f"{at}/{each.path}/{each.playlist}",
                width=each.resolution_width,
                height=each.resolution_height,
            )
            for each in hls.renditions
        ],
        "playback_url": f"{base}/{at}/{hls.playlist}",
    }
    if hls.duration_ms is not None:
        known["duration_ms"] = hls.duration_ms
    if thumbnails is not None and thumbnails.path is not None:
        known["thumbnails"] = Thumbnails(
            prefix=f"{prefix}/{thumbnails.path}",
            width=thumbnails.resolution_width,
            height=thumbnails.resolution_height,
        )
    return known


def outcome_of(recording: Recording, **why: Any) -> Outcome | None:
    """What is published about a recording; nothing while it goes on.

    why: the fields of every outcome that the recording does not hold.
    """
    if recording.status == "recording":
        return None
    said = recording.model_dump(exclude={"noted_at"}) | why
    if recording.status == "ended":
        return RecordingIndexed(**said, reason=_in_words(recording))
    return RecordingFailed(**said, reason=_in_words(recording))


def _in_words(recording: Recording) -> str:
    streams = len(recording.stream_ids)
    of = "one stream" if streams == 1 else f"{streams} streams"
    match recording.status:
        case "ended":
            lasts = "" if recording.duration_ms is None else f", {recording.duration_ms / 1000:g} s"
            return f"a recording of {of} has ended{lasts}"
        case "start failed":
            return f"the stream is not recorded: {_failure(recording)}"
        case "end failed":
            return f"a recording of {of} has failed: {_failure(recording)}"
        case _:
            return f"the end of no recording of the stream is known: {_failure(recording)}"


def _failure(recording: Recording) -> str:
    return recording.failure or "IVS gives no reason"
