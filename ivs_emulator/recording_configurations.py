"""Recording configurations: where and how streams are recorded to S3."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .agenda import step
from .errors import ConflictException, ValidationException
from .paging import PageRequest, page
from .resources import Resource, find, refuse_beyond, refuse_while_attached

if TYPE_CHECKING:
    from .models import IVSBackend

THUMBNAILS = {
    "recording_mode": "INTERVAL",
    "target_interval_seconds": 60,
    "storage": ["SEQUENTIAL"],
}
# Where AWS creates a configuration for a bucket of another region, only to fail later.
LENIENT_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class RecordingConfiguration(Resource):
    destination_configuration: dict[str, Any]
    name: str = ""
    state: str = "CREATING"
    recording_reconnect_window_seconds: int = 0
    thumbnail_configuration: dict[str, Any] = field(default_factory=lambda: {**THUMBNAILS})
    rendition_configuration: dict[str, Any] = field(
        default_factory=lambda: {"rendition_selection": "ALL"}
    )

    @property
    def bucket(self) -> str:
        return str(self.destination_configuration["s3"]["bucket_name"])


def create_recording_configuration(
    ivs: IVSBackend, *, tags: dict[str, str] | None = None, **settings: Any
) -> dict[str, object]:
    _check(settings)
    arn = ivs.identifiers.arn("recording-configuration")
    made = RecordingConfiguration(arn=arn, tags=tags or {}, **_completed(settings))
    _refuse_bucket_elsewhere(ivs, made.bucket)
    there_are = len(ivs.recording_configurations)
    refuse_beyond(ivs.limits.recording_configurations, there_are, "Recording configurations")
    ivs.recording_configurations[arn] = made
    due = ivs.now() + ivs.timing.to_create_configuration
    ivs.agenda.add(due, partial(_finish, ivs, arn), arn)
    return {"recordingConfiguration": made}


def get_recording_configuration(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"recordingConfiguration": find(ivs.recording_configurations, arn)}


def delete_recording_configuration(ivs: IVSBackend, *, arn: str) -> None:
    configuration = find(ivs.recording_configurations, arn)
    refuse_while_attached(ivs, arn, "recording_configuration_arn")
    if configuration.state == "CREATING":
        raise ConflictException(f"Resource: {arn} is being created")
    del ivs.recording_configurations[arn]


def list_recording_configurations(
    ivs: IVSBackend, *, max_results: int | None = None, next_token: str | None = None
) -> dict[str, object]:
    limit = max_results or max(1, min(100, ivs.limits.recording_configurations))
    request = PageRequest(limit, next_token, "ListRecordingConfigurations")
    here, token = page(ivs.recording_configurations.values(), lambda made: made.arn, request)
    return {"recordingConfigurations": here, "nextToken": token}


def can_record(ivs: IVSBackend, configuration: RecordingConfiguration) -> bool:
    """Whether its bucket is there, in this region."""
    return ivs.buckets is None or ivs.buckets.get(configuration.bucket) == ivs.region_name


@step
def _finish(ivs: IVSBackend, arn: str, _: datetime) -> None:
    configuration = ivs.recording_configurations[arn]
    state = "ACTIVE" if can_record(ivs, configuration) else "CREATE_FAILED"
    ivs.recording_configurations[arn] = replace(configuration, state=state)


def _completed(settings: dict[str, Any]) -> dict[str, Any]:
    thumbnails = settings.get("thumbnail_configuration", {})
    if thumbnails.get("recording_mode") == "DISABLED":
        return settings
    return {**settings, "thumbnail_configuration": {**THUMBNAILS, **thumbnails}}


def _check(settings: dict[str, Any]) -> None:
    if "s3" not in settings["destination_configuration"]:
        raise ValidationException("destinationConfiguration.s3: is required")
    thumbnails = settings.get("thumbnail_configuration", {})
    interval = "target_interval_seconds" in thumbnails
    if "recording_mode" in thumbnails and interval != (thumbnails["recording_mode"] == "INTERVAL"):
        raise ValidationException(
            "thumbnailConfiguration.targetIntervalSeconds: goes with recordingMode INTERVAL alone"
        )
    renditions = settings.get("rendition_configuration", {})
    if renditions.get("rendition_selection") == "CUSTOM" and not renditions.get("renditions"):
        raise ValidationException(
            "renditionConfiguration.renditions: is required with renditionSelection CUSTOM"
        )


def _refuse_bucket_elsewhere(ivs: IVSBackend, bucket: str) -> None:
    region = (ivs.buckets or {}).get(bucket, ivs.region_name)
    if region != ivs.region_name and ivs.region_name != LENIENT_REGION:
        raise ValidationException(
            f'destinationConfiguration.s3.bucketName: "{bucket}" is in {region}'
        )
