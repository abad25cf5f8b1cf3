"""Replaying events, as a user of the `ivskit` command does."""

import io
import json
import re
from copy import deepcopy
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from ivskit.redaction import redact
from ivskit_cli.main import main
from ivskit_local.replay import LONG_GAP, pass_time, replay
from ivskit_local.report import as_document, as_lines
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.samples import read_inputs
from tests.pruned import pruned
from tests.revocations import MINUTES
from tests.samples import CHANNEL, EVENTS, SAMPLES, SCENARIOS, sample
from tests.worlds import START, OpenWorld, opener

ROOT = Path(__file__).parents[2]
END = str(EVENTS / "stream-state-change.stream-end.json")
OBSERVED = {"policy.grace": "10s", "policy.mode": "observe"}
CREATED = str(EVENTS / "stream-state-change.session-created.json")


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a user is."""
    monkeypatch.chdir(ROOT)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `ivskit replay --json` prints."""
    main(["replay", "--json", *arguments])
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def outcomes(event: dict[str, Any]) -> list[str | None]:
    """The outcomes of everything that an event caused."""
    return [reaction["outcome"] for reaction in event["reactions"]]


def not_so(scenario: dict[str, Any]) -> tuple[str, list[str]]:
    """What of a scenario is not as it tells."""
    findings = [moment for moment in scenario["timeline"] if moment.get("kept") is False]
    return scenario["scenario"], [f"{one['expected']}; found: {one['found']}" for one in findings]


