"""What `ivskit replay` prints for people: lines, details, failures and a summary."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ivskit_cli.main import main
from tests.ivskit_local.replays import CREATED, END, ROOT
from tests.samples import EVENTS, SCENARIOS, sample

pytestmark = pytest.mark.usefixtures("in_the_project")

BREACH = str(EVENTS / "limit-breach.concurrent-viewers.json")
QUICK = str(EVENTS / "scenarios/an-encoder-that-drops-for-20-s-keeps-its-key.json")
NEXT = "Next, with every call to AWS:"


@pytest.fixture(autouse=True)
def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where `ivskit` is installed, rather than run by uv."""
    monkeypatch.delenv("UV", raising=False)


def page(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines that a replay prints where all is well."""
    assert main(["replay", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def surprise(folder: Path) -> str:
    """A file with an event that ends in dead letters."""
    file = folder / "surprise.json"
    file.write_text(json.dumps(sample("stream-state-change.stream-end", stream_id="no stream id")))
    return str(file)


def refuted(folder: Path, *expected: int) -> str:
    """A file with a scenario that fails, once for each expectation."""
    steps = [
        {
            "at": "1m",
            "do": "check",
            "expect": {"channels": {"show": {"keys_made": count}}},
        }
        for count in expected
    ]
    scenario = {"tells": "Nothing.", "channels": {"show": {}}, "steps": steps, "expect": {}}
    file = folder / "refuted.json"
    file.write_text(json.dumps(scenario))
    return str(file)


def test_each_event_and_scenario_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert page(capsys, CREATED, END, BREACH, QUICK) == [
        "Replaying 3 events and 1 scenario in virtual time, on an emulator of IVS",
        "",
        "✓ Stream End          Will Look Again, Stream Key Rotated, Rotation Skipped",
        "✓ Concurrent Viewers  Stop Skipped: 15,037 viewers exceed the limit of 15,000",
        "· 1 event without a subscriber: Session Created",
        "",
        "✓ an encoder that drops for 20 s keeps its key  2 sessions   1 key    20 min",
        "",
        "✓ 3 events, 41 min of virtual time",
        "  1 Rotation Skipped, 1 Stop Skipped, 1 Stream Key Rotated, 1 Will Look Again",
        "  no dead letters, no broken invariants",
        "✓ 1 scenario passed",
        "",
        NEXT,
        f"  ivskit replay {END}",
        f"  ivskit replay {QUICK}",
        "  ivskit replay -v",
    ]


def test_a_folder_of_one_event_has_a_line_and_its_file_every_call(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = shutil.copy(END, tmp_path)

    assert page(capsys, str(tmp_path))[0].startswith("Replaying 1 event in virtual time")
    alone = page(capsys, str(file))
    assert alone[0] == str(file)
    assert "             ivs DeleteStreamKey" in alone
    assert NEXT not in alone


def test_verbose_shows_every_call_and_quiet_the_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    verbose = page(capsys, "-v", END, QUICK)
    assert verbose[0] == END
    assert "           → Stream Key Rotated: the stream ended and did not come back" in verbose
    assert QUICK in verbose

    assert page(capsys, "-q", END, QUICK) == verbose[-4:]
    assert verbose[-1] == "✓ 1 scenario passed"


def test_lines_come_before_the_summary_where_time_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert page(capsys, "--keep-time", END, CREATED)[2:5] == [
        "✓ Stream End       Will Look Again: the key changes when the grace period is over",
        "· 1 event without a subscriber: Session Created",
        "",
    ]


def test_what_fails_is_shown_in_full_and_named_again_at_the_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, scenario = surprise(tmp_path), refuted(tmp_path, 5)

    assert main(["replay", CREATED, file, scenario]) == 1

    lines = capsys.readouterr().out.splitlines()
    event = next(number for number, line in enumerate(lines) if line.startswith("✗ Stream End"))
    assert lines[event + 1 : event + 3] == ["", f"  {file}"]
    played = next(number for number, line in enumerate(lines) if line.startswith("✗ refuted"))
    assert lines[played + 1 : played + 3] == ["", f"  {scenario}"]
    found = "show has had 5 key(s); found: 1"
    assert f"           1m  ✗ expected: {found}" in lines
    assert f"  ✗ {scenario}: at 1m expected: {found}" in lines
    commands = [f"  ivskit replay {which}" for which in (file, scenario, "-v")]
    assert lines[-4:] == [NEXT, *commands]


def test_quiet_names_each_failure_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = refuted(tmp_path, *range(2, 12))

    assert main(["replay", "-q", scenario]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ refuted")
    assert len([line for line in lines if line.startswith("  ✗")]) == 10


def test_a_summary_below_lines_is_short(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = refuted(tmp_path, *range(2, 12))

    assert main(["replay", scenario, END]) == 1

    lines = capsys.readouterr().out.splitlines()
    summary = lines[lines.index("✗ 0 of 1 scenario passed") :]
    assert len([line for line in summary if line.startswith("  ✗")]) == 7
    assert "  ✗ and 4 more" in summary


def test_uv_run_is_named_where_uv_runs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", "/somewhere/uv")

    assert page(capsys, CREATED, END)[-1] == "  uv run ivskit replay -v"


def test_a_line_is_there_as_soon_as_its_event_is_over(tmp_path: Path) -> None:
    """The second event never comes to rest; the first has been printed by then."""
    endless = sample("stream-state-change.stream-end", id="another")
    file = tmp_path / "endless.json"
    file.write_text(json.dumps(endless))
    settings = ["--set", "policy.grace=9999d", "--set", "sweep.every=1h"]
    command = ["replay", *settings, BREACH, str(file)]
    program = "from ivskit_cli.main import run; run()"

    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout.splitlines()[2].startswith("✓ Concurrent Viewers")
    assert done.stderr == "ivskit: still pending after 60 days, 0:00:00\n"


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1001", "²"])
def test_jobs_that_are_no_count_are_refused(capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    assert main(["replay", f"--jobs={jobs}"]) == 2

    assert (
        f"Invalid value for --jobs: must be from 1 to 1000, not {jobs}" in capsys.readouterr().err
    )


def test_the_titles_of_scenarios_are_their_files() -> None:
    assert len({path.stem.replace("-", " ") for path in SCENARIOS}) == len(SCENARIOS)
