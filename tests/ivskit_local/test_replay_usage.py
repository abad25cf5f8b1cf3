"""Input of `ivskit replay`: standard input, settings, and what is refused in one line."""

import io
import json
from pathlib import Path

import pytest

from ivskit_cli.main import main
from tests.ivskit_local.replays import END, OBSERVED, a_scenario, document, outcomes
from tests.samples import sample

pytestmark = pytest.mark.usefixtures("in_the_project")


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


def test_a_setting_can_be_changed_for_one_replay(capsys: pytest.CaptureFixture[str]) -> None:
    report = document(capsys, *(f"--set={path}={value}" for path, value in OBSERVED.items()), END)

    assert report["virtual_seconds"] == 10
    reasons = [each["reason"] or "" for each in report["events"][0]["reactions"]]
    assert any("observing only" in reason for reason in reasons)


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
def test_wrong_usage_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["replay", *arguments]) == 2

    printed = capsys.readouterr()
    assert printed.err.startswith(f"ivskit: {said}")
    assert printed.err.count("\n") == 1
    assert printed.out == ""


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


def test_what_is_no_event_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "event.json"
    file.write_text('{"hello": "world"}')

    assert main(["replay", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_outside_of_a_project_events_are_replayed_by_ivskits_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["replay", "--json", str(END)]) == 0
    assert '"Stream Key Rotated": 1' in capsys.readouterr().out
