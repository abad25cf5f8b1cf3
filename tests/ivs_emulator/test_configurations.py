"""Policies, recording, ad and slate configurations: limits, states, and what uses them."""

from typing import Any

import boto3
import pytest

import ivs_emulator

BUCKET = {"s3": {"bucketName": "recordings"}}
ADS = [{"playbackConfigurationArn": "arn:aws:mediatailor:us-west-2:1:playbackConfiguration/a"}]

# What is created how, what it is called, how many there may be, how a channel refers to it.
KINDS = [
    ("PlaybackRestrictionPolicy", {}, 3, "playbackRestrictionPolicyArn"),
    ("RecordingConfiguration", {"destinationConfiguration": BUCKET}, 20, None),
    ("AdConfiguration", {"mediaTailorPlaybackConfigurations": ADS}, 20, "adConfigurationArn"),
    ("FailoverSlateConfiguration", {}, 20, "failoverSlateConfigurationArn"),
]
KINDS_ATTACHED = [
    (name, settings, limit, attached or "recordingConfigurationArn")
    for name, settings, limit, attached in KINDS
]


class Kind:
    """The operations of one kind of configuration, by its name."""

    def __init__(self, ivs: Any, name: str, settings: dict[str, Any]) -> None:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]
        self._member = name[0].lower() + name[1:]
        self._settings = settings
        self._create = getattr(ivs, f"create_{snake}")
        self.get = getattr(ivs, f"get_{snake}")
        self.delete = getattr(ivs, f"delete_{snake}")

    def create(self, **settings: Any) -> Any:
        return self._create(**{**self._settings, **settings})[self._member]


@pytest.mark.parametrize(("name", "settings", "limit", "_"), KINDS, ids=lambda kind: str(kind)[:12])
def test_one_more_than_the_quota_is_refused(
    ivs: Any, refused: Any, name: str, settings: dict[str, Any], limit: int, _: Any
) -> None:
    kind = Kind(ivs, name, settings)
    for _n in range(limit):
        kind.create()

    error = refused(kind.create)

    assert (error["code"], error["status"]) == ("ServiceQuotaExceededException", 402)


@pytest.mark.parametrize(
    ("name", "settings", "_", "reference"), KINDS_ATTACHED, ids=lambda kind: str(kind)[:12]
)
def test_what_a_channel_uses_is_deleted_only_once_it_is_detached(
    ivs: Any, clock: Any, refused: Any, name: str, settings: Any, _: int, reference: str
) -> None:
    kind = Kind(ivs, name, settings)
    arn = kind.create()["arn"]
    clock.pass_by(5)
    channel = ivs.create_channel(**{reference: arn})["channel"]
    ivs.create_channel()
    assert channel[reference] == arn
    filter_by = f"filterBy{reference[0].upper()}{reference[1:]}"
    assert len(ivs.list_channels(**{filter_by: arn})["channels"]) == 1

    error = refused(kind.delete, arn=arn)
    ivs.update_channel(arn=channel["arn"], **{reference: ""})
    gone = kind.delete(arn=arn)

    assert (error["code"], error["status"]) == ("ConflictException", 409)
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(kind.get, arn=arn)["code"] == "ResourceNotFoundException"
    assert refused(kind.delete, arn=arn)["code"] == "ResourceNotFoundException"


def test_policies_are_listed_one_on_a_page_unless_asked_for_more(ivs: Any) -> None:
    for _ in range(3):
        ivs.create_playback_restriction_policy()

    first = ivs.list_playback_restriction_policies()

    assert len(first["playbackRestrictionPolicies"]) == 1
    rest = ivs.list_playback_restriction_policies(nextToken=first["nextToken"], maxResults=100)
    assert len(rest["playbackRestrictionPolicies"]) == 2


def test_a_policy_changes_in_what_an_update_names(ivs: Any) -> None:
    policy = ivs.create_playback_restriction_policy(allowedCountries=["DE"], name="n")

    arn = policy["playbackRestrictionPolicy"]["arn"]
    ivs.update_playback_restriction_policy(arn=arn, allowedOrigins=["https://example.com"])

    policy = ivs.get_playback_restriction_policy(arn=arn)["playbackRestrictionPolicy"]
    assert (policy["allowedCountries"], policy["name"]) == (["DE"], "n")
    assert policy["allowedOrigins"] == ["https://example.com"]
    assert policy["enableStrictOriginEnforcement"] is False


@pytest.mark.parametrize(
    "settings",
    [
        {"allowedCountries": ["de"]},
        {"allowedCountries": ["XX"]},
        {"allowedCountries": ["DE"] * 201},
        {"allowedOrigins": ["https://example.com/path"]},
        {"allowedOrigins": ["*"]},
        {"allowedOrigins": [f"https://{n}.example.com" for n in range(6)]},
        {"allowedOrigins": ["https://" + "x" * 121]},
    ],
)
def test_a_policy_of_countries_or_origins_that_are_none_is_refused(
    ivs: Any, refused: Any, settings: dict[str, Any]
) -> None:
    error = refused(ivs.create_playback_restriction_policy, **settings)
    assert (error["code"], error["status"]) == ("ValidationException", 400)

    arn = ivs.create_playback_restriction_policy()["playbackRestrictionPolicy"]["arn"]
    error = refused(ivs.update_playback_restriction_policy, arn=arn, **settings)
    assert error["code"] == "ValidationException"


