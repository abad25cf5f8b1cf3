"""What an encoder sends, and whether its channel may take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivskit import quotas

if TYPE_CHECKING:
    from .channels import Channel

BASIC_SD_PIXELS = 852 * 480


@dataclass(frozen=True)
class Video:
    """The video (and audio) that an encoder sends, on one track or several."""

    width: int = 1280
    height: int = 720
    bitrate: int = 2_500_000
    framerate: int = 30
    codec: str = "avc1.4D401F"
    tracks: int = 1
    audio_bitrate: int = 128_000
    # Seconds between keyframes.
    keyframe_interval: int = 2

    def can_take_over(self, other: Video) -> bool:
        """Whether the two differ in nothing that a player would notice."""
        mine = (self.width, self.height, self.codec, self.tracks)
        return mine == (other.width, other.height, other.codec, other.tracks)


@dataclass(frozen=True)
class Breach:
    """A breached limit, as the event reports it."""

    name: str
    value: int
    exceeded_by: int
    unit: str

    def detail(self) -> dict[str, Any]:
        return {
            "limit_value": self.value,
            "exceeded_by": self.exceeded_by,
            "limit_unit": self.unit,
        }


def breach(channel: Channel, video: Video) -> Breach | None:
    """The first limit that the video exceeds."""
    found = (
        ("Ingest Bitrate", video.bitrate, _bitrate(channel, video), "bits per second"),
        ("Ingest Resolution", _edge(video), quotas.PIXELS_PER_EDGE, "pixels per edge"),
        ("Ingest Resolution", _pixels(video), quotas.TOTAL_PIXELS, "total pixels"),
    )
    for name, actual, limit, unit in found:
        if actual > limit:
            return Breach(name, limit, actual - limit, unit)
    return None


def mismatch(channel: Channel, video: Video) -> str | None:
    """The code of a session that ends because of its tracks."""
    multitrack = channel.multitrack_input_configuration or {}
    allowed = multitrack.get("enabled", False)
    if video.tracks > 1 and not allowed:
        return "MultitrackInputNotAllowed"
    if video.tracks == 1 and allowed and multitrack["policy"] == "REQUIRE":
        return "MultitrackInputRequired"
    return None


def configurations(video: Video) -> dict[str, list[dict[str, Any]]]:
    """As GetStreamSession shows what came in, track by track."""
    tracks = [f"Track{number}" for number in range(video.tracks)]
    common = {**_video(video), "avc_profile": "", "avc_level": "", "level": "3.1"}
    return {
        "video_configurations": [{**common, "profile": "Main", "track": t} for t in tracks],
        "audio_configurations": [{**_audio(video), "track": "Track0"}],
    }


def configuration(video: Video) -> dict[str, dict[str, Any]]:
    """The same in the deprecated form, for the first track alone."""
    shown = {**_video(video), "avc_profile": "Main", "avc_level": "3.1"}
    return {"video": shown, "audio": _audio(video)}


def _video(video: Video) -> dict[str, Any]:
    return {
        "codec": video.codec,
        "encoder": "ivskit emulator",
        "target_bitrate": video.bitrate,
        "target_framerate": video.framerate,
        "video_height": video.height,
        "video_width": video.width,
    }


def _audio(video: Video) -> dict[str, Any]:
    return {
        "codec": "mp4a.40.2",
        "target_bitrate": video.audio_bitrate,
        "sample_rate": 48_000,
        "channels": 2,
    }


def _bitrate(channel: Channel, video: Video) -> int:
    if channel.type == "BASIC":
        low = _pixels(video) <= BASIC_SD_PIXELS
        return quotas.BASIC_SD_BITRATE if low else quotas.BASIC_BITRATE
    return quotas.MULTITRACK_BITRATE if video.tracks > 1 else quotas.BITRATE


def _edge(video: Video) -> int:
    return max(video.width, video.height)


def _pixels(video: Video) -> int:
    return video.width * video.height
