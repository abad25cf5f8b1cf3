"""The routes under /_ivs/: what they do, and a sentence for whoever asks them nonsense."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

import ivs_emulator
from ivs_emulator.control import ROUTES, Control

from .conftest import Ask

PACKAGE = Path(ivs_emulator.__file__).parent


def test_an_encoder_goes_live_by_key_or_by_channel_and_leaves(
    there: Any, ask: Ask, ivs: Any, arn: str, key: Any, clock: Any
) -> None:
    other = ivs_emulator.backend("123456789012", "eu-west-1")
    assert other.channels == {}
    status, said = ask("POST", "encoders", {"streamKey": key["value"]})
    assert (status, said["channelArn"]) == (200, arn)
    clock.pass_by(7)
    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] == said["streamId"]
    second = ivs.create_channel()["channel"]["arn"]
    assert ask("POST", "encoders", {"channelArn": second})[1]["channelArn"] == second
    assert ask("DELETE", f"encoders/{arn[-12:]}") == (200, {"channelArn": arn})

    assert ask("POST", "encoders", {"channelArn": arn})[0] == 200
    assert ask("POST", "encoders", {"channelArn": arn})[0] == 409


def test_an_encoder_may_reconnect_by_itself(
    there: Any, ask: Ask, ivs: Any, arn: str, clock: Any
) -> None:
    ask("POST", "encoders", {"channelArn": arn, "reconnect": True})
    clock.pass_by(7)
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(5)

    assert there.open_session(arn).phase.name == "CREATED"


def test_an_encoder_may_take_over_and_send_other_video(
    there: Any, ask: Ask, arn: str, clock: Any
) -> None:
    ask("POST", "encoders", {"channelArn": arn, "video": {"width": 1920, "height": 1080}})
    clock.pass_by(7)
    assert ask("POST", "encoders", {"channelArn": arn, "priority": 1})[0] == 409
    video = {"width": 1920, "height": 1080}
    assert ask("POST", "encoders", {"channelArn": arn, "priority": 1, "video": video})[0] == 200
    assert ask("PUT", f"encoders/{arn[-12:]}/viewers", {"viewers": 7})[0] == 200
    assert there.live_session(arn).viewer_count == 7

    assert ask("PUT", f"encoders/{arn[-12:]}/video", {"bitrate": 9_000_000})[0] == 200

    assert there.live_session(arn) is None


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        (["starve", "recover"], ["Starvation Start", "Starvation End"]),
        (["fail"], ["Stream Failure", "Stream End", "Session Ended"]),
    ],
)
def test_an_encoder_may_starve_recover_and_fail(
    there: Any, ask: Ask, arn: str, live: Any, bus_events: Any, steps: list[str], names: list[str]
) -> None:
    for step in steps:
        assert ask("POST", f"encoders/{arn[-12:]}/{step}") == (200, {"channelArn": arn})

    assert [name for name, _ in bus_events()][2:] in (
        names,
        [n for n in names if n != "Stream End"],
    )


def test_a_wrong_key_is_refused_and_not_repeated(there: Any, ask: Ask, ivs: Any, arn: str) -> None:
    status, said = ask("POST", "encoders", {"streamKey": "sk_us-west-2_secret"})
    assert (status, said) == (409, {"message": "no channel has this stream key"})

    (key,) = ivs.list_stream_keys(channelArn=arn)["streamKeys"]
    ivs.delete_stream_key(arn=key["arn"])
    assert ask("POST", "encoders", {"channelArn": arn})[1]["message"] == f"{arn} has no stream key"


def test_time_moves_on_and_takes_what_is_due_along(
    there: Any, ask: Ask, ivs: Any, arn: str
) -> None:
    ask("POST", "encoders", {"channelArn": arn})

    status, said = ask("POST", "clock", {"advanceSeconds": 7.5})

    assert (status, said) == (200, {"now": "2026-11-20T16:00:07Z"})
    events = ask("GET", "events")[1]["events"]
    assert [e["detail"]["event_name"] for e in events] == ["Session Created", "Stream Start"]
    assert ivs.get_stream(channelArn=arn)


def test_faults_are_set_for_everybody_and_shown(
    there: Any, ask: Ask, ivs: Any, refused: Any
) -> None:
    status, said = ask("PUT", "faults", {"faults": [{"kind": "500", "count": 1}], "seed": 3})

    assert status == 200
    assert said == ask("GET", "faults")[1]
    assert said["faults"][0]["kind"] == "500"
    assert refused(ivs.list_channels)["status"] == 500
    assert ivs.list_channels()


def test_a_time_out_that_says_nothing_of_its_length_is_longer_than_callers_wait(
    there: Any, ask: Ask
) -> None:
    said = ask("PUT", "faults", {"faults": [{"kind": "timeout"}]})[1]

    assert said["faults"][0]["seconds"] == 60


def test_calls_are_listed(there: Any, ask: Ask, ivs: Any, arn: str) -> None:
    ivs.get_channel(arn=arn)

    calls = ask("GET", "calls")[1]["calls"]

    assert [call["operation"] for call in calls] == ["CreateChannel", "GetChannel"]
    assert calls[1]["arn"] == arn
    json.dumps(calls)


def test_playback_is_judged(there: Any, ask: Ask, ivs: Any, arn: str) -> None:
    assert ask("POST", "playback", {"channelArn": arn})[1]["allowed"] is True
    ivs.update_channel(arn=arn, authorized=True)
    refused = {"allowed": False, "reason": "the channel is private, and there is no token"}
    assert ask("POST", "playback", {"channelArn": arn}) == (200, refused)
    assert ask("POST", "playback", {"token": "x"})[1]["allowed"] is False


def test_a_reset_forgets_everything(there: Any, ask: Ask, ivs: Any, arn: str) -> None:
    ask("PUT", "faults", {"faults": [{"kind": "slow"}]})
    ask("POST", "clock", {"advanceSeconds": 100})

    assert ask("POST", "reset") == (200, {})

    assert ask("GET", "faults")[1] == {"faults": []}
    assert there.channels == {}
    assert there.now().isoformat() == "2026-11-20T16:00:00+00:00"


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("POST", "encoders", [], "The body must be a JSON object."),
        ("POST", "encoders", {}, "One of streamKey and channelArn is needed."),
        (
            "POST",
            "encoders",
            {"streamKey": "a", "channelArn": "b"},
            "One of streamKey and channelArn is needed.",
        ),
        ("POST", "encoders", {"streamKey": 5}, "streamKey must be text."),
        ("POST", "encoders", {"channelArn": "x"}, 'There is no channel "x".'),
        ("POST", "encoders", {"channel": "x"}, "channel is not known here; known are streamKey,"),
        (
            "POST",
            "encoders",
            {"streamKey": "a", "reconnect": "yes"},
            "reconnect must be true or false.",
        ),
        (
            "POST",
            "encoders",
            {"streamKey": "a", "reconnectAfterSeconds": True},
            "reconnectAfterSeconds must be a number.",
        ),
        ("POST", "encoders", {"streamKey": "a", "video": 5}, "video must be an object."),
        ("DELETE", "encoders/x", None, 'There is no channel "x".'),
        ("DELETE", "encoders/x", {"a": 1}, "a is not known here; none is."),
        ("POST", "encoders/x/starve", None, 'There is no channel "x".'),
        ("PUT", "encoders/x/video", {"width": "wide"}, 'There is no channel "x".'),
        ("PUT", "encoders/x/viewers", {}, "viewers must be a count, or -1."),
        (
            "PUT",
            "encoders/x/viewers",
            {"viewers": -2},
            "viewers must be from -1 to 2147483647, not",
        ),
        ("POST", "clock", {}, "advanceSeconds must be a number of seconds"),
        ("POST", "clock", {"advanceSeconds": -1}, "advanceSeconds must be a number of seconds"),
        ("POST", "playback", {}, "token or channelArn is needed."),
        ("PUT", "faults", {}, "faults is needed: a list"),
        ("PUT", "faults", {"faults": {}}, "faults must be a list."),
        ("PUT", "faults", {"faults": [{"kind": "fire"}]}, "kind must be one of throttle, 500,"),
        (
            "PUT",
            "faults",
            {"faults": [{"kind": "500", "operation": "GetChanel"}]},
            "GetChanel is no operation of IVS.",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"kind": "500", "probability": 50}]},
            "probability must be from 0 to 1, not 50.",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"kind": "500", "count": -1}]},
            "count must be from 0 to 2147483647, not -1.",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"kind": "slow", "seconds": -0.5}]},
            "seconds must be from 0 to 3600, not -0.5.",
        ),
        (
            "PUT",
            "faults",
            {"faults": [{"kind": "slow", "seconds": 1e10}]},
            "seconds must be from 0 to 3600, not 10000000000.0.",
        ),
        ("PUT", "faults", {"faults": [{}] * 1001}, "faults must be at most 1000, not 1001."),
        ("PUT", "faults", {"faults": ["fire"]}, "The body must be a JSON object."),
        ("PUT", "faults", {"faults": [], "seed": 1.5}, "seed must be a whole number."),
    ],
)
def test_bad_input_is_answered_with_400_and_a_sentence(
    there: Any, ask: Ask, method: str, path: str, body: Any, sentence: str
) -> None:
    status, said = ask(method, path, body)

    assert status == 400
    assert said["message"].startswith(sentence)


def test_an_encoder_is_not_asked_for_the_impossible(there: Any, ask: Ask, arn: str) -> None:
    video = ask("POST", "encoders", {"channelArn": arn, "video": {"width": 0, "codec": "avc1"}})
    after = ask("POST", "encoders", {"channelArn": arn, "reconnectAfterSeconds": -1})

    assert video == (400, {"message": "width must be from 1 to 16384, not 0."})
    assert after == (400, {"message": "reconnectAfterSeconds must be from 0 to 86400, not -1."})


def test_a_body_that_is_no_json_is_bad_input(ask: Ask) -> None:
    assert Control(io.StringIO()).answer("POST", "/_ivs/clock", b"{") == (
        400,
        {"message": "The body must be JSON."},
    )


def test_an_unknown_route_is_answered_with_those_that_exist(there: Any, ask: Ask) -> None:
    for method, path in (("GET", "nonsense"), ("GET", "clock"), ("POST", "encoders/x/dance")):
        status, said = ask(method, path)
        assert status == 404
        assert said["message"].startswith(f"There is no {method} /_ivs/{path}; there are POST /_i")
    assert said["message"].count(" /_ivs/") == len(ROUTES) + 1


def test_the_readme_has_every_route() -> None:
    described = (PACKAGE / "README.md").read_text()

    for method, pattern in ROUTES:
        path = pattern.replace("(?P<channel_id>[A-Za-z0-9-]+)", "{channelId}")
        path = path.replace("(?P<what>starve|recover|fail)", "starve")
        assert f"`{method} /_ivs/{path}`" in described