def test_a_recording_configuration_is_active_a_moment_after_its_creation(
    ivs: Any, clock: Any, refused: Any
) -> None:
    made = ivs.create_recording_configuration(destinationConfiguration=BUCKET)
    configuration = made["recordingConfiguration"]
    assert configuration["state"] == "CREATING"
    assert configuration["thumbnailConfiguration"] == {
        "recordingMode": "INTERVAL",
        "targetIntervalSeconds": 60,
        "storage": ["SEQUENTIAL"],
    }
    assert configuration["renditionConfiguration"] == {"renditionSelection": "ALL"}
    assert configuration["recordingReconnectWindowSeconds"] == 0
    early = refused(ivs.delete_recording_configuration, arn=configuration["arn"])
    clock.pass_by(5)

    assert early["code"] == "ConflictException"
    got = ivs.get_recording_configuration(arn=configuration["arn"])["recordingConfiguration"]
    assert got["state"] == "ACTIVE"


@pytest.mark.parametrize(
    ("region", "buckets", "state"),
    [
        ("us-west-2", {"recordings": "us-west-2"}, "ACTIVE"),
        ("us-west-2", {}, "CREATE_FAILED"),
        ("us-west-2", {"recordings": "eu-west-1"}, None),
        ("us-east-1", {"recordings": "eu-west-1"}, "CREATE_FAILED"),
    ],
)
def test_a_bucket_must_exist_and_be_in_the_region(
    backend: ivs_emulator.IVSBackend,
    clock: Any,
    region: str,
    buckets: dict[str, str],
    state: str | None,
) -> None:
    ivs: Any = boto3.client("ivs", region)
    there = ivs_emulator.backend("123456789012", region)
    there.buckets = buckets
    if state is None:
        with pytest.raises(ivs.exceptions.ValidationException, match="eu-west-1"):
            ivs.create_recording_configuration(destinationConfiguration=BUCKET)
        return
    ivs.create_recording_configuration(destinationConfiguration=BUCKET)
    there.agenda.run_due(there.agenda.next_due() or there.now())

    (listed,) = ivs.list_recording_configurations()["recordingConfigurations"]
    assert listed["state"] == state


@pytest.mark.parametrize(
    "settings",
    [
        {"destinationConfiguration": {}},
        {"thumbnailConfiguration": {"recordingMode": "INTERVAL"}},
        {"thumbnailConfiguration": {"recordingMode": "DISABLED", "targetIntervalSeconds": 60}},
        {"renditionConfiguration": {"renditionSelection": "CUSTOM"}},
        {"recordingReconnectWindowSeconds": 301},
    ],
)
def test_a_recording_configuration_that_does_not_fit_together_is_refused(
    ivs: Any, refused: Any, settings: dict[str, Any]
) -> None:
    settings = {"destinationConfiguration": BUCKET, **settings}

    error = refused(ivs.create_recording_configuration, **settings)

    assert (error["code"], error["status"]) == ("ValidationException", 400)


def test_thumbnails_can_be_turned_off(ivs: Any) -> None:
    made = ivs.create_recording_configuration(
        destinationConfiguration=BUCKET, thumbnailConfiguration={"recordingMode": "DISABLED"}
    )["recordingConfiguration"]

    assert made["thumbnailConfiguration"] == {"recordingMode": "DISABLED"}


def test_an_ad_configuration_keeps_what_an_update_does_not_name(ivs: Any) -> None:
    made = ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=ADS)["adConfiguration"]
    assert made["postRollConfiguration"] == {"enabled": False, "durationSeconds": 15}
    post_roll = {"enabled": True, "durationSeconds": 30}
    ivs.update_ad_configuration(arn=made["arn"], postRollConfiguration=post_roll)

    ivs.update_ad_configuration(arn=made["arn"], name="renamed")

    got = ivs.get_ad_configuration(arn=made["arn"])["adConfiguration"]
    assert (got["name"], got["postRollConfiguration"]) == ("renamed", post_roll)
    assert got["mediaTailorPlaybackConfigurations"] == ADS


def test_ads_need_a_playback_configuration_and_segments_in_ts(ivs: Any, refused: Any) -> None:
    error = refused(ivs.create_ad_configuration, mediaTailorPlaybackConfigurations=[{}])
    assert error["code"] == "ValidationException"
    ads = ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=ADS)["adConfiguration"]

    error = refused(
        ivs.create_channel, adConfigurationArn=ads["arn"], containerFormat="FRAGMENTED_MP4"
    )

    assert error["code"] == "ValidationException"


def test_a_slate_is_created_and_updated_in_a_while_and_left_alone_meanwhile(
    ivs: Any, clock: Any, refused: Any
) -> None:
    slate = ivs.create_failover_slate_configuration()["failoverSlateConfiguration"]
    arn = slate["arn"]
    assert slate["state"] == "CREATING"
    assert slate["activationThresholdSeconds"] == slate["minSlateDisplaySeconds"] == 3
    assert slate["maxSlateDisplaySeconds"] == 60
    for operation in (
        ivs.update_failover_slate_configuration,
        ivs.delete_failover_slate_configuration,
    ):
        assert refused(operation, arn=arn)["code"] == "ConflictException"
    clock.pass_by(5)
    updated = ivs.update_failover_slate_configuration(arn=arn, maxSlateDisplaySeconds=90)
    assert updated["failoverSlateConfiguration"]["state"] == "UPDATING"
    clock.pass_by(5)

    got = ivs.get_failover_slate_configuration(arn=arn)["failoverSlateConfiguration"]
    assert (got["state"], got["maxSlateDisplaySeconds"]) == ("CREATED", 90)


def test_the_number_of_channels_is_limited(ivs: Any, backend: Any, refused: Any) -> None:
    backend.limits.channels = 1
    ivs.create_channel()

    assert refused(ivs.create_channel)["code"] == "ServiceQuotaExceededException"
