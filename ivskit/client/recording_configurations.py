"""Recording configurations: where and how streams are recorded in Amazon S3.

Source: IVS Low-Latency Streaming API reference and service quotas; 20 per region unless AWS
raised it. They cannot be changed, only replaced.
"""

from collections.abc import Mapping

from ivskit.client.answers import Answer, Setting


class S3Destination(Answer):
    """A bucket of the same account and region."""

    bucket_name: str


class Destination(Answer):
    """Where recordings go."""

    s3: S3Destination | None = None


class Thumbnails(Setting):
    """Which thumbnails are recorded: recording mode INTERVAL or DISABLED, every 1 to 60 seconds.

    Storage is any of SEQUENTIAL and LATEST; resolution one of SD, HD, FULL_HD, LOWEST_RESOLUTION.
    """

    recording_mode: str | None = None
    target_interval_seconds: int | None = None
    resolution: str | None = None
    storage: tuple[str, ...] | None = None


class Renditions(Setting):
    """Which renditions are recorded: selection ALL, NONE, or CUSTOM with a list of them."""

    rendition_selection: str | None = None
    renditions: tuple[str, ...] | None = None


class RecordingConfigurationSummary(Answer):
    """A recording configuration as lists return it; state CREATING, ACTIVE or CREATE_FAILED."""

    arn: str
    destination_configuration: Destination
    state: str
    name: str | None = None
    tags: Mapping[str, str] = {}


class RecordingConfiguration(RecordingConfigurationSummary):
    """One recording configuration; streams that reconnect within the window are recorded as one."""

    thumbnail_configuration: Thumbnails | None = None
    recording_reconnect_window_seconds: int | None = None
    rendition_configuration: Renditions | None = None
