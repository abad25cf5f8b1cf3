"""Seeded bugs break the laws that their guards are for, in a few steps that need the guard."""

import json
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

import pytest

from ivskit_local.hunt.hunt import Ground
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import Scenario, parse_scenario
from tests.ivskit_local.hunt.find_bugs import PAGE, found_before, table
from tests.ivskit_local.hunt.planting import TIMELINES, Bug, Stale, all_bugs, planted
from tests.worlds import ROOT

ALL = all_bugs()
# Those that a law finds, and those that a test does.
BUGS = {name: bug for name, bug in ALL.items() if bug.laws}
OTHERS = {name: bug for name, bug in ALL.items() if not bug.laws}
MOST_DAYS, MOST_STEPS = 200, 6


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Where days take place."""
    return Ground(synthesize(ROOT), ROOT)


def timeline(bug: Bug) -> Scenario:
    """The few steps that need the guard."""
    return parse_scenario(bug.name, json.loads(bug.timeline.read_text())).scenario


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_without_the_guard_the_timeline_breaks_its_law_and_with_it_none(
    bug: Bug, ground: Ground
) -> None:
    day = timeline(bug)

    with planted(bug):
        broken = {each.law for each in ground.live(day).broken}

    assert broken & {*bug.laws}
    assert ground.live(day).broken == []


@pytest.mark.parametrize("bug", ALL.values(), ids=ALL)
def test_the_text_with_the_guard_is_in_its_file(bug: Bug) -> None:
    compile(bug.source(), bug.file, "exec")


@pytest.mark.parametrize(
    ("old", "new"), [("no such text", ""), ("return Skip(", ""), ("def decide(", "def decide(")]
)
def test_a_stale_bug_is_refused(old: str, new: str) -> None:
    stale = Bug("a bug", "functions/stop_stream/decide.py", old, new, laws=("a law",))

    with pytest.raises(Stale, match="a bug: "):
        stale.source()


@pytest.fixture(scope="module")
def tested() -> Mapping[str, tuple[int, str]]:
    """What pytest said of the test of each bug that no day finds, without the guard."""
    program = [sys.executable, "-m", "tests.ivskit_local.hunt.run_planted"]
    ran = subprocess.run([*program, *OTHERS], cwd=ROOT, capture_output=True, text=True, check=True)
    found: Mapping[str, tuple[int, str]] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("bug", OTHERS.values(), ids=OTHERS)
def test_a_bug_that_no_day_finds_is_found_by_its_test(
    bug: Bug, tested: Mapping[str, tuple[int, str]]
) -> None:
    status, printed = tested[bug.name]

    assert status == pytest.ExitCode.TESTS_FAILED, printed
    assert f"FAILED {bug.test}" in printed


def test_what_was_hunted_was_found_soon_and_every_timeline_is_short() -> None:
    found = found_before()

    assert {*found} <= {*BUGS}
    assert {f"{name.replace(' ', '-')}.json" for name in BUGS} == {
        file.name for file in TIMELINES.iterdir()
    }
    assert len(BUGS) >= 30
    assert {name: row["law"] for name, row in found.items()} == {
        name: row["law"] for name, row in found.items() if row["law"] in BUGS[name].laws
    }
    assert max(row["days"] for row in found.values()) <= MOST_DAYS
    assert median(len(timeline(bug).steps) for bug in BUGS.values()) <= MOST_STEPS


def test_the_page_has_the_table_of_all_bugs() -> None:
    assert "".join(table(found_before())) in PAGE.read_text()
