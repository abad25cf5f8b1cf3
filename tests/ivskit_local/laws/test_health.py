"""The laws about the health of streams, seen to be broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.encoders import Send
from ivskit_local.scenarios.run import ChannelSpec, Run, Worn
from tests.ivskit_local.laws.runs import MANAGED, add, broken, forget_outcomes, go_live, say_again
from tests.pruned import pruned
from tests.worlds import ROOT

PUBLISHED = "a stream that stays unhealthy is published"
REASON = "a stream is published as unhealthy only where it is"
LAWS = {PUBLISHED, REASON}
# As the scenarios have them, so that their templates serve.
HEALTH: dict[str, Any] = {
    "ingest_bitrate": {"below": 500000, "for": "5m", "then": "kick"},
    "keyframe_interval": {"above": 4, "for": "5m"},
}
POLICY = PolicySettings.model_validate({"health": HEALTH})


@pytest.fixture
def run() -> Iterator[Run]:
    """For half an hour keyframes have come too seldom."""
    settings = {"policy": {"health": HEALTH}}
    app = pruned(synthesize(ROOT, settings), "reconcile_streams", "stop_stream")
    with World(app, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec(tags=MANAGED)}, folder=Path())
        go_live().carry_out(run)
        world.run_for(timedelta(minutes=10))
        send(run, keyframe_interval=8)
        world.run_for(timedelta(minutes=40))
        yield run


def send(run: Run, **video: int) -> None:
    """The encoder sends this from now on."""
    Send.model_validate({"at": "0s", "do": "send", "channel": "show", **video}).carry_out(run)


def test_both_hold_where_it_was_published(run: Run) -> None:
    assert not LAWS & {*broken(run, POLICY)}


def test_an_unhealthy_stream_that_was_never_published_breaks_a_law(run: Run) -> None:
    forget_outcomes(run)

    assert LAWS & {*broken(run, POLICY)} == {PUBLISHED}
    assert not LAWS & {*broken(run)}


def test_trouble_excuses_that_it_was_not_published(run: Run) -> None:
    forget_outcomes(run)
    at = run.start + timedelta(minutes=20)
    add(run.world.calls, replace(run.world.calls[-1], at=at, error="Throttling"))

    assert not LAWS & {*broken(run, POLICY)}


def test_a_channel_that_opts_out_needs_no_outcome(run: Run) -> None:
    forget_outcomes(run)
    run.tags_worn["show"] = [Worn(run.start, {**MANAGED, "ivskit:health": "off"})]

    assert not LAWS & {*broken(run, POLICY)}


@pytest.mark.parametrize("wrong", [{"metric": "ingest_bitrate"}, {"since": "2026-11-20T17:02:00Z"}])
def test_what_was_not_so_breaks_a_law(run: Run, wrong: dict[str, str]) -> None:
    say_again(run, names.STREAM_UNHEALTHY, id="another", **wrong)

    assert LAWS & {*broken(run, POLICY)} == {REASON}
