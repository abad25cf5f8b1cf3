"""The same scenarios by `Ivs` and by plain boto3: the same facts, none lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
import time_machine
from pydantic import BaseModel, SecretStr

import ivs_emulator
from ivskit.client import Ivs
from ivskit.client.ad_configurations import PostRoll
from ivskit.client.channels import MultitrackInput
from ivskit.client.recording_configurations import Renditions, Thumbnails
from ivskit.client.viewer_sessions import Viewer

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

TAGS = {"team": "blue", "Größe": "L"}
MEDIA_TAILOR = "arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/a"


def facts(value: Any) -> Any:
    """What is said, by the API's names, without what only says that there is nothing."""
    match value:
        case BaseModel():
            fields = type(value).model_fields
            return facts({str(field.alias): getattr(value, n) for n, field in fields.items()})
        case SecretStr():
            return value.get_secret_value()
        case Mapping():
            named = {name: facts(inner) for name, inner in value.items()}
            return {name: inner for name, inner in named.items() if inner not in (None, "", {}, [])}
        case list() | tuple():
            return [facts(item) for item in value]
    return value


@dataclass
class World:
    """One of everything, all of it in use."""

    policy: str
    recording: str
    ads: str
    slate: str
    pair: str
    channel: str
    key: str
    stream_id: str


@pytest.fixture
def world(
    ivs: Ivs, backend: ivs_emulator.IVSBackend, clock: time_machine.Traveller, public_key: str
) -> World:
    """A live channel with all that a channel can have."""
    policy = ivs.playback_restriction_policies.create(
        name="policy",
        allowed_countries=["DE", "US"],
        allowed_origins=["https://example.com"],
        strict_origin_enforcement=True,
        tags=TAGS,
    )
    recording = ivs.recording_configurations.create(
        "recordings",
        name="recording",
        thumbnails=Thumbnails(
            recording_mode="INTERVAL",
            target_interval_seconds=10,
            resolution="HD",
            storage=("SEQUENTIAL", "LATEST"),
        ),
        renditions=Renditions(rendition_selection="CUSTOM", renditions=("SD", "HD")),
        reconnect_window_seconds=60,
        tags=TAGS,
    )
    ads = ivs.ad_configurations.create(
        [MEDIA_TAILOR], name="ads", post_roll=PostRoll(duration_seconds=30, enabled=True), tags=TAGS
    )
    slate = ivs.failover_slates.create(
        name="slate",
        activation_threshold_seconds=5,
        min_slate_display_seconds=10,
        max_slate_display_seconds=180,
        tags=TAGS,
    )
    pair = ivs.playback_keys.add(public_key, name="pair", tags=TAGS)
    clock.shift(5)
    made = ivs.channels.create(
        name="show",
        type="ADVANCED_HD",
        preset="CONSTRAINED_BANDWIDTH_DELIVERY",
        latency_mode="NORMAL",
        authorized=True,
        insecure_ingest=True,
        recording_configuration_arn=recording.arn,
        playback_restriction_policy_arn=policy.arn,
        ad_configuration_arn=ads.arn,
        failover_slate_configuration_arn=slate.arn,
        tags=TAGS,
    )
    session = backend.connect(made.stream_key.value.get_secret_value())
    clock.shift(60)
    return World(
        policy=policy.arn,
        recording=recording.arn,
        ads=ads.arn,
        slate=slate.arn,
        pair=pair.arn,
        channel=made.channel.arn,
        key=made.stream_key.arn,
        stream_id=session.stream_id,
    )


