"""The files that IVS writes beside a recording when it is over, as frozen models.

Source: IVS User Guide "Auto-Record to Amazon S3". Fields that IVS adds later are ignored.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class _Rendition(_Said):
    path: str
    playlist: str
    resolution_width: int | None = None
    resolution_height: int | None = None


class _Hls(_Said):
    path: str
    playlist: str
    duration_ms: int | None = None
    renditions: tuple[_Rendition, ...] = ()


class _Thumbnails(_Said):
    path: str | None = None
    resolution_width: int | None = None
    resolution_height: int | None = None


class _Media(_Said):
    hls: _Hls
    thumbnails: _Thumbnails | None = None


class Manifest(_Said):
    """The content of recording-ended.json or recording-failed.json."""

    recording_status: Literal["RECORDING_ENDED", "RECORDING_ENDED_WITH_FAILURE"]
    recording_status_message: str | None = None
    recording_started_at: AwareDatetime
    recording_ended_at: AwareDatetime
    media: _Media
