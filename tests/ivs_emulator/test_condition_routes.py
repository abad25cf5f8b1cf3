"""Quotas, delays, buckets and time, as a test sets them over HTTP, and what a reset leaves."""

from typing import Any

import pytest

import ivs_emulator
from ivskit import quotas

from .conftest import Ask


def test_a_quota_that_is_set_is_kept_by_every_region(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, refused: Any
) -> None:
    ivs.create_channel()

    status, said = ask("PUT", "quotas", {"channels": 1})

    assert (status, said) == ask("GET", "quotas")
    assert (said["channels"], said["concurrentStreams"]) == (1, 100)
    assert refused(ivs.create_channel)["code"] == "ServiceQuotaExceededException"
    assert ivs_emulator.backend("123456789012", "eu-west-1").limits.channels == 1


def test_no_encoder_goes_live_beyond_the_quota_of_streams(
    there: ivs_emulator.IVSBackend, ask: Ask, arn: str
) -> None:
    ask("PUT", "quotas", {"concurrentStreams": 0})

    assert ask("POST", "encoders", {"channelArn": arn}) == (
        409,
        {"message": "0 streams are live already, which is the account's limit"},
    )


def test_a_list_is_answered_also_where_nothing_is_allowed(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any
) -> None:
    ivs.create_recording_configuration(
        destinationConfiguration={"s3": {"bucketName": "recordings"}}
    )
    ask("PUT", "quotas", {"recordingConfigurations": 0})

    assert len(ivs.list_recording_configurations()["recordingConfigurations"]) == 1


def test_delays_are_what_they_are_set_to(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, arn: str
) -> None:
    status, said = ask("PUT", "timing", {"toStartSeconds": 0, "toEndAfterStopSeconds": 20})
    ask("POST", "encoders", {"channelArn": arn})

    assert (status, said) == ask("GET", "timing")
    assert said == {
        "toStartSeconds": 0,
        "toEndAfterStopSeconds": 20,
        "toEndTimeSeconds": 1,
        "withoutDataSeconds": 30,
        "toRecordingStartSeconds": 1,
        "toRecordingEndSeconds": 10,
        "toCreateConfigurationSeconds": 5,
        "toAdBreakSeconds": 10,
    }
    assert ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"
    ivs.stop_stream(channelArn=arn)
    ask("POST", "clock", {"advanceSeconds": 19})
    assert ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"


def test_a_bucket_that_is_missing_makes_a_configuration_fail(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any
) -> None:
    assert ask("GET", "buckets") == (200, {"buckets": None})
    status, said = ask("PUT", "buckets", {"buckets": {"body": "us-west-2"}})
    assert (status, said) == (200, {"buckets": {"body": "us-west-2"}})

    made = {
        name: ivs.create_recording_configuration(
            destinationConfiguration={"s3": {"bucketName": name}}
        )["recordingConfiguration"]["arn"]
        for name in ("body", "missing")
    }
    ask("POST", "clock", {"advanceSeconds": 5})

    states = {
        name: ivs.get_recording_configuration(arn=arn)["recordingConfiguration"]["state"]
        for name, arn in made.items()
    }
    assert states == {"body": "ACTIVE", "missing": "CREATE_FAILED"}
    assert ask("PUT", "buckets", {"buckets": None}) == (200, {"buckets": None})


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("quotas", {"channels": -1}, "channels must be from 0 to 1000000, not -1."),
        ("quotas", {"channels": 1.5}, "channels must be a whole number."),
        ("quotas", {"chanels": 1}, "chanels is not known here; known are channels, concurrent"),
        ("timing", {"toStartSeconds": 86_401}, "toStartSeconds must be from 0 to 86400, not 86401"),
        ("timing", {"toStart": 1}, "toStart is not known here; known are toStartSeconds,"),
        ("buckets", {}, "buckets is needed, such as"),
        ("buckets", {"buckets": ["a"]}, "buckets must be an object."),
        ("buckets", {"buckets": {"a": None}}, "a must be text."),
        ("buckets", {"buckets": None, "x": 1}, "buckets must be an object."),
    ],
)
def test_conditions_that_make_no_sense_are_refused(
    there: ivs_emulator.IVSBackend, ask: Ask, path: str, body: Any, sentence: str
) -> None:
    before = ask("GET", path)

    status, said = ask("PUT", path, body)

    assert status == 400
    assert said["message"].startswith(sentence)
    assert ask("GET", path) == before


@pytest.mark.parametrize("seconds", [2.5e11, 1e300, -1, 315_360_001])
def test_a_clock_that_would_go_too_far_does_not_move(
    there: ivs_emulator.IVSBackend, ask: Ask, seconds: float
) -> None:
    status, said = ask("POST", "clock", {"advanceSeconds": seconds})

    assert status == 400
    assert "from 0 to 315360000" in said["message"]
    assert there.now().isoformat() == "2026-11-20T16:00:00+00:00"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5_000])
def test_a_clock_is_moved_by_numbers_alone(
    there: ivs_emulator.IVSBackend, ask: Ask, number: bytes
) -> None:
    status, _ = ask.control.answer("POST", "/_ivs/clock", b'{"advanceSeconds": %s}' % number)

    assert status == 400


def test_after_a_reset_everything_is_as_in_the_beginning(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, bus_events: Any
) -> None:
    ask("PUT", "quotas", {"channels": 0})
    ask("PUT", "timing", {"toStartSeconds": 60})
    ask("PUT", "buckets", {"buckets": {}})
    ask("PUT", "faults", {"faults": [{"kind": "500"}], "seed": 7})
    ask("POST", "clock", {"advanceSeconds": 315_360_000})
    there.limit_member = "limit"
    elsewhere = ivs_emulator.backend("123456789012", "eu-west-1")

    assert ask("POST", "reset") == (200, {})

    assert ask("GET", "quotas")[1]["channels"] == quotas.CHANNELS
    assert ask("GET", "timing")[1]["toStartSeconds"] == 7
    assert ask("GET", "buckets")[1] == {"buckets": None}
    assert elsewhere.limits is there.limits
    assert there.limit_member == "limit_name"
    arn = ivs.create_channel()["channel"]["arn"]
    ask("POST", "encoders", {"channelArn": arn})
    ask("POST", "clock", {"advanceSeconds": 7})
    assert [name for name, _ in bus_events()] == ["Session Created", "Stream Start"]


def test_a_reset_rolls_the_dice_of_faults_anew(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any
) -> None:
    rolls = []
    for _ in range(2):
        ask("PUT", "faults", {"faults": [{"kind": "slow", "probability": 0.5}]})
        rolls.append([there.faults.draw("ListChannels") is None for _ in range(20)])
        ask("POST", "reset")

    assert rolls[0] == rolls[1]
    assert len(set(rolls[0])) == 2