def test_what_is_read_is_what_boto3_reads(ivs: Ivs, plain: "IVSClient", world: World) -> None:
    w = world
    policies = plain.list_playback_restriction_policies(maxResults=100)
    pairs: list[tuple[object, object]] = [
        (ivs.channels.get(w.channel), plain.get_channel(arn=w.channel)["channel"]),
        (
            ivs.channels.get_many([w.channel]).results,
            plain.batch_get_channel(arns=[w.channel])["channels"],
        ),
        ([*ivs.channels.list()], plain.list_channels()["channels"]),
        ([*ivs.channels.list(name="show")], plain.list_channels(filterByName="show")["channels"]),
        (ivs.stream_keys.get(w.key), plain.get_stream_key(arn=w.key)["streamKey"]),
        (
            ivs.stream_keys.get_many([w.key]).results,
            plain.batch_get_stream_key(arns=[w.key])["streamKeys"],
        ),
        (
            [*ivs.stream_keys.list(w.channel)],
            plain.list_stream_keys(channelArn=w.channel)["streamKeys"],
        ),
        (ivs.streams.get(w.channel), plain.get_stream(channelArn=w.channel)["stream"]),
        ([*ivs.streams.list()], plain.list_streams()["streams"]),
        (
            [*ivs.streams.list(health="HEALTHY")],
            plain.list_streams(filterBy={"health": "HEALTHY"})["streams"],
        ),
        (
            ivs.streams.session(w.channel),
            plain.get_stream_session(channelArn=w.channel)["streamSession"],
        ),
        (
            ivs.streams.session(w.channel, w.stream_id),
            plain.get_stream_session(channelArn=w.channel, streamId=w.stream_id)["streamSession"],
        ),
        (
            [*ivs.streams.sessions(w.channel)],
            plain.list_stream_sessions(channelArn=w.channel)["streamSessions"],
        ),
        (ivs.playback_keys.get(w.pair), plain.get_playback_key_pair(arn=w.pair)["keyPair"]),
        ([*ivs.playback_keys.list()], plain.list_playback_key_pairs()["keyPairs"]),
        (
            ivs.playback_restriction_policies.get(w.policy),
            plain.get_playback_restriction_policy(arn=w.policy)["playbackRestrictionPolicy"],
        ),
        (
            [*ivs.playback_restriction_policies.list()],
            policies["playbackRestrictionPolicies"],
        ),
        (
            ivs.recording_configurations.get(w.recording),
            plain.get_recording_configuration(arn=w.recording)["recordingConfiguration"],
        ),
        (
            [*ivs.recording_configurations.list()],
            plain.list_recording_configurations()["recordingConfigurations"],
        ),
        (
            ivs.ad_configurations.get(w.ads),
            plain.get_ad_configuration(arn=w.ads)["adConfiguration"],
        ),
        ([*ivs.ad_configurations.list()], plain.list_ad_configurations()["adConfigurations"]),
        (
            ivs.failover_slates.get(w.slate),
            plain.get_failover_slate_configuration(arn=w.slate)["failoverSlateConfiguration"],
        ),
        (
            [*ivs.failover_slates.list()],
            plain.list_failover_slate_configurations()["failoverSlateConfigurations"],
        ),
        (ivs.tags.of(w.channel), plain.list_tags_for_resource(resourceArn=w.channel)["tags"]),
    ]

    for ours, theirs in pairs:
        assert theirs
        assert facts(ours) == facts(theirs)


def test_what_was_asked_for_is_what_boto3_finds_afterwards(
    ivs: Ivs, plain: "IVSClient", backend: ivs_emulator.IVSBackend, world: World
) -> None:
    w = world
    found: Any = plain.get_channel(arn=w.channel)["channel"]
    policy: Any = plain.get_playback_restriction_policy(arn=w.policy)["playbackRestrictionPolicy"]
    recording: Any = plain.get_recording_configuration(arn=w.recording)["recordingConfiguration"]

    assert found["name"] == "show"
    assert (found["type"], found["preset"]) == ("ADVANCED_HD", "CONSTRAINED_BANDWIDTH_DELIVERY")
    assert (found["latencyMode"], found["authorized"]) == ("NORMAL", True)
    assert (found["insecureIngest"], found["tags"]) == (True, TAGS)
    assert found["recordingConfigurationArn"] == w.recording
    assert found["playbackRestrictionPolicyArn"] == w.policy
    assert found["adConfigurationArn"] == w.ads
    assert found["failoverSlateConfigurationArn"] == w.slate
    assert (policy["allowedCountries"], policy["allowedOrigins"]) == (
        ["DE", "US"],
        ["https://example.com"],
    )
    assert policy["enableStrictOriginEnforcement"] is True
    assert recording["destinationConfiguration"] == {"s3": {"bucketName": "recordings"}}
    assert recording["recordingReconnectWindowSeconds"] == 60
    assert recording["thumbnailConfiguration"]["targetIntervalSeconds"] == 10


def test_a_change_answers_and_leaves_what_boto3_finds_afterwards(
    ivs: Ivs, plain: "IVSClient", clock: time_machine.Traveller
) -> None:
    policy = ivs.playback_restriction_policies.create(allowed_countries=["DE"])
    ads = ivs.ad_configurations.create([MEDIA_TAILOR])
    slate = ivs.failover_slates.create()
    clock.shift(60)
    made = ivs.channels.create(playback_restriction_policy_arn=policy.arn).channel
    multitrack = MultitrackInput(enabled=True, policy="REQUIRE", maximum_resolution="FULL_HD")

    channel = ivs.channels.update(
        made.arn,
        name="new",
        playback_restriction_policy_arn="",
        multitrack_input=multitrack,
        container_format="FRAGMENTED_MP4",
    )
    new_policy = ivs.playback_restriction_policies.update(policy.arn, allowed_countries=[])
    new_ads = ivs.ad_configurations.update(
        ads.arn, name="new", post_roll=PostRoll(duration_seconds=9, enabled=False)
    )
    new_slate = ivs.failover_slates.update(slate.arn, name="new", max_slate_display_seconds=90)

    assert facts(channel) == facts(plain.get_channel(arn=made.arn)["channel"])
    assert (channel.name, channel.playback_restriction_policy_arn) == ("new", None)
    assert channel.multitrack_input_configuration == multitrack
    there: Any = plain.get_playback_restriction_policy(arn=policy.arn)["playbackRestrictionPolicy"]
    assert (facts(new_policy), new_policy.allowed_countries) == (facts(there), ())
    there = plain.get_ad_configuration(arn=ads.arn)["adConfiguration"]
    assert (facts(new_ads), new_ads.name) == (facts(there), "new")
    there = plain.get_failover_slate_configuration(arn=slate.arn)["failoverSlateConfiguration"]
    assert (facts(new_slate), new_slate.max_slate_display_seconds) == (facts(there), 90)


