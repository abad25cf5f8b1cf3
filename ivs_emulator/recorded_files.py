"""What a recording leaves in its bucket, where moto's S3 has that bucket: metadata and playlists.

There is no video. Source: User Guide "Auto-Record to Amazon S3".
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .stream_sessions import whole_second

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .models import IVSBackend
    from .recordings import Recording
    from .stream_sessions import StreamSession

STARTED, ENDED, FAILED = "started", "ended", "failed"
_STATUS = {
    STARTED: "RECORDING_STARTED",
    ENDED: "RECORDING_ENDED",
    FAILED: "RECORDING_ENDED_WITH_FAILURE",
}
_MASTER, _PLAYLIST = "master.m3u8", "playlist.m3u8"
# The heights into which IVS transcodes what is higher.
_LADDER = (480, 360, 160)


def write(
    ivs: IVSBackend, session: StreamSession, recording: Recording, what: str, at: datetime
) -> None:
    """Write the metadata file of this moment, and the playlists once the recording is over."""
    _put(
        ivs,
        recording,
        f"events/recording-{what}.json",
        json.dumps(_metadata(recording, session, what, at)),
    )
    if what == ENDED:
        renditions = list(_renditions(recording, session))
        for each in renditions:
            _put(
                ivs, recording, f"media/hls/{each['path']}/{_PLAYLIST}", "#EXTM3U\n#EXT-X-ENDLIST\n"
            )
        _put(ivs, recording, f"media/hls/{_MASTER}", _master(renditions))


def _metadata(
    recording: Recording, session: StreamSession, what: str, at: datetime
) -> dict[str, Any]:
    over = what != STARTED
    hls: dict[str, Any] = {
        "path": "media/hls",
        "playlist": _MASTER,
        "byte_range_playlist": "byte-range-multivariant.m3u8",
        "renditions": list(_renditions(recording, session)),
    }
    if over:
        hls["duration_ms"] = recording.duration // timedelta(milliseconds=1)
    fields: dict[str, Any] = {
        "version": "v1",
        "channel_arn": session.channel.arn,
        "recording_started_at": _time(recording.started_at or at),
        "recording_status": _STATUS[what],
        "media": {"hls": hls, **_thumbnails(recording)},
    }
    if over:
        fields["recording_ended_at"] = _time(recording.ended_at or at)
    if what == FAILED:
        fields["recording_status_message"] = "InternalServerException"
    return fields


def _renditions(recording: Recording, session: StreamSession) -> Iterator[dict[str, Any]]:
    video = recording.video
    if video is None:
        return
    yield _rendition(video.width, video.height, video.framerate)
    if session.channel.type != "BASIC":
        for height in _LADDER:
            if height < video.height:
                width = round(video.width * height / video.height)
                yield _rendition(width, height, min(video.framerate, 30))


def _rendition(width: int, height: int, framerate: int) -> dict[str, Any]:
    return {
        "path": f"{height}p{framerate}",
        "playlist": _PLAYLIST,
        "byte_range_playlist": "byte-range-variant.m3u8",
        "resolution_width": width,
        "resolution_height": height,
    }


def _thumbnails(recording: Recording) -> dict[str, Any]:
    video, wanted = recording.video, recording.configuration.thumbnail_configuration
    if video is None or wanted.get("recording_mode") != "INTERVAL":
        return {}
    size = {"resolution_width": video.width, "resolution_height": video.height}
    return {"thumbnails": {"path": "media/thumbnails", **size}}


def _master(renditions: list[dict[str, Any]]) -> str:
    lines = ["#EXTM3U"]
    for each in renditions:
        size = f"{each['resolution_width']}x{each['resolution_height']}"
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION={size}", f"{each['path']}/{_PLAYLIST}"]
    return "\n".join([*lines, ""])


def _time(at: datetime) -> str:
    return whole_second(at).isoformat().replace("+00:00", "Z")


def _put(ivs: IVSBackend, recording: Recording, name: str, text: str) -> None:
    # Only who records waits for moto's S3 to load.
    from moto.s3.models import s3_backends

    store = s3_backends[ivs.account_id]["aws"]
    if recording.prefix and recording.configuration.bucket in store.buckets:
        key = f"{recording.prefix}/{name}"
        store.put_object(recording.configuration.bucket, key, text.encode())
