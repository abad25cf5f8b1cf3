"""Every event that the emulator can send validates against its documented schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivs_emulator import EncoderRefused, IVSBackend, Video

from .conftest import name_of
from .test_configurations import ADS, BUCKET

SCHEMAS = Path(__file__).parents[2] / "events" / "schemas" / "ivs"
SAMPLES = Path(__file__).parents[2] / "events"


@pytest.fixture
def eventful(ivs: Any, backend: IVSBackend, clock: Any) -> list[dict[str, Any]]:
    """What a day sends on which everything happens."""
    ads = ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=ADS)["adConfiguration"]
    recording = ivs.create_recording_configuration(destinationConfiguration=BUCKET)
    clock.pass_by(5)
    made = ivs.create_channel(
        adConfigurationArn=ads["arn"],
        recordingConfigurationArn=recording["recordingConfiguration"]["arn"],
    )
    arn, value = made["channel"]["arn"], made["streamKey"]["value"]
    backend.limits.concurrent_streams = backend.limits.concurrent_views = 1
    backend.connect(value)
    clock.pass_by(20)
    ivs.insert_ad_break(channelArn=arn, durationSeconds=20)
    backend.watch(arn, 2)
    backend.starve(arn)
    backend.connect(value, priority=1)
    other = ivs.create_channel()["streamKey"]["value"]
    for arguments in ({"stream_key_value": value, "priority": 1}, {"stream_key_value": other}):
        with pytest.raises(EncoderRefused):
            backend.connect(**arguments)
    backend.send(arn, Video(bitrate=10_000_000))
    clock.pass_by(20)
    backend.buckets = {}
    backend.connect(value, video=Video(2000, 2000))
    clock.pass_by(20)
    backend.connect(value)
    clock.pass_by(20)
    backend.fail(arn)
    backend.buckets = None
    backend.connect(value)
    clock.pass_by(20)
    backend.disconnect(arn)
    backend.buckets = {}
    clock.pass_by(20)
    return list(backend.events)


def test_every_event_has_the_documented_shape(eventful: list[dict[str, Any]]) -> None:
    schemas = [json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))]
    by_type = {s["properties"]["detail-type"]["const"]: s for s in schemas}

    for event in eventful:
        Draft202012Validator(by_type[event["detail-type"]]).validate(event)
    assert len({event["id"] for event in eventful}) == len(eventful)


def test_there_is_an_event_of_every_kind_that_the_samples_show(
    eventful: list[dict[str, Any]],
) -> None:
    samples = [json.loads(path.read_text()) for path in SAMPLES.glob("*.json")]
    shown = {name_of(sample) for sample in samples if sample["source"] == "aws.ivs"}

    assert shown == {name_of(event) for event in eventful}
