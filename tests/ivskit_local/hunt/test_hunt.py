"""A hunt finds what was broken on purpose, and makes the day small."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from ivskit import names
from ivskit.automation.bus import Bus
from ivskit.outcomes import Outcome
from ivskit_cli.main import main
from ivskit_local.hunt import hunt as hunting
from ivskit_local.hunt.coverage import Reached, kind_of
from ivskit_local.hunt.hunt import Broken, Ground, Hunted, Lived, hunt
from ivskit_local.hunt.report import as_document, as_lines, progress
from ivskit_local.hunt.shrink import shrunk
from ivskit_local.runtime.synth import synthesize
from tests.pruned import pruned
from tests.worlds import ROOT


@dataclass(frozen=True)
class Bug:
    """A guard that is taken out of a function, the law that it is for, and a day that needs it."""

    file: str
    guard: str
    law: str
    seed: int
    channels: int


RECOVERED = Bug(
    "stop_stream/decide.py",
    """\
    if not live.starving or (live.recovered_at and live.recovered_at > question.since):
        return Skip("the stream has recovered")
""",
    "every stop has a reason: a command, a limit or a block",
    seed=28,
    channels=1,
)
UNANSWERED = "every command has an outcome within two minutes"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project in another folder, with a copy of the functions."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("app.py", "cdk.json", "events", "ivskit", "requirements", "stacks"):
        (folder / name).symlink_to(ROOT / name)
    copytree(ROOT / "functions", folder / "functions")
    return folder


def plant(bug: Bug, project: Path) -> None:
    """Take the guard out."""
    file = project / "functions" / bug.file
    text = file.read_text()
    assert text.count(bug.guard) == 1
    file.write_text(text.replace(bug.guard, ""))


def test_a_bug_is_found_and_its_day_is_small_and_breaks_the_same_law_again(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plant(RECOVERED, project)
    monkeypatch.chdir(project)
    day = ["--seed", str(RECOVERED.seed), "--channels", str(RECOVERED.channels), "--jobs", "1"]

    assert main(["hunt", *day, "--days", "2", "--save", str(tmp_path)]) == 1

    file = tmp_path / f"hunt-{RECOVERED.seed}.json"
    said, talk = capsys.readouterr()
    assert talk.startswith(f"ivskit: seed {RECOVERED.seed} breaks the law: {RECOVERED.law}; ")
    assert said.startswith(f"✗ 1 day of 1 channel (seed {RECOVERED.seed}), ")
    assert f"✗ seed {RECOVERED.seed} breaks the law: {RECOVERED.law}\n" in said
    assert "flaky starves\n" in said
    assert said.endswith(f"  ivskit replay {file}\n")
    assert len(json.loads(file.read_text())["steps"]) <= 6

    assert main(["replay", "--quiet", str(file)]) == 1
    assert f"expected: {RECOVERED.law}" in capsys.readouterr().out
    monkeypatch.chdir(ROOT)
    assert main(["replay", "--quiet", str(file)]) == 0


def test_an_outcome_that_is_forgotten_is_found_and_said_to_programs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = Bus.publish

    def forget(bus: Bus, outcomes: Sequence[Outcome]) -> None:
        publish(bus, [each for each in outcomes if each.name != names.CHANNEL_BLOCKED])

    monkeypatch.setattr(Bus, "publish", forget)
    # The test above shrinks a day to the end.
    monkeypatch.setattr(hunting, "shrunk", partial(shrunk, most=3))
    options = ["--channels", "1", "--jobs", "1", "--set", "commands.channels=managed"]

    assert main(["hunt", "--seed", "11", "--json", "--save", str(tmp_path), *options]) == 1

    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["broken"]["law"] == UNANSWERED
    assert found["broken"]["steps"] < found["broken"]["steps_before"]
    assert names.CHANNEL_BLOCKED in found["never_reached"]["outcomes"]
    saved = json.loads(Path(found["broken"]["file"]).read_text())
    assert saved["settings"] == {"commands.channels": "managed"}
    assert UNANSWERED in saved["tells"]


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Days of one channel on the app as it is."""
    return Ground(synthesize(ROOT), ROOT, channels=1)


