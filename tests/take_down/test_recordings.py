"""A take-down says where the recording is and marks it; a restore unmarks it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit.recordings.table import RecordingTable
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.ivskit_local.laws.runs import command
from tests.pruned import pruned
from tests.take_down.conftest import FUNCTIONS
from tests.take_down.take_downs import MINUTE, report, steps
from tests.worlds import ROOT

OpenRun = Callable[..., AbstractContextManager[Run]]
INDEXED = {"recordings": {"index": True, "buckets": ["recordings"]}}


@contextmanager
def recorded(settings: Mapping[str, Any]) -> Iterator[Run]:
    """A world in which the channel `show` is live and recorded."""
    app = pruned(synthesize(ROOT, settings), *FUNCTIONS)
    spec = {"tags": {"ivskit:managed": "true"}, "recording": {"bucket": "recordings"}}
    with World(app, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec.model_validate(spec)}, folder=Path())
        [key] = world.ivs.keys_of(run.arns["show"])
        world.ivs.connect(key.value)
        world.run_for(5 * MINUTE)
        yield run


def marks(run: Run) -> list[str | None]:
    """Which command has taken each recording of the channel down, the newest first."""
    world = run.world
    name = world.client("ssm").get_parameter(Name="/ivskit/dev/recordings")["Parameter"]["Value"]
    table = RecordingTable(world.client("dynamodb"), table=name)
    return [each.taken_down_by for each in table.of_channel(run.arns["show"])]


def test_the_recording_in_the_index_is_marked_until_the_channel_is_restored() -> None:
    with recorded(INDEXED) as run:
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(3 * MINUTE)
        state, why = steps(run.world)["recording"]
        place = report(run.world)["recording_place"]
        assert marks(run) == ["down"]
        assert (state, why) == (
            "done",
            f"s3://recordings/{place['prefix']} is marked as taken down",
        )

        command("0s", "Restore", id="up").carry_out(run)
        run.world.run_for(3 * MINUTE)
        assert marks(run) == [None]
        assert steps(run.world, "Channel Restored", "up")["recording"][0] == "done"


def test_without_an_index_the_day_of_the_recording_is_named() -> None:
    with recorded({}) as run:
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(3 * MINUTE)

        state, why = steps(run.world)["recording"]
        place = report(run.world)["recording_place"]
        channel = run.arns["show"].rpartition("/")[2]
        day = f"{run.start.year}/{run.start.month}/{run.start.day}"
        assert place == {"bucket": "recordings", "prefix": f"ivs/v1/123456789012/{channel}/{day}/"}
        assert state == "done"
        assert why.endswith("and not marked: no index has it")


@pytest.mark.parametrize("sessions", [1, 2])
def test_only_the_recording_of_the_last_stream_is_marked(sessions: int) -> None:
    with recorded(INDEXED) as run:
        arn = run.arns["show"]
        run.world.ivs.disconnect(arn)
        run.world.run_for(timedelta(hours=1))
        if sessions == 2:
            [key] = run.world.ivs.keys_of(arn)
            run.world.ivs.connect(key.value)
            run.world.run_for(5 * MINUTE)
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(3 * MINUTE)

        assert marks(run) == ["down", *([None] * (sessions - 1))]