def test_what_acts_on_a_live_channel_acts(
    ivs: Ivs, backend: ivs_emulator.IVSBackend, clock: time_machine.Traveller, world: World
) -> None:
    ivs.metadata.put(world.channel, "goal!")
    ivs.viewer_sessions.revoke(Viewer(world.channel, "v-1", up_to_version=7))
    at = datetime.now(UTC) + timedelta(seconds=30)
    ad_break = ivs.ad_configurations.insert_break(
        world.channel, duration_seconds=20, ad_break_id="aB3dE5fG7hI9", target_start_at=at
    )

    assert [item.text for item in backend.metadata] == ["goal!"]
    assert backend.revocations.covers(world.channel, "v-1", 7)
    assert not backend.revocations.covers(world.channel, "v-1", 8)
    assert (ad_break.ad_break_id, ad_break.target_start_at) == ("aB3dE5fG7hI9", at)
    assert ivs.streams.stop(world.channel)
    clock.shift(60)
    assert not ivs.streams.stop(world.channel)
    assert not ivs.streams.is_live(world.channel)


def test_tags_are_added_and_removed(ivs: Ivs, plain: "IVSClient", channel: str) -> None:
    ivs.tags.add(channel, {"a": "1", "b": "2"})
    ivs.tags.remove(channel, ["a", "absent"])

    assert plain.list_tags_for_resource(resourceArn=channel)["tags"] == {
        "b": "2",
        "ivskit:managed": "true",
    }


def test_what_is_deleted_is_gone_and_deleting_it_again_says_so(
    ivs: Ivs, clock: time_machine.Traveller, public_key: str
) -> None:
    made = ivs.channels.create()
    policy = ivs.playback_restriction_policies.create()
    recording = ivs.recording_configurations.create("recordings")
    ads = ivs.ad_configurations.create([MEDIA_TAILOR])
    slate = ivs.failover_slates.create()
    pair = ivs.playback_keys.add(public_key)
    clock.shift(60)

    for delete, arn in (
        (ivs.stream_keys.delete, made.stream_key.arn),
        (ivs.channels.delete, made.channel.arn),
        (ivs.playback_restriction_policies.delete, policy.arn),
        (ivs.recording_configurations.delete, recording.arn),
        (ivs.ad_configurations.delete, ads.arn),
        (ivs.failover_slates.delete, slate.arn),
        (ivs.playback_keys.delete, pair.arn),
    ):
        assert delete(arn)
        assert not delete(arn)
    assert ivs.stream_keys.find(made.stream_key.arn) is None
    assert [*ivs.channels.list()] == []


def test_several_regions_work_side_by_side(plain: "IVSClient", ivs: Ivs) -> None:
    there = Ivs(boto3.client("ivs", "eu-west-1"))

    here_arn = ivs.channels.create(name="here").channel.arn
    there_arn = there.channels.create(name="there").channel.arn

    assert ([c.arn for c in ivs.channels.list()], here_arn.split(":")[3]) == (
        [here_arn],
        "us-west-2",
    )
    assert ([c.arn for c in there.channels.list()], there_arn.split(":")[3]) == (
        [there_arn],
        "eu-west-1",
    )


def test_a_botocore_client_does_as_well(backend: ivs_emulator.IVSBackend, channel: str) -> None:
    client = botocore.session.get_session().create_client("ivs", "us-west-2")

    assert Ivs(client).channels.get(channel).name == "show"


def test_viewers_that_could_not_be_counted_are_none_and_not_minus_one(
    ivs: Ivs, backend: ivs_emulator.IVSBackend, world: World
) -> None:
    backend.watch(world.channel, 42)
    counted = ivs.streams.get(world.channel)
    backend.watch(world.channel, -1)
    uncounted = ivs.streams.get(world.channel)

    assert counted is not None
    assert uncounted is not None
    assert (counted.viewer_count, uncounted.viewer_count) == (42, None)
