"""A day that is played in other ways ends alike, or it is said what is otherwise."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from ivskit_cli.main import main
from ivskit_local.hunt import compare
from ivskit_local.hunt.compare import AS_IT_IS, WAYS, Comparison, State, Way, without_mishaps
from ivskit_local.hunt.days import random_day
from ivskit_local.hunt.hunt import Ground
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import Scenario
from tests.worlds import ROOT

QUIET = State(is_live=False, is_blocked=False, has_key=True, is_stored=True, tags={})


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Days of one channel on the app as it is."""
    return Ground(synthesize(ROOT), ROOT, channels=1)


def test_a_day_ends_alike_in_every_way(ground: Ground) -> None:
    assert Comparison(ground, 37, WAYS).play().differences == []


def test_a_day_without_mishaps_has_all_that_people_and_encoders_do() -> None:
    day = random_day(6)
    quiet = without_mishaps(day)
    left_out = {step.do for step in day.steps} - {step.do for step in quiet.steps}

    assert "kill" in left_out
    assert left_out <= {*compare.MISHAPS}
    assert [step for step in quiet.steps if step.do == "go live"] == [
        step for step in day.steps if step.do == "go live"
    ]


def test_what_is_otherwise_is_said_and_ends_the_comparison(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    played = []

    def states(ground: Ground, day: Scenario, way: Way) -> Mapping[str, State]:
        played.append((day.seed, way.name))
        is_other = way.twice and day.seed == 8
        return {"show": replace(QUIET, is_live=True) if is_other else QUIET}

    monkeypatch.setattr(compare, "states", states)
    asked = ["hunt", "--compare", "--seed", "7", "--days", "5", "--channels", "1", "--jobs", "1"]

    assert main(asked) == 1

    said = capsys.readouterr().out
    assert said.startswith("✗ 2 days of 1 channel (seeds 7 to 8), each in 6 ways: ")
    assert "show: is live: False, with every event twice: True" in said
    assert [seed for seed, _ in played] == [7] * 6 + [8] * 6
    assert [name for _, name in played[:6]] == [AS_IT_IS.name, *(way.name for way in WAYS)]

    assert main([*asked, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["days"], len(found["ways"])) == (False, 2, 6)
    assert found["differences"] == [
        {
            "way": "with every event twice",
            "channel": "show",
            "what": "is_live",
            "as_it_is": False,
            "otherwise": True,
        }
    ]

    monkeypatch.setattr(compare, "states", lambda ground, day, way: {"show": QUIET})
    assert main(asked) == 0
    assert "every channel ends alike" in capsys.readouterr().out
