"""Encoders over HTTP: who is connected, and with which priority."""

from typing import Any

import pytest

import ivs_emulator

from .conftest import Ask


def test_encoders_are_listed_as_they_are_and_without_their_keys(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, arn: str, key: Any, clock: Any
) -> None:
    assert ask("GET", "encoders") == (200, {"encoders": []})
    connected = {"streamKey": f"{key['value']}?priority=5", "reconnect": True}
    stream_id = ask("POST", "encoders", connected)[1]["streamId"]
    (before,) = ask("GET", "encoders")[1]["encoders"]
    clock.pass_by(7)
    ask("PUT", f"encoders/{arn[-12:]}/viewers", {"viewers": 12})
    ask("POST", f"encoders/{arn[-12:]}/starve")

    (encoder,) = ask("GET", "encoders")[1]["encoders"]

    assert before["state"] == "CONNECTED"
    assert encoder == {
        "channelArn": arn,
        "streamId": stream_id,
        "state": "LIVE",
        "health": "STARVING",
        "viewers": 12,
        "takeovers": 0,
        "priority": 5,
        "reconnectAfterSeconds": 5,
        "video": {
            "width": 1280,
            "height": 720,
            "bitrate": 2_500_000,
            "framerate": 30,
            "codec": "avc1.4D401F",
            "tracks": 1,
            "audioBitrate": 128_000,
            "keyframeInterval": 2,
        },
    }
    ivs.stop_stream(channelArn=arn)
    assert ask("GET", "encoders") == (200, {"encoders": []})


def test_an_encoder_of_every_region_is_listed(there: ivs_emulator.IVSBackend, ask: Ask) -> None:
    for region in ("us-west-2", "eu-west-1"):
        backend = ivs_emulator.backend("123456789012", region)
        arn = f"arn:aws:ivs:{region}:123456789012:channel/AbCdef1G2hij"
        ivs_emulator.bring_to(
            lambda account, region: ivs_emulator.backend(account, region),
            {
                "detail-type": "IVS Stream State Change",
                "time": "2026-11-20T16:00:00Z",
                "resources": [arn],
                "detail": {"event_name": "Stream Start", "stream_id": "st-" + "a" * 23},
            },
            tags={},
        )
        assert backend.live_session(arn)

    assert len(ask("GET", "encoders")[1]["encoders"]) == 2


@pytest.mark.parametrize("priority", [0, -5, 2**31, 10**30])
def test_a_priority_out_of_range_lets_nobody_in(
    there: ivs_emulator.IVSBackend, ask: Ask, arn: str, key: Any, priority: int
) -> None:
    answers = [
        ask("POST", "encoders", {"channelArn": arn, "priority": priority}),
        ask("POST", "encoders", {"streamKey": f"{key['value']}?priority={priority}"}),
    ]

    for status, said in answers:
        assert status == 400
        assert said["message"].startswith("priority must be ")
        assert key["value"] not in said["message"]
    assert there.open_session(arn) is None


@pytest.mark.parametrize("priority", ["high", "", "5&priority=6", "1.5", "٣", "9" * 5_000])
def test_a_priority_in_the_key_is_one_whole_number(
    there: ivs_emulator.IVSBackend, ask: Ask, key: Any, priority: str
) -> None:
    status, said = ask("POST", "encoders", {"streamKey": f"{key['value']}?priority={priority}"})

    assert (status, said) == (400, {"message": "priority must be one whole number"})


@pytest.mark.parametrize("priority", [0, 2**31, 5])
def test_a_takeover_with_a_priority_that_is_invalid_or_too_low_fails_with_its_code(
    there: ivs_emulator.IVSBackend, ask: Ask, arn: str, key: Any, clock: Any, priority: int
) -> None:
    ask("POST", "encoders", {"streamKey": f"{key['value']}?priority=5"})
    clock.pass_by(7)

    status, said = ask("POST", "encoders", {"channelArn": arn, "priority": priority})

    assert status == 409
    assert said["message"].endswith("cannot be taken over: StreamTakeoverInvalidPriority")
    assert there.events[-1]["detail"]["event_name"] == "Stream Takeover Failure"
    assert there.events[-1]["detail"]["code"] == "StreamTakeoverInvalidPriority"


def test_a_higher_priority_in_the_key_takes_over(
    there: ivs_emulator.IVSBackend, ask: Ask, key: Any, clock: Any
) -> None:
    first = ask("POST", "encoders", {"streamKey": key["value"]})[1]
    clock.pass_by(7)

    for priority in (1, 2**31 - 1):
        name = f"{key['value']}?priority={priority}"
        assert ask("POST", "encoders", {"streamKey": name}) == (200, first)

    (encoder,) = ask("GET", "encoders")[1]["encoders"]
    assert (encoder["priority"], encoder["takeovers"]) == (2**31 - 1, 2)


def test_the_priority_of_the_request_goes_over_the_keys(
    there: ivs_emulator.IVSBackend, ask: Ask, key: Any
) -> None:
    ask("POST", "encoders", {"streamKey": f"{key['value']}?priority=5", "priority": 7})

    assert ask("GET", "encoders")[1]["encoders"][0]["priority"] == 7


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("width", 16_385, "from 1 to 16384"),
        ("tracks", 10**9, "from 1 to 16"),
        ("bitrate", 0, "from 1 to 1000000000"),
        ("framerate", 10**30, "from 1 to 1000"),
        ("audioBitrate", -1, "from 1 to 10000000"),
        ("keyframeInterval", 0, "from 1 to 60"),
    ],
)
def test_video_that_no_encoder_sends_is_refused(
    there: ivs_emulator.IVSBackend, ask: Ask, arn: str, field: str, value: int, limit: str
) -> None:
    answer = ask("POST", "encoders", {"channelArn": arn, "video": {field: value}})

    assert answer == (400, {"message": f"{field} must be {limit}, not {value}."})


@pytest.mark.parametrize("seconds", [1e300, 86_401, -0.5])
def test_an_encoder_comes_back_within_a_day(
    there: ivs_emulator.IVSBackend, ask: Ask, arn: str, seconds: float
) -> None:
    asked = {"channelArn": arn, "reconnect": True, "reconnectAfterSeconds": seconds}

    status, said = ask("POST", "encoders", asked)

    assert status == 400
    assert said["message"].startswith("reconnectAfterSeconds must be from 0 to 86400, not ")
