"""What the service would refuse is not sent; the error names field, limit and value."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ParamValidationError

from ivskit.client import Ivs
from ivskit.client.ad_configurations import PostRoll
from ivskit.client.checks import check
from ivskit.client.recording_configurations import Thumbnails
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import Invalid, NotSent
from tests.ivskit.client.wire import Said, Wire

MODEL = botocore.session.get_session().create_client("ivs", "us-west-2").meta.service_model
ARN = "arn:aws:ivs:us-west-2:123456789012:"
CHANNEL = f"{ARN}channel/abc"
MEDIA_TAILOR = "arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/"


def wrong(value: object) -> Any:
    """A value that no type checker would let pass."""
    return value


MALFORMED: dict[str, tuple[Callable[[Ivs], object], str, str, object]] = {
    "an ARN of another kind": (
        lambda ivs: ivs.channels.get(f"{ARN}stream-key/abc"),
        "arn",
        "must match arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+",
        f"'{ARN}stream-key/abc'",
    ),
    "an ARN in capitals": (
        lambda ivs: ivs.channels.get(f"{ARN}CHANNEL/abc"),
        "arn",
        "must match arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+",
        f"'{ARN}CHANNEL/abc'",
    ),
    "an ARN of another region": (
        lambda ivs: ivs.streams.stop("arn:aws:ivs:us-east-1:123456789012:channel/abc"),
        "channelArn",
        "an ARN of us-west-2, where the client is",
        "'arn:aws:ivs:us-east-1:123456789012:channel/abc'",
    ),
    "a tagged resource of another region": (
        lambda ivs: ivs.tags.of("arn:aws:ivs:us-east-1:123456789012:channel/abc"),
        "resourceArn",
        "an ARN of us-west-2, where the client is",
        "'arn:aws:ivs:us-east-1:123456789012:channel/abc'",
    ),
    "an ARN that is too long": (
        lambda ivs: ivs.channels.get(CHANNEL + "x" * 128),
        "arn",
        "at most 128 characters",
        len(CHANNEL) + 128,
    ),
    "a name with a space": (
        lambda ivs: ivs.channels.create(name="my show"),
        "name",
        "must match [a-zA-Z0-9-_]*",
        "'my show'",
    ),
    "a name that is too long": (
        lambda ivs: ivs.channels.update(CHANNEL, name="x" * 129),
        "name",
        "at most 128 characters",
        129,
    ),
    "a viewer id that is too long": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, "v" * 41)),
        "viewerId",
        "at most 40 characters",
        41,
    ),
    "a session version beyond 32 bits": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, "v", up_to_version=2**31)),
        "viewerSessionVersionsLessThanOrEqualTo",
        "from 0 to 2147483647",
        2**31,
    ),
    "a negative session version": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, "v", up_to_version=-1)),
        "viewerSessionVersionsLessThanOrEqualTo",
        "from 0 to 2147483647",
        -1,
    ),
    "too many tags": (
        lambda ivs: ivs.tags.add(CHANNEL, {f"k{n}": "" for n in range(51)}),
        "tags",
        "at most 50 entries",
        51,
    ),
    "a reserved tag": (
        lambda ivs: ivs.stream_keys.create(CHANNEL, tags={"AWS:x": "1"}),
        "tags: key",
        'no "aws:" at its beginning',
        "'AWS:x'",
    ),
    "a tag without a name": (
        lambda ivs: ivs.tags.add(CHANNEL, {"": "1"}),
        "tags: key",
        "at least 1 characters",
        0,
    ),
    "a tag that is too long": (
        lambda ivs: ivs.tags.add(CHANNEL, {"k": "v" * 257}),
        "tags: value of 'k'",
        "at most 256 characters",
        257,
    ),
    "a tag with a line break": (
        lambda ivs: ivs.tags.add(CHANNEL, {"k": "a\nb"}),
        "tags: value of 'k'",
        "must match [",
        r"'a\nb'",
    ),
    "too many tags to remove": (
        lambda ivs: ivs.tags.remove(CHANNEL, [f"k{n}" for n in range(51)]),
        "tagKeys",
        "at most 50 items",
        51,
    ),
    "a stream id that is none": (
        lambda ivs: ivs.streams.session(CHANNEL, "st-short"),
        "streamId",
        "at least 26 characters",
        8,
    ),
    "a bucket that cannot be": (
        lambda ivs: ivs.recording_configurations.create("My_Bucket"),
        "destinationConfiguration.s3.bucketName",
        "must match [a-z0-9-.]+",
        "'My_Bucket'",
    ),
    "thumbnails too far apart": (
        lambda ivs: ivs.recording_configurations.create(
            "bucket", thumbnails=Thumbnails(target_interval_seconds=61)
        ),
        "thumbnailConfiguration.targetIntervalSeconds",
        "from 1 to 60",
        61,
    ),
    "too many MediaTailor configurations": (
        lambda ivs: ivs.ad_configurations.create([f"{MEDIA_TAILOR}{n}" for n in range(4)]),
        "mediaTailorPlaybackConfigurations",
        "at most 3 items",
        4,
    ),
    "a MediaTailor configuration that is none": (
        lambda ivs: ivs.ad_configurations.update(
            f"{ARN}ad-configuration/x", media_tailor_arns=[f"{MEDIA_TAILOR}a", CHANNEL]
        ),
        "mediaTailorPlaybackConfigurations[1].playbackConfigurationArn",
        "must match arn:aws:mediatailor:",
        f"'{CHANNEL}'",
    ),
    "a post-roll that is too long": (
        lambda ivs: ivs.ad_configurations.create(
            [f"{MEDIA_TAILOR}a"], post_roll=PostRoll(duration_seconds=301, enabled=True)
        ),
        "postRollConfiguration.durationSeconds",
        "from 1 to 300",
        301,
    ),
    "an id that is a number": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, wrong(42))),
        "viewerId",
        "a text",
        "42 (int)",
    ),
    "a version that is a text": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, "v", up_to_version=wrong("7"))),
        "viewerSessionVersionsLessThanOrEqualTo",
        "a whole number",
        "str",
    ),
    "a version that is a truth": (
        lambda ivs: ivs.viewer_sessions.revoke(Viewer(CHANNEL, "v", up_to_version=True)),
        "viewerSessionVersionsLessThanOrEqualTo",
        "a whole number",
        "True (bool)",
    ),
    "a truth that is a text": (
        lambda ivs: ivs.channels.create(authorized=wrong("yes")),
        "authorized",
        "True or False",
        "str",
    ),
    "a tag that is a truth": (
        lambda ivs: ivs.tags.add(CHANNEL, {"ivskit:managed": wrong(True)}),
        "tags: value of 'ivskit:managed'",
        "a text",
        "True (bool)",
    ),
    "a tag whose name is a number": (
        lambda ivs: ivs.channels.create(tags={wrong(5): "x"}),
        "tags: key",
        "a text",
        "5 (int)",
    ),
    "tags as other services have them": (
        lambda ivs: ivs.channels.create(tags=wrong([{"Key": "a", "Value": "b"}])),
        "tags",
        "a mapping",
        "list",
    ),
    "metadata that is no text": (
        lambda ivs: ivs.metadata.put(CHANNEL, wrong(42)),
        "metadata",
        "a text",
        "int",
    ),
    "metadata that is half a character": (
        lambda ivs: ivs.metadata.put(CHANNEL, "\ud83c"),
        "metadata",
        "characters of UTF-8 only",
        "an unpaired surrogate",
    ),
    "an ad break at a text": (
        lambda ivs: ivs.ad_configurations.insert_break(
            CHANNEL, duration_seconds=9, target_start_at=wrong("2026-11-20T16:00:00Z")
        ),
        "targetStartAt",
        "a time with a time zone",
        "str",
    ),
    "an ad break without time zone": (
        lambda ivs: ivs.ad_configurations.insert_break(
            CHANNEL,
            duration_seconds=9,
            target_start_at=datetime(2026, 11, 20, 16),  # noqa: DTZ001 - the point
        ),
        "targetStartAt",
        "a time with a time zone",
        "2026-11-20T16:00:00",
    ),
    "a slate that comes too late": (
        lambda ivs: ivs.failover_slates.create(activation_threshold_seconds=6),
        "activationThresholdSeconds",
        "from 3 to 5",
        6,
    ),
    "too many countries": (
        lambda ivs: ivs.playback_restriction_policies.create(allowed_countries=["DE"] * 201),
        "allowedCountries",
        "at most 200 items",
        201,
    ),
    "too many origins": (
        lambda ivs: ivs.playback_restriction_policies.update(
            f"{ARN}playback-restriction-policy/x", allowed_origins=["https://a"] * 6
        ),
        "allowedOrigins",
        "at most 5 items",
        6,
    ),
}


@pytest.mark.parametrize(("call", "field", "limit", "value"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_not_sent_and_the_error_says_what_and_why(
    wire: Wire, call: Callable[[Ivs], object], field: str, limit: str, value: object
) -> None:
    with pytest.raises(NotSent) as caught:
        call(Ivs(wire.client))

    error = caught.value
    assert wire.sent == []
    assert (error.field, error.value) == (field, value)
    assert error.limit.startswith(limit)
    assert str(error) == f"{error.operation}: {field}: {error.limit}, not {value}"
    assert error.operation in MODEL.operation_names


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateChannel", {"name": "", "recordingConfigurationArn": ""}),
        ("CreateChannel", {"tags": {"Größe x": "a_b . : / = + - @ \u00a0", "k": ""}}),
        # An ARN in a tag is only text.
        ("CreateChannel", {"tags": {"k": "arn:aws:ivs:eu-west-1:123456789012:channel/x"}}),
        # Newer than the model, perhaps.
        ("CreateChannel", {"type": "ADVANCED_8K", "unheard": "of"}),
        ("TagResource", {"resourceArn": f"{ARN}recording-configuration/x", "tags": {}}),
        ("StartViewerSessionRevocation", {"viewerSessionVersionsLessThanOrEqualTo": 2**31 - 1}),
        ("ListChannels", {"maxResults": 100}),
    ],
)
def test_what_may_be_sent_is_sent(operation: str, params: dict[str, Any]) -> None:
    check(MODEL.operation_model(operation), params, region="us-west-2")


def test_what_has_the_wrong_type_is_invalid_without_a_word_of_its_value(wire: Wire) -> None:
    secret: Any = {"hunter2": "hunter2"}

    with pytest.raises(Invalid) as caught:
        Ivs(wire.client).channels.get(secret)

    error = caught.value
    assert str(error) == "GetChannel: arn: a text, not dict"
    assert (error.__cause__, error.__context__) == (None, None)
    with pytest.raises(ParamValidationError, match="hunter2"):
        wire.client.get_channel(arn=secret)


def test_one_text_where_several_are_meant_is_one_and_not_its_letters() -> None:
    key = f"{ARN}stream-key/x"
    wire = Wire(lambda *_: Said({}))
    ivs = Ivs(wire.client)

    ivs.tags.remove(CHANNEL, "ivskit:managed")
    ivs.channels.get_many(CHANNEL)
    ivs.stream_keys.get_many(key)
    for call in (
        lambda: ivs.playback_restriction_policies.create(allowed_countries="DE"),
        lambda: ivs.ad_configurations.create(f"{MEDIA_TAILOR}a"),
    ):
        with pytest.raises(KeyError):  # the answer is empty
            call()

    sent = [body for _, body in wire.sent]
    assert sent[1:] == [
        {"arns": [CHANNEL]},
        {"arns": [key]},
        {"allowedCountries": ["DE"]},
        {"mediaTailorPlaybackConfigurations": [{"playbackConfigurationArn": f"{MEDIA_TAILOR}a"}]},
    ]
    assert "tagKeys=ivskit%3Amanaged" in wire.urls[0]
