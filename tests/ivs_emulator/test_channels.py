"""Channels: defaults, limits of combinations, lists, and what a live stream forbids."""

import re
from typing import Any

import pytest


def test_a_new_channel_has_the_documented_defaults_and_formats(ivs: Any) -> None:
    channel = ivs.create_channel()["channel"]

    assert channel["name"] == channel["recordingConfigurationArn"] == channel["preset"] == ""
    assert (channel["type"], channel["latencyMode"], channel["containerFormat"]) == (
        "STANDARD",
        "LOW",
        "TS",
    )
    assert not channel["authorized"]
    assert not channel["insecureIngest"]
    assert re.fullmatch(r"arn:aws:ivs:us-west-2:123456789012:channel/\w{12}", channel["arn"])
    assert re.fullmatch(r"\w{12}\.global-contribute\.live-video\.net", channel["ingestEndpoint"])
    assert channel["playbackUrl"].endswith(
        f"/v1/us-west-2.123456789012.channel.{channel['arn'][-12:]}.m3u8"
    )
    assert re.fullmatch(r"srt://\w{12}\.srt\.live-video\.net:9000", channel["srt"]["endpoint"])


def test_creating_a_channel_makes_one_stream_key_and_returns_both(ivs: Any) -> None:
    made = ivs.create_channel(name="show", tags={"team": "blue"})
    arn, key = made["channel"]["arn"], made["streamKey"]

    assert key["channelArn"] == arn
    assert re.fullmatch(r"sk_us-west-2_\w{12}_\w{30}", key["value"])
    assert key["tags"] == {}
    listed = ivs.list_stream_keys(channelArn=arn)["streamKeys"]
    assert [k["arn"] for k in listed] == [key["arn"]]
    assert ivs.get_channel(arn=arn)["channel"] == made["channel"]


def test_an_unknown_channel_is_not_found(ivs: Any, arn: str, refused: Any) -> None:
    error = refused(ivs.get_channel, arn=arn + "x")

    assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)
    assert arn + "x" in error["message"]


def test_a_batch_answers_each_channel_once_and_an_error_for_each_unknown_one(
    ivs: Any, arn: str
) -> None:
    answer = ivs.batch_get_channel(arns=[arn, arn + "x", arn])

    assert [c["arn"] for c in answer["channels"]] == [arn]
    (error,) = answer["errors"]
    assert (error["arn"], error["code"]) == (arn + "x", "ResourceNotFoundException")
    assert error["message"]


def test_an_update_changes_what_it_names_and_nothing_else(ivs: Any) -> None:
    arn = ivs.create_channel(name="show", authorized=True)["channel"]["arn"]

    channel = ivs.update_channel(arn=arn, latencyMode="NORMAL")["channel"]

    assert (channel["name"], channel["authorized"]) == ("show", True)
    assert channel["latencyMode"] == "NORMAL"
    assert ivs.get_channel(arn=arn)["channel"] == channel


def test_an_advanced_channel_has_a_preset_and_loses_it_with_its_type(ivs: Any) -> None:
    advanced = ivs.create_channel(type="ADVANCED_HD")["channel"]
    assert advanced["preset"] == "HIGHER_BANDWIDTH_DELIVERY"

    chosen = ivs.update_channel(arn=advanced["arn"], preset="CONSTRAINED_BANDWIDTH_DELIVERY")
    assert chosen["channel"]["preset"] == "CONSTRAINED_BANDWIDTH_DELIVERY"
    kept = ivs.update_channel(arn=advanced["arn"], type="ADVANCED_SD")
    assert kept["channel"]["preset"] == "CONSTRAINED_BANDWIDTH_DELIVERY"
    lost = ivs.update_channel(arn=advanced["arn"], type="BASIC")
    assert lost["channel"]["preset"] == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "HIGHER_BANDWIDTH_DELIVERY"},
        {"multitrackInputConfiguration": {"enabled": True}},
        {
            "multitrackInputConfiguration": {
                "enabled": True,
                "policy": "ALLOW",
                "maximumResolution": "HD",
            }
        },
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    ivs: Any, refused: Any, settings: dict[str, Any]
) -> None:
    assert refused(ivs.create_channel, **settings)["code"] == "ValidationException"
    assert ivs.list_channels()["channels"] == []


