"""Days on which everything may happen end with every channel in order, and nobody harmed."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from ivskit_local.hunt.days import CHANNELS, any_seed, random_day
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import AnyStep, Script, parse_scenario
from ivskit_local.scenarios.play import play
from ivskit_local.scenarios.report import as_lines, summary
from tests.worlds import ROOT

SEEDS = range(1, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_on_a_day_it_ends_in_order(seed: int, tmp_path: Path) -> None:
    """A small hunt: a day that breaks a law is shown, and saved for `ivskit replay`."""
    file = tmp_path / f"day-{seed}.json"
    day = random_day(seed)
    file.write_text(day.model_dump_json(indent=2, exclude_defaults=True))

    came_of_it = play(Script(str(file), day), synthesize(ROOT), project_root=ROOT)

    assert came_of_it.ok, "\n".join([*as_lines(came_of_it), *summary([came_of_it])])


def test_days_have_hundreds_of_shows_and_are_the_same_each_time() -> None:
    days = [random_day(seed) for seed in SEEDS]

    assert sum(step.do == "go live" for day in days for step in day.steps) > 100
    assert days == [random_day(seed) for seed in SEEDS]
    assert len({day.model_dump_json() for day in days}) == len(SEEDS)


def test_a_day_has_as_many_channels_as_were_asked_for() -> None:
    days = {count: random_day(1, channels=count) for count in (1, len(CHANNELS), 30)}

    assert {count: len(day.channels) for count, day in days.items()} == {
        count: count for count in days
    }
    late = {count: sum(step.do == "come late" for step in day.steps) for count, day in days.items()}
    assert late == {1: 1, len(CHANNELS): 10, 30: 22}


@pytest.mark.parametrize("seed", [800_818, 801_237])
def test_what_overtakes_at_the_begin_of_a_day_comes_no_earlier(seed: int) -> None:
    day = random_day(seed, channels=1)

    assert day.steps[0].at == timedelta()


def test_a_saved_day_is_the_same_day() -> None:
    day = random_day(0, settings={"policy.grace": "1m"})
    saved = day.model_dump_json(indent=2, exclude_defaults=True)

    assert parse_scenario("day.json", json.loads(saved)).scenario == day


def test_days_have_steps_of_nearly_every_kind() -> None:
    """In none is what only a scenario can say: a file, a second stage, a bucket."""
    there_are = {step.do for seed in range(30) for step in random_day(seed).steps}
    kinds = {do for kind in get_args(get_args(AnyStep)[0]) for do in _dos(kind)}

    assert kinds - there_are == {"deliver", "deploy stage", "delete bucket"}


def test_the_index_of_recordings_dies_on_days_that_have_one() -> None:
    days = [random_day(seed, settings={"recordings.index": True}) for seed in range(5)]
    about = [step for day in days for step in day.steps if "index_recordings" in str(step)]

    assert {step.do for step in about} == {"kill", "redrive"}


def _dos(kind: Any) -> Sequence[str]:
    return get_args(kind.model_fields["do"].annotation)


def test_without_a_seed_days_are_others_each_time() -> None:
    assert len({any_seed() for _ in range(5)}) > 1
