"""The law about the index of recordings, seen to be broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivskit import names
from ivskit_local.laws.recordings import indexed_and_published
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.index_recordings.conftest import SETTINGS
from tests.index_recordings.recorded import MINUTE, index, stream
from tests.ivskit_local.laws.runs import broken, say_again
from tests.pruned import pruned
from tests.worlds import ROOT

LAW = "a recording that is over is in the index, and was published"

ONE_CONTENT = "an outcome id always has the same content"


@pytest.fixture
def run() -> Iterator[Run]:
    """A stream was recorded."""
    with World(pruned(synthesize(ROOT, SETTINGS), "index_recordings"), project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec.model_validate({"recording": {}})}, folder=Path())
        stream(run)
        world.run_for(2 * MINUTE)
        yield run


def test_an_end_that_is_not_in_the_index_breaks_it(run: Run) -> None:
    assert LAW not in broken(run)
    [recording] = index(run)
    run.world.client("dynamodb").delete_item(
        TableName=run.parameter("recordings").value,
        Key={
            "channel_arn": {"S": recording.channel_arn},
            "recording": {"S": recording.recording},
        },
    )
    assert LAW in broken(run)


def test_what_was_never_published_breaks_it(run: Run) -> None:
    [recording] = index(run)
    run.recordings.note(recording.model_copy(update={"status": "end failed"}))
    assert LAW in broken(run)


def test_each_stream_of_a_recording_finds_it_under_one_id(run: Run) -> None:
    other = {"cause": "st-2", "stream_id": "st-2", "stream_ids": ["st-1", "st-2"]}
    say_again(run, names.RECORDING_INDEXED, **other)
    assert ONE_CONTENT not in broken(run)
    say_again(run, names.RECORDING_INDEXED, duration_ms=1)
    assert ONE_CONTENT in broken(run)


@pytest.mark.parametrize("broken_by", ["the index", "publishing"])
def test_trouble_excuses_both(run: Run, broken_by: str) -> None:
    [recording] = index(run)
    if broken_by == "publishing":
        run.recordings.note(recording.model_copy(update={"status": "end failed"}))
    else:
        event = next(
            each for each in run.world.deliveries if names.RECORDING_END in str(each.event)
        )
        event.event["detail"]["recording_session_id"] = "another"
    assert [*indexed_and_published(run)]
    fault = run.world.calls[-1]
    assert isinstance(run.world.calls, list)
    run.world.calls.append(
        type(fault)(**{**vars(fault), "at": run.world.now, "error": "Throttling"})
    )
    assert [*indexed_and_published(run)] == []
