"""Time in a replay: gaps between events, and `--keep-time`."""

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ivskit_cli.main import main
from ivskit_local.replay import LONG_GAP, pass_time
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.ivskit_local.replays import END, ROOT, document, outcomes
from tests.pruned import pruned
from tests.revocations import MINUTES
from tests.samples import sample
from tests.worlds import START, OpenWorld, opener

pytestmark = pytest.mark.usefixtures("in_the_project")


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
    report = json.loads(printed.out)
    assert report["outcomes"]["Stream Key Rotated"] == 2
    assert timedelta(seconds=report["virtual_seconds"]).days == 802
    assert printed.err == (
        "ivskit: no event between 2024-09-09 16:28 and 2026-11-20 16:47: recurring schedules run"
        " ever more rarely in this gap, everything else on time\n"
    )


def test_with_time_kept_what_was_due_in_a_gap_of_years_happens_at_its_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = document(capsys, "--keep-time", years_apart(tmp_path))

    first, second = report["events"]
    assert outcomes(first) == [None, "Will Look Again", "Stream Key Rotated", "Rotation Skipped"]
    assert outcomes(second) == [None, "Will Look Again"]


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


def test_with_time_kept_what_is_due_later_does_not_happen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = document(capsys, "--keep-time", END)

    assert outcomes(report["events"][0]) == [None, "Will Look Again"]
    assert report["virtual_seconds"] == 0
