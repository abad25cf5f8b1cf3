"""Recording configurations: where and how streams are recorded in Amazon S3.

Source: IVS Low-Latency Streaming API reference and service quotas; 20 per region unless AWS
raised it. They cannot be changed, only replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ivskit.client.first_use import OnFirstUse

if TYPE_CHECKING:
    from ivskit.client import recording_configurations as answers
    from ivskit.client.api import Api
    from ivskit.client.recording_configurations import (
        RecordingConfiguration,
        RecordingConfigurationSummary,
        Renditions,
        Thumbnails,
    )
else:
    answers = OnFirstUse("ivskit.client.recording_configurations")


class RecordingConfigurations:
    """Calls about recording configurations."""

    def __init__(self, api: Api) -> None:
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
            tags=tags,
        )
        return answers.RecordingConfiguration.said(answer["recordingConfiguration"])

    def get(self, arn: str) -> RecordingConfiguration:
        """The recording configuration.

        GetRecordingConfiguration, 3 calls a second. Raises NotFound.
        """
        answer = self._api.call("GetRecordingConfiguration", arn=arn)
        return answers.RecordingConfiguration.said(answer["recordingConfiguration"])

    def list(self) -> Iterator[RecordingConfigurationSummary]:
        """All recording configurations of the region.

        ListRecordingConfigurations, 3 calls a second, 100 configurations a call.
        """
        listed = self._api.pages("ListRecordingConfigurations", "recordingConfigurations")
        return map(answers.RecordingConfigurationSummary.said, listed)

    def delete(self, arn: str) -> bool:
        """Delete the recording configuration; False when there was none.

        DeleteRecordingConfiguration, 3 calls a second. Raises Conflict while a channel refers to
        it: remove the reference first, with an empty ARN.
        """
        return self._api.find("DeleteRecordingConfiguration", arn=arn) is not None
