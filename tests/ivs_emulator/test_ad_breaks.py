"""Ad breaks: on a live channel with an ad configuration, one at a time."""

from datetime import timedelta
from typing import Any

import pytest

from .conftest import NOW
from .test_configurations import ADS


@pytest.fixture
def arn(ivs: Any, backend: Any, clock: Any) -> str:
    """A channel with ads, live since 16:00:07."""
    ads = ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=ADS)["adConfiguration"]
    made = ivs.create_channel(name="show", adConfigurationArn=ads["arn"])
    backend.connect(made["streamKey"]["value"])
    clock.pass_by(7)
    return str(made["channel"]["arn"])


def test_a_break_is_inserted_a_little_later_and_published(ivs: Any, arn: str, backend: Any) -> None:
    answer = ivs.insert_ad_break(channelArn=arn, durationSeconds=20)

    assert answer["targetStartAt"] == NOW + timedelta(seconds=17)
    detail = backend.events[-1]["detail"]
    assert detail["event_name"] == "Ad Break Inserted"
    assert detail["ad_break_id"] == answer["adBreakId"]
    assert detail["duration_seconds"] == 20
    assert detail["target_start_time"] == "2026-11-20T16:00:17Z"
    (event, *_) = ivs.get_stream_session(channelArn=arn)["streamSession"]["truncatedEvents"]
    assert (event["type"], event["name"]) == ("IVS Ad Break State Change", "Ad Break Inserted")


def test_a_caller_may_choose_id_and_time(ivs: Any, arn: str) -> None:
    at = NOW + timedelta(minutes=5)

    answer = ivs.insert_ad_break(
        channelArn=arn, durationSeconds=1, adBreakId="hSi2o1WIVgij", targetStartAt=at
    )

    assert (answer["adBreakId"], answer["targetStartAt"]) == ("hSi2o1WIVgij", at)


def test_a_second_break_waits_for_the_end_of_the_first(
    ivs: Any, arn: str, clock: Any, refused: Any
) -> None:
    ivs.insert_ad_break(channelArn=arn, durationSeconds=20)
    clock.pass_by(29)
    error = refused(ivs.insert_ad_break, channelArn=arn, durationSeconds=20)
    clock.pass_by(1)

    assert (error["code"], error["status"]) == ("ConflictException", 409)
    assert ivs.insert_ad_break(channelArn=arn, durationSeconds=20)


def test_a_break_needs_a_live_channel_with_ads_and_a_time_to_come(
    ivs: Any, arn: str, backend: Any, clock: Any, refused: Any
) -> None:
    past = refused(ivs.insert_ad_break, channelArn=arn, durationSeconds=1, targetStartAt=NOW)
    backend.disconnect(arn)
    offline = refused(ivs.insert_ad_break, channelArn=arn, durationSeconds=1)
    made = ivs.create_channel()
    backend.connect(made["streamKey"]["value"])
    clock.pass_by(7)
    adless = refused(ivs.insert_ad_break, channelArn=made["channel"]["arn"], durationSeconds=1)

    assert past["code"] == adless["code"] == "ValidationException"
    assert (offline["code"], offline["status"]) == ("ChannelNotBroadcasting", 404)
