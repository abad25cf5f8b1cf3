"""The channels of a scenario, and how each is made."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from ivs_emulator.channels import add_channel
from ivs_emulator.recording_configurations import RecordingConfiguration
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.words import Span, Strict, Text


class RecordingSpec(Strict):
    """Where a channel is recorded; reconnect_window: streams this close are one recording."""

    bucket: Text = "recordings"
    reconnect_window: Annotated[Span, Field(le=timedelta(minutes=5))] = timedelta()


class ChannelSpec(Strict):
    """A channel as it is when the scenario begins.

    private: only who has a token may watch; arn: where recorded events name it; recording: where it
    is recorded, if it is; later: it does not exist until somebody creates it.
    """

    tags: Mapping[str, str] = {}
    type: Literal["STANDARD", "BASIC", "ADVANCED_SD", "ADVANCED_HD"] = "STANDARD"
    has_key: bool = True
    private: bool = False
    arn: str | None = None
    recording: RecordingSpec | None = None
    later: bool = False


def add(world: World, arn: str, name: str, spec: ChannelSpec) -> None:
    """Make the channel in this world, with its key."""
    ivs = world.ivs
    settings: dict[str, Any] = {"name": name, "type": spec.type, "authorized": spec.private}
    if spec.recording is not None:
        settings["recording_configuration_arn"] = _recorded_to(world, spec.recording)
    add_channel(ivs, arn, dict(spec.tags), **settings)
    if spec.has_key:
        add_stream_key(ivs, arn, {})


def _recorded_to(world: World, spec: RecordingSpec) -> str:
    """The ARN of a new recording configuration, whose bucket is there."""
    buckets = {each["Name"] for each in world.client("s3").list_buckets()["Buckets"]}
    if spec.bucket not in buckets:
        world.client("s3").create_bucket(
            Bucket=spec.bucket,
            CreateBucketConfiguration={"LocationConstraint": world.ivs.region_name},
        )
    made = RecordingConfiguration(
        arn=world.ivs.identifiers.arn("recording-configuration"),
        tags={},
        destination_configuration={"s3": {"bucket_name": spec.bucket}},
        state="ACTIVE",
        recording_reconnect_window_seconds=round(spec.reconnect_window.total_seconds()),
    )
    world.ivs.recording_configurations[made.arn] = made
    return made.arn
