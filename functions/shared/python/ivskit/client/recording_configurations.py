"""Recording configurations: where streams are recorded in Amazon S3, and what of them.

Source: IVS Low-Latency Streaming API reference and service quotas; 20 per region unless AWS
raised it. They cannot be changed, only replaced.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ivskit.client.answers import Answer, Setting

if TYPE_CHECKING:
    from ivskit.client.api import Api


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
    """A recording configuration as lists have it; state CREATING, ACTIVE or CREATE_FAILED."""

    arn: str
    destination_configuration: Destination
    state: str
    name: str | None = None
    tags: Mapping[str, str] = {}


class RecordingConfiguration(RecordingConfigurationSummary):
    """One recording configuration; streams that come within the window are recorded as one."""

    thumbnail_configuration: Thumbnails | None = None
    recording_reconnect_window_seconds: int | None = None
    rendition_configuration: Renditions | None = None


class RecordingConfigurations:
    """Calls about recording configurations."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    def create(
        self,
        bucket_name: str,
        *,
        name: str | None = None,
        thumbnails: Thumbnails | None = None,
        renditions: Renditions | None = None,
        reconnect_window_seconds: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RecordingConfiguration:
        """A new recording configuration, in state CREATING until it is ACTIVE or CREATE_FAILED.

        CreateRecordingConfiguration, 3 calls a second. The bucket's name has 3 to 63 characters,
        the window 0 to 300 seconds. A bucket in another region fails at once, in us-east-1 only
        later. Raises QuotaExceeded, Conflict.
        """
        answer = self._api.call(
            "CreateRecordingConfiguration",
            destinationConfiguration={"s3": {"bucketName": bucket_name}},
            name=name,
            thumbnailConfiguration=thumbnails and thumbnails.sent(),
            renditionConfiguration=renditions and renditions.sent(),
            recordingReconnectWindowSeconds=reconnect_window_seconds,
            tags=tags and dict(tags),
        )
        return RecordingConfiguration.said(answer["recordingConfiguration"])

    def get(self, arn: str) -> RecordingConfiguration:
        """The recording configuration.

        GetRecordingConfiguration, 3 calls a second. Raises NotFound.
        """
        answer = self._api.call("GetRecordingConfiguration", arn=arn)
        return RecordingConfiguration.said(answer["recordingConfiguration"])

    def list(self) -> Iterator[RecordingConfigurationSummary]:
        """All recording configurations of the region.

        ListRecordingConfigurations, 3 calls a second, 100 configurations a call.
        """
        listed = self._api.pages("ListRecordingConfigurations", "recordingConfigurations")
        return map(RecordingConfigurationSummary.said, listed)

    def delete(self, arn: str) -> bool:
        """Delete the recording configuration; False when there was none.

        DeleteRecordingConfiguration, 3 calls a second. Raises Conflict while a channel refers to
        it: take the reference away first, by an empty ARN.
        """
        return self._api.gone("DeleteRecordingConfiguration", arn=arn)
