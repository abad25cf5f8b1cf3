"""A walk through every operation, with its smallest and its full input, on a live channel."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from moto.core.utils import get_service_model

from ivskit_local import emulator
from ivskit_local.emulator.operations import OPERATIONS

from .conformity import departures

MODEL = get_service_model("ivs")
TAGS = {"team": "blue", "Größe": "L"}
STATUSES = {
    **dict.fromkeys(("DeleteChannel", "DeleteStreamKey", "PutMetadata"), 204),
}


class World:
    """What the inputs of the walk are about."""

    def __init__(self, ivs: Any, backend: emulator.IVSBackend, clock: Any) -> None:
        made = ivs.create_channel(name="live", tags=TAGS)
        self.live: str = made["channel"]["arn"]
        self.key: str = made["streamKey"]["arn"]
        self.stream_id = backend.connect(made["streamKey"]["value"]).stream_id
        clock.pass_by(7)
        self.idle: str = ivs.create_channel()["channel"]["arn"]
        (idle_key,) = ivs.list_stream_keys(channelArn=self.idle)["streamKeys"]
        ivs.delete_stream_key(arn=idle_key["arn"])


Inputs = list[Callable[[World], dict[str, Any]]]

INPUTS: dict[str, Inputs] = {
    "BatchGetChannel": [
        lambda w: {"arns": [w.live]},
        lambda w: {"arns": [w.live, w.idle, w.live + "x"]},
    ],
    "BatchGetStreamKey": [lambda w: {"arns": [w.key, w.key + "x"]}],
    "CreateChannel": [
        lambda w: {},
        lambda w: {
            "name": "full",
            "latencyMode": "NORMAL",
            "type": "STANDARD",
            "authorized": True,
            "recordingConfigurationArn": "",
            "tags": TAGS,
            "insecureIngest": True,
            "playbackRestrictionPolicyArn": "",
            "multitrackInputConfiguration": {
                "enabled": True,
                "policy": "ALLOW",
                "maximumResolution": "HD",
            },
            "containerFormat": "FRAGMENTED_MP4",
            "adConfigurationArn": "",
            "failoverSlateConfigurationArn": "",
        },
        lambda w: {"type": "ADVANCED_SD", "preset": "CONSTRAINED_BANDWIDTH_DELIVERY"},
    ],
    "CreateStreamKey": [
        lambda w: {"channelArn": w.idle},
        lambda w: {"channelArn": w.idle, "tags": TAGS},
    ],
    "DeleteChannel": [lambda w: {"arn": w.idle}],
    "DeleteStreamKey": [lambda w: {"arn": w.key}],
    "GetChannel": [lambda w: {"arn": w.live}],
    "GetStream": [lambda w: {"channelArn": w.live}],
    "GetStreamKey": [lambda w: {"arn": w.key}],
    "GetStreamSession": [
        lambda w: {"channelArn": w.live},
        lambda w: {"channelArn": w.live, "streamId": w.stream_id},
    ],
    "ListChannels": [
        lambda w: {},
        lambda w: {"filterByName": "live", "maxResults": 1},
        lambda w: {"maxResults": 1},
    ],
    "ListStreamKeys": [
        lambda w: {"channelArn": w.live},
        lambda w: {"channelArn": w.live, "maxResults": 50},
    ],
    "ListStreamSessions": [
        lambda w: {"channelArn": w.live},
        lambda w: {"channelArn": w.live, "maxResults": 100},
    ],
    "ListStreams": [
        lambda w: {},
        lambda w: {"filterBy": {"health": "HEALTHY"}, "maxResults": 1},
    ],
    "ListTagsForResource": [lambda w: {"resourceArn": w.live}],
    "PutMetadata": [lambda w: {"channelArn": w.live, "metadata": "{}"}],
    "StopStream": [lambda w: {"channelArn": w.live}],
    "TagResource": [lambda w: {"resourceArn": w.key, "tags": TAGS}],
    "UntagResource": [lambda w: {"resourceArn": w.live, "tagKeys": ["team", "x"]}],
    "UpdateChannel": [
        lambda w: {"arn": w.idle},
        lambda w: {"arn": w.idle, "name": "full", "authorized": True, "insecureIngest": True},
    ],
}
CASES = [
    pytest.param(name, inputs, id=f"{name}-{number}")
    for name, many in sorted(INPUTS.items())
    for number, inputs in enumerate(many)
]


@pytest.fixture
def world(ivs: Any, backend: emulator.IVSBackend, clock: Any) -> World:
    return World(ivs, backend, clock)


def test_the_walk_leaves_no_operation_out() -> None:
    assert INPUTS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize(("operation", "inputs"), CASES)
def test_an_answer_has_the_shape_and_status_of_the_model(
    ivs: Any, world: World, operation: str, inputs: Callable[[World], dict[str, Any]]
) -> None:
    answer = getattr(ivs, xform_name(operation))(**inputs(world))

    model = MODEL.operation_model(operation)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == STATUSES.get(operation, 200)
    assert model.http["responseCode"] == STATUSES.get(operation, 200)
    assert (
        list(departures(model.output_shape, answer, operation) if model.output_shape else []) == []
    )
