"""The law about take-downs, seen to be broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.ivskit_local.laws.runs import broken, command
from tests.pruned import pruned
from tests.worlds import ROOT

LAW = "what Take Down began is finished, or published as failed"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT), "take_down", "stop_stream", "rotate_stream_key")


@contextmanager
def commanded(templates: Templates, name: str, *, wait: timedelta) -> Iterator[Run]:
    """The channel was taken down, and restored where that is asked, and this long has passed."""
    with World(templates, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec()}, folder=Path())
        command("0s", "Take Down", id="down").carry_out(run)
        world.run_for(timedelta(minutes=20))
        if name == "Restore":
            command("0s", name, id="up").carry_out(run)
        world.run_for(wait)
        yield run


def unreport(run: Run, outcome: str) -> None:
    """As if the report had not been published."""
    assert isinstance(run.world.published, list)
    run.world.published[:] = [
        put for put in run.world.published if put.event["detail-type"] != outcome
    ]


@pytest.mark.parametrize(
    ("name", "report"), [("Take Down", "Channel Taken Down"), ("Restore", "Channel Restored")]
)
def test_a_report_is_missed_after_its_time(templates: Templates, name: str, report: str) -> None:
    with commanded(templates, name, wait=timedelta(hours=1)) as run:
        assert LAW not in broken(run)
        unreport(run, report)
        assert LAW in broken(run)


def test_a_report_has_its_time(templates: Templates) -> None:
    with commanded(templates, "Restore", wait=timedelta(minutes=20)) as run:
        unreport(run, "Channel Restored")
        assert LAW not in broken(run)


def test_a_part_that_stays_open_breaks_the_law(templates: Templates) -> None:
    with commanded(templates, "Take Down", wait=timedelta(hours=1)) as run:
        for put in run.world.published:
            if put.event["detail-type"] == "Channel Taken Down":
                put.event["detail"]["steps"][0]["state"] = "pending"
        assert LAW in broken(run)