def test_without_a_path_all_samples_are_replayed_and_all_scenarios_come_out_as_they_tell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The one test that plays them: it takes longer than all else here."""
    left = main(["replay", "--json"])

    printed = capsys.readouterr().out
    assert redact(printed) == printed
    told = json.loads(printed)
    named = (event["sample"] for event in told["events"])
    assert sorted(filter(None, named)) == sorted(f"events/{path.name}" for path in SAMPLES)
    by_name = {event["sample"]: event for event in told["events"]}
    ended = by_name["events/stream-state-change.stream-end.json"]
    assert outcomes(ended) == ["Will Look Again", "Stream Key Rotated", "Rotation Skipped"]
    assert by_name["events/stream-state-change.session-created.json"]["rules"] == []
    assert (told["dead_letters"], told["broken_invariants"]) == ([], [])
    played = [scenario["scenario"] for scenario in told["scenarios"]]
    assert played == [f"events/scenarios/{path.name}" for path in SCENARIOS]
    assert {name: broken for name, broken in map(not_so, told["scenarios"]) if broken} == {}
    assert left == 0


def test_the_document_has_the_form_that_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, END)

    assert list(told) == [
        "events",
        "outcomes",
        "dead_letters",
        "broken_invariants",
        "virtual_seconds",
        "scenarios",
    ]
    [event] = told["events"]
    assert {name: event[name] for name in list(event)[:5]} == {
        "id": sample("stream-state-change.stream-end")["id"],
        "sample": END,
        "detail_type": "IVS Stream State Change",
        "event_name": "Stream End",
        "rules": ["ivskit-dev-automation/RotateStreamKey/StreamEnd"],
    }
    rotation = event["reactions"][1]
    assert rotation["function"] == "rotate_stream_key"
    assert rotation["channel_arn"] == CHANNEL
    assert rotation["reason"] == "the stream ended and did not come back"
    assert {"service": "ivs", "operation": "CreateStreamKey", "error": None} in rotation["calls"]
    assert rotation["ms"] > 0
    assert told["outcomes"] == {
        "Will Look Again": 1,
        "Stream Key Rotated": 1,
        "Rotation Skipped": 1,
    }
    assert told["virtual_seconds"] == 660


@pytest.mark.parametrize(
    ("name", "event_name"),
    [
        ("limit-breach.ingest-bitrate.registry-shape", "Ingest Bitrate"),
        ("recording-state-change.recording-end", "Recording End"),
        ("command.stop-stream", "Stop Stream"),
    ],
)
def test_every_kind_of_event_is_named_by_what_tells_it_apart(
    capsys: pytest.CaptureFixture[str], name: str, event_name: str
) -> None:
    event = document(capsys, str(EVENTS / f"{name}.json"))["events"][0]

    assert event["event_name"] == event_name


def test_for_people_there_is_a_block_per_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", CREATED, END]) == 0

    created, ended, summary = capsys.readouterr().out.strip().split("\n\n")
    assert created.splitlines()[-1] == "  no automation subscribes to this event"
    assert "  matches ivskit-dev-automation/RotateStreamKey/StreamEnd" in ended.splitlines()
    assert "ivs DeleteStreamKey" in ended
    assert "→ Stream Key Rotated: the stream ended and did not come back" in ended
    assert "nothing is left in dead letters" in summary


def test_an_attempt_that_has_nothing_to_tell_is_not_shown_as_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", str(EVENTS / "command.revoke-viewers.json")]) == 0

    assert "✗" not in capsys.readouterr().out


def test_the_same_event_twice_in_one_world_rotates_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = document(capsys, END, END)

    created = [
        call
        for event in told["events"]
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

    assert "  straight into the queue ivskit-dev-reconcile-streams\n" in shown
    assert (event["rules"], event["queues"]) == ([], ["ivskit-dev-reconcile-streams"])
    assert outcomes(event) == ["Streams Reconciled"]


def test_standard_input_is_replayed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(sample("command.rotate-stream-key"))))

    [event] = document(capsys, "-")["events"]

    assert event["sample"] == "-"
    assert outcomes(event)[0] == "Stream Key Rotated"


def test_standard_input_in_bytes_is_replayed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(sample("command.rotate-stream-key")).encode("utf-16")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    [event] = document(capsys, "-")["events"]

    assert outcomes(event)[0] == "Stream Key Rotated"


# Accounts, regions and times as people's events have them.

REGIONS = re.findall(
    r"[a-z]+-[a-z]+-\d", re.findall(r"IVS lives in (.*)", (ROOT / "README.md").read_text())[0]
)


def test_the_readme_names_every_region_of_ivs() -> None:
    assert sorted(REGIONS) == sorted(get_session().get_available_regions("ivs"))


def elsewhere(file: Path, name: str, **place: str) -> str:
    """A sample of another account or region, in a file."""
    event = sample(name)
    text = json.dumps(event)
    for field, value in place.items():
        text = text.replace(event[field], value)
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("region", REGIONS)
def test_events_of_every_region_are_replayed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, region: str
) -> None:
    names = [
        "stream-state-change.stream-end",
        "limit-breach.concurrent-viewers",
        "command.push-metadata",
        "command.revoke-viewers",
        "schedule.sweep",
    ]
    files = [elsewhere(tmp_path / name, name, region=region) for name in names]

    told = document(capsys, *files)

    assert (told["dead_letters"], told["broken_invariants"]) == ([], [])
    assert {"Stream Key Rotated", "Viewers Revoked", "Metadata Pushed"} <= set(told["outcomes"])


def test_events_of_two_accounts_and_regions_have_a_world_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = "stream-state-change.stream-end"
    files = [
        elsewhere(tmp_path / "1", name),
        elsewhere(tmp_path / "2", name, account="210987654321"),
        elsewhere(tmp_path / "3", name, region="eu-west-1"),
        elsewhere(tmp_path / "4", name),
    ]

    assert main(["replay", "--json", *files]) == 0

    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert [event["sample"] for event in told["events"]] == [files[n] for n in (0, 3, 1, 2)]
    assert told["outcomes"]["Stream Key Rotated"] == 4
    assert told["virtual_seconds"] == 3 * 660
    assert printed.err == (
        "ivskit: events of 3 accounts and regions, each replayed in a world of its own\n"
    )


def years_apart(folder: Path) -> str:
    """The end of a stream, and of another one two years later."""
    first, second = (
        sample("stream-state-change.stream-end"),
        sample("stream-state-change.stream-end", stream_id="st-2A2b3c4D5e6F78ghij9Klmn"),
    )
    file = folder / "years.json"
    file.write_text(json.dumps([first | {"time": "2024-09-09T16:17:26Z"}, second]))
    return str(file)


def test_events_years_apart_are_replayed_in_seconds_and_what_is_left_out_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["replay", "--json", years_apart(tmp_path)]) == 0

    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["outcomes"]["Stream Key Rotated"] == 2
    assert timedelta(seconds=told["virtual_seconds"]).days == 802
    assert printed.err == (
        "ivskit: no event between 2024-09-09 16:28 and 2026-11-20 16:47: recurring schedules run"
        " ever more rarely there, everything else at its time\n"
    )


def test_with_time_kept_what_was_due_in_a_gap_of_years_happens_at_its_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = document(capsys, "--keep-time", years_apart(tmp_path))

    first, second = told["events"]
    assert outcomes(first) == ["Will Look Again", "Stream Key Rotated", "Rotation Skipped"]
    assert outcomes(second) == ["Will Look Again"]


def sweeps(world: World) -> list[timedelta]:
    """When the schedule had all channels looked at, counted from the beginning."""
    made = [one.at for one in world.unasked if one.function == "reconcile_streams"]
    return [at - START for at in made if at is not None]


@pytest.fixture(scope="module")
def open_world() -> OpenWorld:
    """Opens a world with the sweep, and a channel that is not live."""
    templates = pruned(synthesize(ROOT), "reconcile_streams", "rotate_stream_key")
    return opener(templates, sample("stream-state-change.stream-end"))


def test_in_a_short_gap_every_sweep_runs(open_world: OpenWorld) -> None:
    said: list[str] = []
    with open_world() as world:
        pass_time(world, START + LONG_GAP, said.append)

        assert len(sweeps(world)) == LONG_GAP // (5 * MINUTES)
        assert said == []


def test_in_a_long_gap_sweeps_run_at_first_and_at_last_and_now_and_then(
    open_world: OpenWorld,
) -> None:
    said: list[str] = []
    until = timedelta(days=400)
    with open_world() as world:
        pass_time(world, START + until, said.append)

        swept = sweeps(world)
        assert world.now == START + until
        assert swept[:12] == [(n + 1) * 5 * MINUTES for n in range(12)]
        assert until - swept[-1] <= 5 * MINUTES
        assert sum(until - moment <= 61 * MINUTES for moment in swept) >= 12
        assert len(swept) < 45
        between = [moment for moment in swept if moment >= 60 * MINUTES]
        assert all(later <= 2.2 * sooner for sooner, later in pairwise(between))
        assert len(said) == 1


def test_time_that_is_over_does_not_pass(open_world: OpenWorld) -> None:
    with open_world() as world:
        pass_time(world, START - timedelta(days=400), print)

        assert world.now == START


def test_as_it_is_the_emulator_knows_no_channel(capsys: pytest.CaptureFixture[str]) -> None:
    [event] = document(capsys, "--as-is", END)["events"]

    [reaction] = event["reactions"]
    assert reaction["outcome"] == "Rotation Skipped"
    assert reaction["reason"] == "there is no such channel"


def test_with_time_kept_what_is_due_later_does_not_happen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = document(capsys, "--keep-time", END)

    assert outcomes(told["events"][0]) == ["Will Look Again"]
    assert told["virtual_seconds"] == 0


def test_a_setting_can_be_changed_for_one_replay(capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys, *(f"--set={path}={value}" for path, value in OBSERVED.items()), END)

    assert told["virtual_seconds"] == 10
    assert "observing only" in told["events"][0]["reactions"][1]["reason"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-file.json"], "no-such-file.json: No such file or directory"),
        (["--set", "policy", END], "--set takes a.b=c, not 'policy'"),
        (
            ["--set", "policy=1", "--set", "policy.grace=1s", END],
            "--set policy.grace=1s: policy is",
        ),
        (["--set", "policy.grace=soon", END], "ivskit.policy.grace: a duration reads like 45s"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["replay", *arguments]) == 2

    printed = capsys.readouterr()
    assert printed.err.startswith(f"ivskit: {said}")
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def a_scenario(folder: Path, *, live: bool, **more: Any) -> str:
    """A file with a show that goes live, and must be or not."""
    scenario = {
        "tells": "A show is live.",
        "channels": {"show": {"tags": {"ivskit:managed": "true"}}},
        "steps": [
            {"at": "0s", "do": "go live", "channel": "show"},
            {"at": "10m", "do": "hang up", "channel": "show"},
            {"at": "10m20s", "do": "go live", "channel": "show"},
        ],
        "expect": {"channels": {"show": {"live": live}}},
        **more,
    }
    file = folder / "show.json"
    file.write_text(json.dumps(scenario))
    return str(file)


def test_a_scenario_is_played_by_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["replay", a_scenario(tmp_path, live=True)]) == 0

    shown = capsys.readouterr().out.strip().splitlines()
    assert shown[1] == "  A show is live."
    assert shown[-1] == "1 scenario passed"
    assert "events:" not in "".join(shown)


def test_a_scenario_that_is_not_as_it_tells_fails_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = a_scenario(tmp_path, live=False)

    assert main(["replay", file]) == 1

    sentence = "expected: show is down; found: session 2 of show is live"
    assert capsys.readouterr().out.strip().endswith(f"  ✗ {file}: at 20m {sentence}")


def test_a_scenario_brings_settings_of_its_own_and_the_command_line_has_the_last_word(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = a_scenario(tmp_path, live=True, settings=dict(OBSERVED))
    [played] = document(capsys, own)["scenarios"]
    assert "observing only" in str(played)

    other = a_scenario(tmp_path, live=True, settings={"policy.grace": "9999d"})
    given = [f"--set={path}={value}" for path, value in OBSERVED.items()]
    [played] = document(capsys, *given, other)["scenarios"]
    assert "observing only" in str(played)


def test_a_scenario_that_is_none_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = a_scenario(tmp_path, live=True, stpes=[])

    assert main(["replay", file]) == 2
    assert capsys.readouterr().err == f"ivskit: {file}: stpes: Extra inputs are not permitted\n"


def test_a_world_that_never_comes_to_rest_fails_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", "--set", "policy.grace=9999d", END]) == 1

    assert capsys.readouterr().err == "ivskit: still pending after 60 days, 0:00:00\n"


def test_no_standard_input_at_all_is_no_event(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert main(["replay", "-"]) == 2
    assert "-: is not JSON" in capsys.readouterr().err


def test_what_is_no_event_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "event.json"
    file.write_text('{"hello": "world"}')

    assert main(["replay", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_outside_of_a_project_there_is_nothing_to_replay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["replay"]) == 2
    assert "there is no cdk.json" in capsys.readouterr().err


def test_dead_letters_are_shown_and_make_the_replay_fail(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    surprising = sample("stream-state-change.stream-end", stream_id="no stream id")
    file = tmp_path / "event.json"
    file.write_text(json.dumps(surprising))

    assert main(["replay", "--json", str(file)]) == 1

    told = json.loads(capsys.readouterr().out)
    [letter] = told["dead_letters"]
    assert letter["queue"] == "ivskit-dev-rotate-stream-key-dead-letters"
    assert letter["function"] == "rotate_stream_key"
    assert letter["event_id"] == surprising["id"]
    assert "stream_id" in letter["error"]
    assert "\n" not in letter["error"]
    assert "http" not in letter["error"]
    assert len(told["events"][0]["reactions"]) == 10


def test_with_a_permission_taken_out_the_denied_call_is_named_by_action_and_resource() -> None:
    templates: Any = deepcopy(dict(synthesize(ROOT)))
    for resource in templates["ivskit-dev-automation"]["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy":
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                if "ivs:DeleteStreamKey" in statement["Action"]:
                    statement["Action"].remove("ivs:DeleteStreamKey")

    report = replay(read_inputs([END], stdin=str).samples, templates, project_root=ROOT)

    text = "\n".join(as_lines(report))
    assert "is not authorized to perform: ivs:DeleteStreamKey on resource: arn:aws:ivs:" in text
    assert not report.ok
    document = as_document(report)
    assert document["broken_invariants"] == []
    [letter] = document["dead_letters"]
    assert letter["event_id"] == document["events"][0]["id"]


def test_what_people_are_told_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    breach = str(EVENTS / "limit-breach.concurrent-viewers.json")

    assert main(["replay", breach]) == 0
    shown = capsys.readouterr().out
    [told] = document(capsys, breach)["events"][0]["told"]

    assert told["text"].startswith('"IVS reports a limit breach in this account: ')
    assert f"  → {told['topic']}: {told['text']}\n" in shown
