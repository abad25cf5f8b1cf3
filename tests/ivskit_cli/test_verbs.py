"""The commands that act: what a person types, and what the stage does and says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivskit.commands import DETAIL_TYPES
from ivskit_cli.verdicts import PLOTS
from ivskit_local.runtime.synth import Templates, synthesize
from tests.ivskit_cli.stages import MANAGED, SECONDS, Stage, stage
from tests.worlds import ROOT


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


@pytest.fixture
def show(templates: Templates, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    """A stage with a channel that is live, and one that is not."""
    with stage(templates, capsys, {"show": MANAGED, "Late-Show": {}}) as there:
        there.go_live("show")
        there.world.run_for(60 * SECONDS)
        yield there


def test_every_command_of_ivskit_has_outcomes_that_answer_it() -> None:
    assert set(PLOTS) == set(DETAIL_TYPES)


def test_a_stream_is_stopped_and_its_channel_blocked_in_a_line(show: Stage) -> None:
    line = "ivskit stop show --block --wait"
    answer = show.type(line)

    assert len(line) <= 40
    assert answer.code == 0
    sent, blocked, stopped, verified = answer.out.splitlines()
    assert sent.startswith("Sent Stop Stream for show, as ")
    assert blocked == "show: done, blocked; the channel gets no key until it is unblocked."
    assert stopped.startswith("show: done, st-")
    assert verified == "show: verified, the channel is blocked, and down."
    assert not show.is_live("show")
    assert show.run.key("show") is None


def test_a_stop_lets_the_encoder_back_only_as_a_kick(show: Stage) -> None:
    answer = show.type("ivskit stop show --kick --wait")

    assert answer.code == 0
    assert "its encoder may reconnect." in answer.out
    assert show.run.key("show") == show.run.first_keys["show"]


def test_nobody_waits_unless_asked_where_nobody_looks_on(show: Stage) -> None:
    answer = show.type("ivskit stop show")

    sent, follow = answer.out.splitlines()
    command_id = sent.removesuffix(".").rpartition(" ")[2]
    assert follow == f"What comes of it: ivskit audit --cause {command_id}"
    assert (answer.code, show.is_live("show")) == (0, True)
    show.world.run_for(5 * SECONDS)
    assert not show.is_live("show")


def test_a_block_ends_with_unblock(show: Stage) -> None:
    assert show.type("ivskit block show --wait").code == 0
    answer = show.type("ivskit unblock show --wait")

    assert answer.code == 0
    assert "show: done, unblocked; it gets a new key at once." in answer.out
    show.world.run_for(5 * SECONDS)
    assert show.run.key("show") is not None


def test_a_dry_run_prints_the_entry_and_sends_nothing(show: Stage) -> None:
    answer = show.type("ivskit stop show --dry-run --reason 'a test' --session st-1A2b3c4D5e6F7")
    entry = json.loads(answer.out)

    show.world.run_for(5 * SECONDS)
    assert show.is_live("show")
    assert (entry["Source"], entry["DetailType"]) == ("ivskit.command", "Stop Stream")
    detail = json.loads(entry["Detail"])
    assert detail["channel_arn"] == show.run.arns["show"]
    assert (detail["reason"], detail["stream_id"]) == ("a test", "st-1A2b3c4D5e6F7")


def test_programs_get_one_document(show: Stage) -> None:
    done = json.loads(show.type("ivskit rotate Late-Show --wait --json").out)
    not_done = show.type("ivskit rotate show --wait --json")

    assert (done["command"], done["verdict"]) == ("Rotate Stream Key", "verified")
    assert done["channels"] == [{"channel_arn": show.run.arns["Late-Show"], "state": "verified"}]
    refused = json.loads(not_done.out)
    assert not_done.code == 1
    assert refused["verdict"] == "not done"
    assert "live" in refused["story"][0]["sentence"]
    sent = json.loads(show.type("ivskit rotate Late-Show --json").out)
    assert sent["verdict"] == "sent"


def test_a_wordy_command_shows_what_it_sends(show: Stage) -> None:
    answer = show.type("ivskit revoke show jane -v")

    assert json.loads(answer.err)["DetailType"] == "Revoke Viewers"
    assert "What comes of it: ivskit jobs --watch " in answer.out


def test_silence_leaves_the_status(show: Stage) -> None:
    answer = show.type("ivskit stop Late-Show -q --wait")

    assert (answer.code, answer.out, answer.err) == (1, "", "")


def test_ctrl_c_ends_the_waiting_and_not_the_command(
    show: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ivskit_cli.sending.time", SimpleNamespace(sleep=interrupt))
    with pytest.raises(KeyboardInterrupt):
        show.type("ivskit stop show --wait")

    last = show.capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("It is sent, and acts all the same: ivskit audit --cause ")
    show.world.run_for(5 * SECONDS)
    assert not show.is_live("show")


def test_a_command_that_nobody_answers_ends_with_a_clear_line(show: Stage) -> None:
    arn = show.run.arns["Late-Show"]
    show.world.gate.fault("dynamodb", "UpdateItem", "InternalServerError", times=1_000)
    answer = show.type(f"ivskit stop {arn} --wait --timeout 5")

    last = answer.out.splitlines()[-1]
    assert answer.code == 1
    assert last.startswith("No outcome in 5 s: it may still come. ivskit audit --cause ")


@pytest.mark.parametrize("way", ["arn", "id", "name", "url"])
def test_a_channel_is_found_by_whatever_a_person_has(show: Stage, way: str) -> None:
    arn = show.run.arns["show"]
    ivs = show.world.client("ivs")
    called = {
        "arn": arn,
        "id": arn.rpartition("/")[2],
        "name": "show",
        "url": ivs.get_channel(arn=arn)["channel"]["playbackUrl"],
    }[way]

    entry = json.loads(show.type(f"ivskit stop {called} --dry-run").out)

    assert json.loads(entry["Detail"])["channel_arn"] == arn


def test_a_name_of_two_channels_is_refused_with_both(show: Stage) -> None:
    second = show.world.client("ivs").create_channel(name="show")["channel"]["arn"]
    answer = show.type("ivskit stop show --dry-run")

    assert answer.code == 2
    assert "2 channels are called show, take one by its ARN: arn:" in answer.err
    assert {show.run.arns["show"], second} <= set(re.findall(r"arn:[^, \n]+", answer.err))
    assert answer.err.count("\n") == 1


def test_a_name_of_no_channel_is_refused_with_what_is_alike(show: Stage) -> None:
    answer = show.type("ivskit stop late-shwo --dry-run")

    assert answer.code == 2
    assert answer.err == ("ivskit: no channel in us-west-2 is called late-shwo; is it Late-Show?\n")


@pytest.mark.parametrize(
    "called",
    [
        "arn:aws:ivs:eu-west-1:123456789012:channel/AbCdef1G2hij",
        "https://x.eu-west-1.playback.live-video.net/api/video/v1/"
        "eu-west-1.123456789012.channel.AbCdef1G2hij.m3u8",
    ],
)
def test_a_channel_of_another_region_is_refused(show: Stage, called: str) -> None:
    answer = show.type(f"ivskit stop {called}")

    assert answer.code == 2
    assert "is in eu-west-1, and this shell is set for us-west-2" in answer.err


def test_an_arn_of_no_channel_is_refused(show: Stage) -> None:
    gone = "arn:aws:ivs:us-west-2:123456789012:channel/GoneGoneGone"
    answer = show.type(f"ivskit stop {gone}")

    assert (answer.code, answer.out) == (2, "")
    assert f"no channel in us-west-2 is called {gone}" in answer.err


def test_an_entry_that_the_bus_does_not_take_is_not_sent(
    show: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
    show.world.gate.own["events", "PutEvents"] = lambda *_: {
        "FailedEntryCount": 1,
        "Entries": [failed],
    }
    answer = show.type("ivskit stop show --wait")

    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "ivskit: it was not sent: InternalFailure: try again\n"


def test_an_outcome_that_cannot_be_read_leaves_the_command_sent(show: Stage) -> None:
    show.deny("logs", "FilterLogEvents")
    answer = show.type("ivskit stop show --wait")

    assert answer.code == 1
    assert "the command is sent as " in answer.err
    assert "but its outcome cannot be read: these credentials may not do that" in answer.err


def test_a_stop_that_nothing_verifies_is_done(show: Stage) -> None:
    answer = show.type("ivskit stop show --wait --timeout 5 --stage dev")

    assert answer.code == 0
    last = answer.out.splitlines()[-1]
    assert last.startswith("Nothing verified it in 5 s; it stays as it is. ivskit audit --cause ")
    assert last.endswith(" --stage dev")


def test_more_than_one_channel_must_be_confirmed(show: Stage) -> None:
    refused = show.type("ivskit block show Late-Show --wait")
    done = show.type("ivskit block show Late-Show --wait --yes")

    assert refused.code == 2
    assert "Block Channel: show, Late-Show. On all 2 channels? Nobody can be asked" in refused.err
    assert done.code == 0
    assert {line.partition(":")[0] for line in done.out.splitlines()[1:]} == {"show", "Late-Show"}


@pytest.mark.parametrize(("said", "code"), [("y", 0), ("", 1), ("no", 1)])
def test_a_person_is_asked_in_a_terminal(
    show: Stage, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return said

    monkeypatch.setattr("ivskit_cli.speech.is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", answer)

    assert show.type("ivskit block show Late-Show --no-wait").code == code
    assert asked == ["Block Channel: show, Late-Show. On all 2 channels? [y/N] "]


def test_many_viewers_must_be_confirmed(show: Stage, tmp_path: Path) -> None:
    file = tmp_path / "viewers.txt"
    file.write_text("\n".join(f"viewer-{number}" for number in range(101)))
    refused = show.type(f"ivskit revoke show --viewers-in {file}")
    few = show.type("ivskit revoke show jane bob --wait")
    many = show.type(f"ivskit revoke show --viewers-in {file} --yes --wait")

    assert refused.code == 2
    assert "101 viewers of show lose their streams" in refused.err
    assert few.code == 0
    _, accepted, revoked = few.out.splitlines()
    assert accepted.startswith("The command: accepted, 2 viewer session(s), in about ")
    assert revoked.startswith("The command: done, 2 viewer session(s) revoked; the report is s3:")
    assert many.code == 0
    assert "done, 101 viewer session(s) revoked" in many.out


@pytest.mark.parametrize(
    "line",
    [
        "ivskit revoke",
        "ivskit revoke show",
        "ivskit revoke show --manifest s3://bucket/viewers.csv",
        "ivskit revoke show jane --audience",
        "ivskit stop show --kick --block",
        "ivskit push show --metadata ''",
        "ivskit stop show --session show",
        "ivskit resume --reason x",
        "ivskit revoke show --viewers-in none.txt",
    ],
)
def test_wrong_usage_is_refused_in_one_line(show: Stage, line: str) -> None:
    answer = show.type(line)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("ivskit: ")
    assert answer.err.count("\n") == 1


def test_metadata_reaches_a_stream(show: Stage) -> None:
    live = show.type("ivskit push show --metadata '{\"poll\": 7}' --expires-in 30 --wait")
    offline = show.type("ivskit push Late-Show -m hello --wait")

    assert live.out.splitlines()[-1] == "show: done, the viewers get it."
    assert live.code == 0
    assert offline.out.splitlines()[-1] == "Late-Show: not done, the channel is not live."
    assert offline.code == 1


def test_a_stage_that_is_not_deployed_is_asked_about(show: Stage) -> None:
    answer = show.type("ivskit stop show --stage prod")

    assert answer.code == 1
    assert answer.err == (
        "ivskit: there is no parameter /ivskit/prod/bus: is stage prod deployed in us-west-2?\n"
    )
