"""`ivskit events` and `ivskit rules`, as their users call them."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit_cli.main import main
from tests.samples import EVENTS, SAMPLES, sample
from tests.worlds import ROOT


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What the command prints to standard output."""
    assert main(arguments) == code
    return capsys.readouterr().out


def test_every_sample_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "events").splitlines()[1:]
    listed = json.loads(printed(capsys, "events", "list", "--json"))

    assert [line.split()[0] for line in lines] == [path.stem for path in SAMPLES]
    assert [each["name"] for each in listed] == [path.stem for path in SAMPLES]
    assert any("Stream End" in line and "aws.ivs" in line for line in lines)


def test_a_sample_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(printed(capsys, "events", "show", "command.stop-stream"))

    assert shown == sample("command.stop-stream")


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES])
def test_a_new_event_is_of_now_and_valid(capsys: pytest.CaptureFixture[str], name: str) -> None:
    event, other = (json.loads(printed(capsys, "events", "new", name)) for _ in range(2))

    made = datetime.fromisoformat(event["time"])
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    assert len({event["id"], other["id"], sample(name)["id"]}) == 3
    if name.startswith("command."):
        ids = {each["detail"]["command_id"] for each in (event, other, sample(name))}
        assert len(ids) == 3
        assert event["detail"]["issued_at"] == event["time"]


def test_fields_of_a_new_event_are_set_and_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ("--set=detail.then=block", "--set=detail.stream_id=null", "--set=id=mine")

    event = json.loads(printed(capsys, "events", "new", "command.stop-stream", *settings))

    assert (event["id"], event["detail"]["then"]) == ("mine", "block")
    assert "stream_id" not in event["detail"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nothing"], "there is no sample 'nothing'; there are ad-break-state-change."),
        (["show"], "events takes list, show NAME or new NAME"),
        (
            ["new", "command.stop-stream", "--set", "detail.then=blok"],
            "Stop Stream: then: Input should be 'auto', 'rotate', 'kick' or 'block', not \"blok\"",
        ),
        (
            ["new", "command.stop-stream", "--set", "detail-type=Stop"],
            "detail-type: must be one of Rotate Stream Key, ",
        ),
        (
            ["new", "stream-state-change.stream-end", "--set", "detail.event_name=Over"],
            "IVS Stream State Change: detail.event_name: ",
        ),
        (
            ["new", "stream-state-change.stream-end", "--set", "account=7"],
            "--set: is not an EventBridge event: account: ",
        ),
        (
            ["new", "stream-state-change.stream-end", "--set", "source.x=7"],
            "--set source.x: source is no object, and has no fields",
        ),
    ],
)
def test_what_is_no_event_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["events", *arguments]) == 2

    err = capsys.readouterr().err
    assert err.startswith(f"ivskit: {said}")
    assert err.count("\n") == 1


def test_each_rule_is_listed_with_the_samples_that_it_matches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = printed(capsys, "rules").splitlines()

    [rule] = [line.split() for line in lines if line.startswith("RotateStreamKey/StreamEnd ")]
    assert rule == ["RotateStreamKey/StreamEnd", "default", "stream-state-change.stream-end"]
    assert lines[-1] == "No rule matches schedule.sweep."


def test_an_event_of_ones_own_says_why_a_rule_does_not_match(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = sample("stream-state-change.stream-end", event_name="Stream Start")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(event).encode())))

    lines = printed(capsys, "rules", "-").splitlines()

    assert lines[0] == "-: Stream Start"
    assert lines[1:3] == ["  ✓ Audit/IvsEvents", "  ✓ StopStream/StreamStart"]
    assert (
        '  · RotateStreamKey/StreamEnd: detail.event_name: wants "Stream End", and the event has'
        ' "Stream Start"'
    ) in lines


def test_rules_are_one_document_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(EVENTS / "command.stop-stream.json")

    rules: list[dict[str, Any]] = json.loads(printed(capsys, "rules", "--json", file))

    [stop] = [each for each in rules if each["rule"].endswith("StopStream/StopStreamCommand")]
    assert stop["events"] == [
        {"file": file, "id": sample("command.stop-stream")["id"], "matches": True, "why_not": []}
    ]
    assert all(each["events"][0]["why_not"] for each in rules if not each["events"][0]["matches"])
