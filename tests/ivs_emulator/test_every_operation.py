"""A walk through every operation, with its smallest and its full input, on a live channel."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name

import ivs_emulator
from ivs_emulator.operations import OPERATIONS
from ivs_emulator.service_model import service_model

from .conformity import departures

MODEL = service_model()
TAGS = {"team": "blue", "Größe": "L"}
DELETED = [
    *("AdConfiguration", "Channel", "FailoverSlateConfiguration", "PlaybackRestrictionPolicy"),
    *("RecordingConfiguration", "StreamKey"),
]
STATUSES = {"PutMetadata": 204, **{f"Delete{name}": 204 for name in DELETED}}
MEDIA_TAILOR = "arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/"


class World:
    """What the inputs of the walk are about; of everything one, used, and one that is not."""

    def __init__(
        self, ivs: Any, backend: ivs_emulator.IVSBackend, clock: Any, pem: list[str]
    ) -> None:
        self.pem = pem[1]
        self.pair: str = ivs.import_playback_key_pair(publicKeyMaterial=pem[0])["keyPair"]["arn"]
        self.policy, self.spare_policy = self._two(ivs.create_playback_restriction_policy)
        bucket = {"s3": {"bucketName": "recordings"}}
        self.recording, self.spare_recording = self._two(
            ivs.create_recording_configuration, destinationConfiguration=bucket
        )
        ads = [{"playbackConfigurationArn": MEDIA_TAILOR + "a"}]
        self.ads, self.spare_ads = self._two(
            ivs.create_ad_configuration, mediaTailorPlaybackConfigurations=ads
        )
        self.slate, self.spare_slate = self._two(ivs.create_failover_slate_configuration)
        clock.pass_by(5)
        made = ivs.create_channel(name="live", tags=TAGS, **self.attached())
        self.live: str = made["channel"]["arn"]
        self.key: str = made["streamKey"]["arn"]
        self.stream_id = backend.connect(made["streamKey"]["value"]).stream_id
        clock.pass_by(8)
        self.idle: str = ivs.create_channel()["channel"]["arn"]
        (idle_key,) = ivs.list_stream_keys(channelArn=self.idle)["streamKeys"]
        ivs.delete_stream_key(arn=idle_key["arn"])

    def attached(self) -> dict[str, str]:
        return {
            "recordingConfigurationArn": self.recording,
            "playbackRestrictionPolicyArn": self.policy,
            "adConfigurationArn": self.ads,
            "failoverSlateConfigurationArn": self.slate,
        }

    def _two(self, create: Callable[..., dict[str, Any]], **settings: Any) -> tuple[str, str]:
        first, second = (create(name=name, tags=TAGS, **settings) for name in ("one", "spare"))
        (member,) = first.keys() - {"ResponseMetadata"}
        return first[member]["arn"], second[member]["arn"]


POLICY = {
    "allowedCountries": ["DE", "US"],
    "allowedOrigins": ["https://example.com:8443", "null"],
    "enableStrictOriginEnforcement": True,
}
SLATE = {
    "activationThresholdSeconds": 5,
    "minSlateDisplaySeconds": 10,
    "maxSlateDisplaySeconds": 180,
}


def media_tailor(count: int) -> list[dict[str, str]]:
    return [{"playbackConfigurationArn": f"{MEDIA_TAILOR}{n}"} for n in range(count)]


Inputs = list[Callable[[World], dict[str, Any]]]

INPUTS: dict[str, Inputs] = {
    "BatchGetChannel": [
        lambda w: {"arns": [w.live]},
        lambda w: {"arns": [w.live, w.idle, w.live + "x"]},
    ],
    "BatchStartViewerSessionRevocation": [
        lambda w: {"viewerSessions": [{"channelArn": w.live, "viewerId": "v"}]},
        lambda w: {
            "viewerSessions": [
                {
                    "channelArn": arn,
                    "viewerId": "v" * 40,
                    "viewerSessionVersionsLessThanOrEqualTo": 2**31 - 1,
                }
                for arn in (w.live, w.live + "x")
            ]
        },
    ],
    "CreateAdConfiguration": [
        lambda w: {"mediaTailorPlaybackConfigurations": media_tailor(1)},
        lambda w: {
            "name": "full",
            "mediaTailorPlaybackConfigurations": media_tailor(3),
            "postRollConfiguration": {"durationSeconds": 300, "enabled": True},
            "tags": TAGS,
        },
    ],
    "CreateFailoverSlateConfiguration": [
        lambda w: {},
        lambda w: {"name": "full", "tags": TAGS, **SLATE},
    ],
    "CreatePlaybackRestrictionPolicy": [
        lambda w: {},
        lambda w: {"name": "full", "tags": TAGS, **POLICY},
    ],
    "CreateRecordingConfiguration": [
        lambda w: {"destinationConfiguration": {"s3": {"bucketName": "b-1"}}},
        lambda w: {
            "name": "full",
            "destinationConfiguration": {"s3": {"bucketName": "b.1"}},
            "tags": TAGS,
            "thumbnailConfiguration": {
                "recordingMode": "INTERVAL",
                "targetIntervalSeconds": 1,
                "resolution": "LOWEST_RESOLUTION",
                "storage": ["SEQUENTIAL", "LATEST"],
            },
            "recordingReconnectWindowSeconds": 300,
            "renditionConfiguration": {"renditionSelection": "CUSTOM", "renditions": ["SD"]},
        },
    ],
    "DeleteAdConfiguration": [lambda w: {"arn": w.spare_ads}],
    "DeleteFailoverSlateConfiguration": [lambda w: {"arn": w.spare_slate}],
    "DeletePlaybackKeyPair": [lambda w: {"arn": w.pair}],
    "DeletePlaybackRestrictionPolicy": [lambda w: {"arn": w.spare_policy}],
    "DeleteRecordingConfiguration": [lambda w: {"arn": w.spare_recording}],
    "GetAdConfiguration": [lambda w: {"arn": w.ads}],
    "GetFailoverSlateConfiguration": [lambda w: {"arn": w.slate}],
    "GetPlaybackKeyPair": [lambda w: {"arn": w.pair}],
    "GetPlaybackRestrictionPolicy": [lambda w: {"arn": w.policy}],
    "GetRecordingConfiguration": [lambda w: {"arn": w.recording}],
    "ImportPlaybackKeyPair": [
        lambda w: {"publicKeyMaterial": w.pem},
        lambda w: {"publicKeyMaterial": w.pem, "name": "full", "tags": TAGS},
    ],
    "InsertAdBreak": [
        lambda w: {"channelArn": w.live, "durationSeconds": 1},
        lambda w: {
            "channelArn": w.live,
            "durationSeconds": 300,
            "adBreakId": "hSi2o1WIVgij",
            "targetStartAt": "2026-11-20T17:00:00Z",
        },
    ],
    **{
        f"List{name}": [lambda w: {}, lambda w: {"maxResults": 1}, lambda w: {"maxResults": 100}]
        for name in (
            *("AdConfigurations", "FailoverSlateConfigurations", "PlaybackKeyPairs"),
            *("PlaybackRestrictionPolicies", "RecordingConfigurations"),
        )
    },
    "StartViewerSessionRevocation": [
        lambda w: {"channelArn": w.live, "viewerId": "v"},
        lambda w: {
            "channelArn": w.live,
            "viewerId": "v",
            "viewerSessionVersionsLessThanOrEqualTo": 5,
        },
    ],
    "UpdateAdConfiguration": [
        lambda w: {"arn": w.ads},
        lambda w: {
            "arn": w.ads,
            "name": "full",
            "mediaTailorPlaybackConfigurations": media_tailor(2),
            "postRollConfiguration": {"durationSeconds": 1, "enabled": False},
        },
    ],
    "UpdateFailoverSlateConfiguration": [
        lambda w: {"arn": w.slate},
        lambda w: {"arn": w.slate, "name": "full", **SLATE},
    ],
    "UpdatePlaybackRestrictionPolicy": [
        lambda w: {"arn": w.policy},
        lambda w: {"arn": w.policy, "name": "full", **POLICY},
    ],
    "BatchGetStreamKey": [lambda w: {"arns": [w.key, w.key + "x"]}],
    "CreateChannel": [
        lambda w: {},
        lambda w: {
            "name": "full",
            "latencyMode": "NORMAL",
            "type": "STANDARD",
            "authorized": True,
            "recordingConfigurationArn": w.recording,
            "tags": TAGS,
            "insecureIngest": True,
            "playbackRestrictionPolicyArn": w.policy,
            "multitrackInputConfiguration": {
                "enabled": True,
                "policy": "ALLOW",
                "maximumResolution": "HD",
            },
            "containerFormat": "FRAGMENTED_MP4",
            "adConfigurationArn": "",
            "failoverSlateConfigurationArn": w.slate,
        },
        lambda w: w.attached(),
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
    "ListTagsForResource": [
        lambda w: {"resourceArn": w.live},
        lambda w: {"resourceArn": w.slate},
    ],
    "PutMetadata": [lambda w: {"channelArn": w.live, "metadata": "{}"}],
    "StopStream": [lambda w: {"channelArn": w.live}],
    "TagResource": [lambda w: {"resourceArn": w.key, "tags": TAGS}],
    "UntagResource": [lambda w: {"resourceArn": w.live, "tagKeys": ["team", "x"]}],
    "UpdateChannel": [
        lambda w: {"arn": w.idle},
        lambda w: {"arn": w.idle, "name": "full", "authorized": True, **w.attached()},
    ],
}
CASES = [
    pytest.param(name, inputs, id=f"{name}-{number}")
    for name, many in sorted(INPUTS.items())
    for number, inputs in enumerate(many)
]


@pytest.fixture
def world(ivs: Any, backend: ivs_emulator.IVSBackend, clock: Any, public_keys: list[str]) -> World:
    return World(ivs, backend, clock, public_keys)


def test_the_walk_leaves_no_operation_out() -> None:
    assert INPUTS.keys() == OPERATIONS.keys() == set(MODEL.operation_names)
    assert len(INPUTS) >= 46


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
