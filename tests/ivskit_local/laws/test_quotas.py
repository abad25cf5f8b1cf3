"""The laws about quotas that are nearly full, seen to be broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit_local.laws.book import breaches
from ivskit_local.laws.story import Deployed
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.mishaps import LimitStreams
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.ivskit_local.laws.runs import add, forget_outcomes, go_live, say_again
from tests.pruned import pruned
from tests.worlds import ROOT

PUBLISHED = "a quota that stays at 80 % or more is published"
ONCE = "a quota is published as nearly full at most once a day"
SETTINGS = {"sweep": {"watch_quotas": True, "every": "20m"}}
HOURS = timedelta(hours=1)


@pytest.fixture
def run() -> Iterator[Run]:
    """The only stream that the account may have has been live for two hours."""
    app = pruned(synthesize(ROOT, SETTINGS), "reconcile_streams")
    with World(app, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec()}, folder=Path())
        limit(run, 1)
        go_live().carry_out(run)
        world.run_for(2 * HOURS)
        yield run


def limit(run: Run, streams: int) -> None:
    """The account may have so many streams."""
    LimitStreams.model_validate({"at": "0s", "do": "limit streams", "streams": streams}).carry_out(
        run
    )


def broken(run: Run, *, watches_quotas: bool = True) -> set[str]:
    """The laws of quotas that are broken."""
    deployed = Deployed(policy=PolicySettings(), watches_quotas=watches_quotas)
    return {law for law, _ in breaches(run, deployed)} & {PUBLISHED, ONCE}


def test_a_full_quota_that_was_published_breaks_no_law(run: Run) -> None:
    assert broken(run) == set()


def test_a_full_quota_that_was_never_published_breaks_a_law(run: Run) -> None:
    forget_outcomes(run)

    assert broken(run) == {PUBLISHED}
    assert broken(run, watches_quotas=False) == set()


def test_what_was_full_for_less_than_an_hour_needs_no_outcome(run: Run) -> None:
    forget_outcomes(run)
    run.stream_limits[:] = [(run.start, 500), (run.world.now - HOURS, 1)]

    assert broken(run) == set()


def test_trouble_excuses_that_it_was_not_published(run: Run) -> None:
    forget_outcomes(run)
    for minutes in range(0, 120, 30):
        at = run.start + timedelta(minutes=minutes)
        add(run.world.calls, replace(run.world.calls[-1], at=at, error="Throttling"))

    assert broken(run) == set()


@pytest.mark.parametrize("kind", ["playback_key_pairs", "playback_restriction_policies"])
def test_what_there_is_counts_from_when_it_was_made(run: Run, kind: str) -> None:
    there: Any = getattr(run.world.ivs, kind)
    three = {name: SimpleNamespace(arn=name, tags={}) for name in ("one", "two", "three")}
    for name, each in three.items():
        there[name] = each
    assert broken(run) == set()

    # As if they had been there from the start.
    there._changes.clear()
    assert broken(run) == {PUBLISHED}


def test_the_same_quota_twice_within_a_day_breaks_a_law(run: Run) -> None:
    [first] = [
        put.event["detail"]
        for put in run.world.published
        if put.event["detail-type"] == names.QUOTA_NEARLY_FULL
    ]
    say_again(run, names.QUOTA_NEARLY_FULL)
    assert broken(run) == set()

    say_again(run, names.QUOTA_NEARLY_FULL, id="another")
    assert broken(run) == {ONCE}
    assert first["quota"] == "concurrent streams"
