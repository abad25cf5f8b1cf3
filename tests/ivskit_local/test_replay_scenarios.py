"""Scenarios played by `ivskit replay`."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivskit.redaction import redact
from ivskit_cli.main import main
from tests.ivskit_local.replays import a_scenario, outcomes
from tests.samples import SAMPLES, SCENARIOS

pytestmark = pytest.mark.usefixtures("in_the_project")


def broken_findings(scenario: dict[str, Any]) -> tuple[str, list[str]]:
    """The findings of a scenario that do not hold."""
    findings = [moment for moment in scenario["timeline"] if moment.get("kept") is False]
    return scenario["scenario"], [f"{one['expected']}; found: {one['found']}" for one in findings]


def test_without_a_path_all_samples_are_replayed_and_all_scenarios_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The one test that plays them: it takes longer than all else here."""
    left = main(["replay", "--json"])

    printed = capsys.readouterr().out
    assert redact(printed) == printed
    report = json.loads(printed)
    named = (event["sample"] for event in report["events"])
    assert sorted(filter(None, named)) == sorted(f"events/{path.name}" for path in SAMPLES)
    by_name = {event["sample"]: event for event in report["events"]}
    ended = by_name["events/stream-state-change.stream-end.json"]
    # No restriction of the channel waits for the end.
    rotated = ["Will Look Again", "Stream Key Rotated", "Rotation Skipped"]
    assert outcomes(ended) == [None, *rotated]
    assert by_name["events/stream-state-change.session-created.json"]["rules"] == []
    assert (report["dead_letters"], report["broken_invariants"]) == ([], [])
    played = [scenario["scenario"] for scenario in report["scenarios"]]
    assert played == [f"events/scenarios/{path.name}" for path in SCENARIOS]
    assert {
        name: broken for name, broken in map(broken_findings, report["scenarios"]) if broken
    } == {}
    assert left == 0


def test_a_scenario_is_played_by_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["replay", a_scenario(tmp_path, live=True)]) == 0

    shown = capsys.readouterr().out.strip().splitlines()
    assert shown[1] == "  A show is live."
    assert shown[-1] == "✓ 1 scenario passed"
    assert "virtual time" not in "".join(shown)


def test_a_scenario_that_does_not_hold_fails_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = a_scenario(tmp_path, live=False)

    assert main(["replay", file]) == 1

    sentence = "expected: show is not live; found: session 2 of show is live"
    assert f"\n  ✗ {file}: at 20m {sentence}\n" in capsys.readouterr().out


def test_a_scenario_that_is_none_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = a_scenario(tmp_path, live=True, stpes=[])

    assert main(["replay", file]) == 2
    assert capsys.readouterr().err == f"ivskit: {file}: stpes: Extra inputs are not permitted\n"