def test_a_hunt_in_processes_is_the_same_and_says_what_it_never_reached(ground: Ground) -> None:
    states = list(hunt(ground, first=9, days=2, jobs=2))
    [alone] = hunt(ground, first=9, days=1)

    assert (states[0].passed, states[0].reached) == (alone.passed, alone.reached)
    last = states[-1]
    assert last.ok
    assert last.days == 2
    reasons = ["the stream ended", "manifest: it is empty"]
    end: Any = {"first": 9, "channels": 1, "small": None, "file": None, "reasons": reasons}
    lines = list(as_lines(last, **end))
    assert lines[0].startswith("✓ 2 days of 1 channel (seeds 9 to 10), ")
    assert lines[0].endswith(" s: every law held")
    assert any("Revocation Stalled" in line for line in lines if "that never came" in line)
    assert any("Stream Takeover" in line for line in lines if "never sent" in line)
    assert any("Look Again: welcome" in line for line in lines if "no function got" in line)
    assert lines[-2:] == [
        "  1 of the 2 reasons in the code never came:",
        "    manifest: it is empty",
    ]
    assert progress(last).startswith("2 days, ")
    assert last.reached.messages["Look Again: grace over"] > 0
    document = as_document(last, **end)
    assert document["never_reached"]["reasons"] == ["manifest: it is empty"]
    assert "Look Again: welcome" in document["never_reached"]["messages"]
    assert ("stop_stream", "ivs:StopStream") in last.reached.calls


def test_a_day_leaves_out_what_happens_to_functions_that_are_not_deployed() -> None:
    ground = Ground(pruned(synthesize(ROOT), "stop_stream"), ROOT, channels=1)
    steps = [step for seed in range(5) for step in ground.day(seed).steps]

    assert {getattr(step, "function", "stop_stream") for step in steps} == {"stop_stream"}
    assert "redrive" in {step.do for step in steps}


def test_a_day_that_is_saved_is_read_as_it_was_hunted(ground: Ground) -> None:
    assert ground.day(3).reading is None
    assert replace(ground, reading="lenient").day(3).reading == "lenient"


def test_a_hunt_without_an_end_ends_in_time(ground: Ground) -> None:
    states = list(hunt(ground, first=5, days=None, until=timedelta(seconds=2)))

    assert states[-1].seconds >= 2
    assert all(each.seconds < 2 for each in states[:-1])


def test_what_two_days_reached_is_a_sum() -> None:
    none = Hunted()
    day = next(_lived())
    both = none.after(day, 1).after(day, 2)

    assert none.reached.outcomes == []
    assert {"Stream Stopped", "Stream Key Rotated"} <= set(none.reached.outcomes_left)
    assert both.reached.reasons == {("Stream Stopped", "commanded"): 2}
    assert both.reached.outcomes == ["Stream Stopped"]
    assert "Stream Stopped" not in both.reached.outcomes_left
    assert both.reached.deaths_left == [("stop_stream", "ivs:StopStream", "after")]
    assert not both.ok


def _lived() -> Iterator[Lived]:
    reached = Reached()
    reached.reasons["Stream Stopped", "commanded"] += 1
    reached.calls["stop_stream", "ivs:StopStream"] += 1
    reached.deaths["stop_stream", "ivs:StopStream", "before"] += 1
    yield Lived(1, timedelta(hours=1), [Broken("a law", "a case")], reached)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("the stream has lasted 40m, its limit", "the stream has lasted N, its limit"),
        (
            "paused since 2026-11-20 17:00:00 UTC by somebody: the key stays",
            "paused since TIME by somebody: the key stays",
        ),
        (
            "st-1A2b3c4D is over, and st-2 is another",
            "ID is over, and ID is another",
        ),
        (
            "the secret ivskit/dev/channel/N3SjiTK8iGcR is scheduled for deletion",
            "the secret ivskit/dev/channel/ID is scheduled for deletion",
        ),
        ("2 invalid tag(s): ivskit:rotate = 'nver'", "N invalid tag(s): ivskit:rotate = '…'"),
    ],
)
def test_reasons_that_differ_in_ids_and_times_are_of_one_kind(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind
