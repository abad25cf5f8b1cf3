"""Replaying events, as a user of the `ivskit` command does."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ivskit_cli.main import main
from ivskit_local.replay import replay
from ivskit_local.report import as_document, block
from ivskit_local.runtime.synth import synthesize
from ivskit_local.samples import read_inputs
from tests.ivskit_local.replays import CREATED, END, ROOT, document, outcomes
from tests.samples import CHANNEL, EVENTS, sample

pytestmark = pytest.mark.usefixtures("in_the_project")


def test_the_document_has_the_form_that_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    report = document(capsys, END)

    assert list(report) == [
        "events",
        "outcomes",
        "dead_letters",
        "broken_invariants",
        "virtual_seconds",
        "scenarios",
    ]
    [event] = report["events"]
    assert {name: event[name] for name in list(event)[:5]} == {
        "id": sample("stream-state-change.stream-end")["id"],
        "sample": END,
        "detail_type": "IVS Stream State Change",
        "event_name": "Stream End",
        "rules": [
            "ivskit-dev-automation/RestrictPlayback/StreamEnd",
            "ivskit-dev-automation/RotateStreamKey/StreamEnd",
        ],
    }
    rotation = event["reactions"][2]
    assert rotation["function"] == "rotate_stream_key"
    assert rotation["channel_arn"] == CHANNEL
    assert rotation["reason"] == "the stream ended and did not come back"
    assert {"service": "ivs", "operation": "CreateStreamKey", "error": None} in rotation["calls"]
    assert rotation["ms"] > 0
    assert report["outcomes"] == {
        "Will Look Again": 1,
        "Stream Key Rotated": 1,
        "Rotation Skipped": 1,
    }
    assert report["virtual_seconds"] == 660


@pytest.mark.parametrize(
    ("name", "event_name"),
    [
        ("limit-breach.ingest-bitrate.registry-shape", "Ingest Bitrate"),
        ("recording-state-change.recording-end", "Recording End"),
        ("command.stop-stream", "Stop Stream"),
    ],
)
def test_every_kind_of_event_is_named_by_what_distinguishes_it(
    capsys: pytest.CaptureFixture[str], name: str, event_name: str
) -> None:
    event = document(capsys, str(EVENTS / f"{name}.json"))["events"][0]

    assert event["event_name"] == event_name


def test_for_people_there_is_a_block_per_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "-v", CREATED, END]) == 0

    created, ended, summary = capsys.readouterr().out.strip().split("\n\n")
    assert created.splitlines()[-1] == "  no automation subscribes to this event"
    assert "  matches ivskit-dev-automation/RotateStreamKey/StreamEnd" in ended.splitlines()
    assert "ivs DeleteStreamKey" in ended
    assert "→ Stream Key Rotated: the stream ended and did not come back" in ended
    assert "no dead letters" in summary


def test_an_attempt_without_an_outcome_is_not_shown_as_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", str(EVENTS / "command.revoke-viewers.json")]) == 0

    assert "✗" not in capsys.readouterr().out


def test_the_same_event_twice_in_one_world_rotates_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = document(capsys, END, END)

    created = [
        call
        for event in report["events"]
        for reaction in event["reactions"]
        for call in reaction["calls"]
        if call["operation"] == "CreateStreamKey"
    ]
    assert len(created) == 1


def test_a_sweep_comes_as_its_schedule_would_send_it(capsys: pytest.CaptureFixture[str]) -> None:
    sweep = str(EVENTS / "schedule.sweep.json")

    assert main(["replay", sweep]) == 0
    shown = capsys.readouterr().out
    [event] = document(capsys, sweep)["events"]

    assert "  sent straight to the queue ivskit-dev-reconcile-streams\n" in shown
    assert event["rules"] == []
    assert event["queues"] == ["ivskit-dev-reconcile-streams", "ivskit-dev-restrict-playback"]
    assert outcomes(event) == [None, "Streams Reconciled"]


def test_as_it_is_the_emulator_knows_no_channel(capsys: pytest.CaptureFixture[str]) -> None:
    [event] = document(capsys, "--as-is", END)["events"]

    [_, reaction] = event["reactions"]
    assert reaction["outcome"] == "Rotation Skipped"
    assert reaction["reason"] == "there is no such channel"


def test_dead_letters_are_shown_and_make_the_replay_fail(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    surprising = sample("stream-state-change.stream-end", stream_id="no stream id")
    file = tmp_path / "event.json"
    file.write_text(json.dumps(surprising))

    assert main(["replay", "--json", str(file)]) == 1

    report = json.loads(capsys.readouterr().out)
    [_, letter] = report["dead_letters"]
    assert letter["queue"] == "ivskit-dev-rotate-stream-key-dead-letters"
    assert letter["function"] == "rotate_stream_key"
    assert letter["event_id"] == surprising["id"]
    assert "stream_id" in letter["error"]
    assert "\n" not in letter["error"]
    assert "http" not in letter["error"]
    assert len(report["events"][0]["reactions"]) == 2 * 10


def test_with_a_permission_taken_out_the_denied_call_is_named_by_action_and_resource() -> None:
    templates: Any = deepcopy(dict(synthesize(ROOT)))
    for resource in templates["ivskit-dev-automation"]["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                if "ivs:DeleteStreamKey" in statement["Action"]:
                    statement["Action"].remove("ivs:DeleteStreamKey")

    report = replay(read_inputs([END], stdin=str).samples, templates, project_root=ROOT)

    text = "\n".join(line for each in report.replayed for line in block(each))
    assert "is not authorized to perform: ivs:DeleteStreamKey on resource: arn:aws:ivs:" in text
    assert not report.ok
    document = as_document(report)
    assert document["broken_invariants"] == []
    [letter] = document["dead_letters"]
    assert letter["event_id"] == document["events"][0]["id"]


def test_messages_to_people_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    breach = str(EVENTS / "limit-breach.concurrent-viewers.json")

    assert main(["replay", breach]) == 0
    shown = capsys.readouterr().out
    [message] = document(capsys, breach)["events"][0]["told"]

    assert message["text"].startswith('"IVS reports a limit breach in this account: ')
    assert f"  → {message['topic']}: {message['text']}\n" in shown