def test_multitrack_input_is_kept_with_all_that_it_needs(ivs: Any) -> None:
    multitrack = {"enabled": True, "policy": "REQUIRE", "maximumResolution": "FULL_HD"}

    channel = ivs.create_channel(
        containerFormat="FRAGMENTED_MP4", multitrackInputConfiguration=multitrack
    )["channel"]

    assert channel["multitrackInputConfiguration"] == multitrack


def test_a_configuration_that_does_not_exist_cannot_be_attached(ivs: Any, refused: Any) -> None:
    unknown = "arn:aws:ivs:us-west-2:123456789012:recording-configuration/AbCdef1G2hij"

    error = refused(ivs.create_channel, recordingConfigurationArn=unknown)

    assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)


def test_channels_are_listed_in_pages_each_once(ivs: Any) -> None:
    made = {ivs.create_channel(name=f"c{n}")["channel"]["arn"] for n in range(5)}

    pages = list(ivs.get_paginator("list_channels").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(p["channels"]) for p in pages] == [2, 2, 1]
    assert {c["arn"] for p in pages for c in p["channels"]} == made


def test_a_page_ends_where_it_ended_even_if_that_channel_is_gone(ivs: Any) -> None:
    for n in range(3):
        ivs.create_channel(name=f"c{n}")
    first = ivs.list_channels(maxResults=1)
    ivs.delete_channel(arn=first["channels"][0]["arn"])

    rest = ivs.list_channels(nextToken=first["nextToken"])["channels"]

    assert len(rest) == 2


def test_a_summary_holds_less_than_the_channel(ivs: Any, arn: str) -> None:
    (summary,) = ivs.list_channels()["channels"]

    assert summary["arn"] == arn
    assert "playbackUrl" not in summary


def test_channels_are_found_by_their_exact_name(ivs: Any, arn: str) -> None:
    ivs.create_channel(name="show-2")

    assert [c["arn"] for c in ivs.list_channels(filterByName="show")["channels"]] == [arn]
    assert ivs.list_channels(filterByName="sho")["channels"] == []


def test_two_filters_at_once_are_a_conflict(ivs: Any, refused: Any) -> None:
    error = refused(ivs.list_channels, filterByName="a", filterByRecordingConfigurationArn="")

    assert (error["code"], error["status"]) == ("ConflictException", 409)


def test_a_deleted_channel_takes_its_key_and_sessions_along(
    ivs: Any, arn: str, key: Any, live: Any, clock: Any, backend: Any, refused: Any
) -> None:
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(2)

    answer = ivs.delete_channel(arn=arn)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(ivs.get_stream_key, arn=key["arn"])["code"] == "ResourceNotFoundException"
    assert refused(ivs.delete_channel, arn=arn)["code"] == "ResourceNotFoundException"
    assert backend.sessions_of(arn) == []
    assert backend.agenda.next_due() is None


@pytest.mark.parametrize("operation", ["update_channel", "delete_channel"])
def test_a_channel_cannot_be_changed_from_session_created_to_stream_end(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, refused: Any, operation: str
) -> None:
    change = getattr(ivs, operation)
    backend.connect(key["value"])
    before_start = refused(change, arn=arn)
    clock.pass_by(7)
    while_live = refused(change, arn=arn)
    ivs.stop_stream(channelArn=arn)
    while_ending = refused(change, arn=arn)
    clock.pass_by(2)

    for error in (before_start, while_live, while_ending):
        assert (error["code"], error["status"]) == ("ConflictException", 409)
        assert error["message"].endswith(f"while resource: {arn} is live")
    change(arn=arn)
