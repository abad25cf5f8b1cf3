"""A take-down says where the recording is and marks it; a restore unmarks it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Handling, Run
from tests.ivskit_local.laws.runs import broken, command
from tests.pruned import pruned
from tests.take_down.conftest import FUNCTIONS
from tests.take_down.take_downs import MINUTE, outcomes, report, steps
from tests.worlds import ROOT

OpenRun = Callable[..., AbstractContextManager[Run]]
INDEXED = {"recordings": {"index": True, "buckets": ["recordings"]}}


@contextmanager
def recorded(settings: Mapping[str, Any], *, late: timedelta = timedelta()) -> Iterator[Run]:
    """A world in which the channel `show` is live and recorded; its events are so late."""
    app = pruned(synthesize(ROOT, settings), *FUNCTIONS)
    spec = {"tags": {"ivskit:managed": "true"}, "recording": {"bucket": "recordings"}}
    with World(app, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec.model_validate(spec)}, folder=Path())
        for event in (names.RECORDING_START, names.RECORDING_END):
            run.handlings.append(Handling(run.arns["show"], event, times=1, arrivals=(late,)))
        [key] = world.ivs.keys_of(run.arns["show"])
        world.ivs.connect(key.value)
        world.run_for(5 * MINUTE)
        yield run


def marks(run: Run) -> list[str | None]:
    """Which command has taken each recording of the channel down, the newest first."""
    return [each.taken_down_by for each in run.recordings.of_channel(run.arns["show"])]


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


def test_a_recording_whose_events_come_after_the_take_down_is_marked() -> None:
    with recorded(INDEXED, late=timedelta(hours=1)) as run:
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(30 * MINUTE)
        assert marks(run) == []
        assert steps(run.world)["recording"][1].endswith("and marked once the index has it")

        kill = run.world.gate.kill(function="index_recordings", call="UpdateItem", when="after")
        run.world.run_for(timedelta(hours=1))
        assert kill.struck
        assert marks(run) == ["down"]
        [said] = outcomes(run.world, names.RECORDING_INDEXED)
        assert said["taken_down_by"] == "down"


def test_what_is_recorded_after_a_take_down_is_marked_until_the_channel_is_restored() -> None:
    with recorded(INDEXED) as run:
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(2 * MINUTE)
        stream_on_a_key_made_by_hand(run)
        assert marks(run) == ["down", "down"]

        command("0s", "Restore", id="up").carry_out(run)
        run.world.run_for(3 * MINUTE)
        [key] = run.world.ivs.keys_of(run.arns["show"])
        run.world.ivs.connect(key.value)
        run.world.run_for(5 * MINUTE)
        assert marks(run) == [None, None, None]


def test_a_restore_that_comes_again_reports_the_same() -> None:
    with recorded(INDEXED) as run:
        command("0s", "Take Down", id="down").carry_out(run)
        run.world.run_for(2 * MINUTE)
        for _ in range(2):
            command("0s", "Restore", id="up").carry_out(run)
            run.world.run_for(3 * MINUTE)

        puts = [p for p in run.world.published if p.event["detail-type"] == "Channel Restored"]
        first, again = (put.event["detail"] for put in puts)
        assert again["recording_place"] == first["recording_place"] is not None
        assert again["steps"] == first["steps"]
        assert "an outcome id always has the same content" not in broken(run)


def test_a_restore_that_comes_again_leaves_the_mark_of_a_newer_take_down() -> None:
    with recorded(INDEXED) as run:
        orders = (
            ("5m", "Take Down", "down"),
            ("7m", "Restore", "up"),
            ("9m", "Take Down", "again"),
        )
        for issued, name, number in orders:
            command("0s", name, id=number, issued=issued).carry_out(run)
            run.world.run_for(2 * MINUTE)
        command("0s", "Restore", id="up", issued="7m").carry_out(run)
        run.world.run_for(20 * MINUTE)

        assert marks(run) == ["again"]


def stream_on_a_key_made_by_hand(run: Run) -> None:
    """It is cut late, and leaves a recording."""
    run.world.gate.fault("ivs", "StopStream", "InternalServerException", times=12)
    made = run.world.client("ivs").create_stream_key(channelArn=run.arns["show"])
    run.world.ivs.connect(made["streamKey"]["value"])
    run.world.run_for(timedelta(seconds=20))
    run.world.ivs.disconnect(run.arns["show"])
    run.world.run_for(MINUTE)
