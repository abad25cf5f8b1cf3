"""A function that dies at any call leaves a recording in the index, and its outcome once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ivskit import names
from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.synth import Templates
from ivskit_local.scenarios.run import Run
from tests.crashes import kill_points, longest_invocation
from tests.index_recordings.conftest import OpenRun
from tests.index_recordings.recorded import FUNCTION, MINUTE, index, lose, published_of, stream
from tests.pruned import pruned

CALLS = {"end": 5, "failure": 5, "missed": 12, "missing": 14}
HOURS = timedelta(hours=1)


def carry_out(run: Run, case: str) -> None:
    """The case, after which the index is due to have one recording."""
    if case in ("missed", "missing"):
        lose(run, names.RECORDING_START, names.RECORDING_END)
    if case == "failure":
        run.world.ivs.buckets = {"recordings": run.world.ivs.region_name}
    stream(run)
    if case == "failure":
        run.world.ivs.buckets = {}
    if case == "missing":
        run.world.run_for(MINUTE)
        s3 = run.world.client("s3")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket="recordings")["Contents"]]
        [ended] = [key for key in keys if key.endswith("recording-ended.json")]
        s3.delete_object(Bucket="recordings", Key=ended)


def settle(run: Run) -> None:
    run.world.run_for(2 * HOURS)


@pytest.mark.parametrize(("case", "call", "when"), kill_points(CALLS))
def test_a_death_at_any_call_loses_neither_the_item_nor_its_outcome(
    open_run: OpenRun, case: str, call: int, when: When
) -> None:
    expected = {"end": "ended", "failure": "end failed", "missed": "ended", "missing": "missing"}
    with open_run() as run:
        carry_out(run, case)
        kill = run.world.gate.kill(function=FUNCTION, call=call, when=when)
        settle(run)

        assert kill.struck
        assert [each.status for each in index(run)] == [expected[case]]
        published = [
            *published_of(run, names.RECORDING_INDEXED),
            *published_of(run, names.RECORDING_FAILED),
        ]
        assert [each["status"] for each in published] == [expected[case]]
        assert run.world.dead_letters() == []


@pytest.mark.parametrize("case", CALLS)
def test_calls_is_how_many_the_longest_invocation_makes(open_run: OpenRun, case: str) -> None:
    with open_run() as run:
        carry_out(run, case)
        since = len(run.world.calls)
        settle(run)

        assert longest_invocation(list(run.world.calls)[since:], FUNCTION) == CALLS[case]


def test_an_end_that_comes_while_it_is_looked_for_leaves_one_item_in_every_order(
    templates: Templates, open_run: OpenRun
) -> None:
    for choose in interleavings():
        app = pruned(templates, FUNCTION)
        with open_run(templates=app, bucket="another", choose=choose) as run:
            lose(run, names.RECORDING_START, names.RECORDING_END)
            stream(run)
            run.world.run_for(MINUTE)
            run.world.gate.switches_before = lambda service, _: service == "dynamodb"

            run.world.deliver(look_for_it(run))
            run.world.deliver(the_end(run))
            run.world.run_for(2 * MINUTE)

            assert [each.status for each in index(run)] == ["ended"]


def look_for_it(run: Run) -> dict[str, Any]:
    """What the sweep sends."""
    now = run.world.now
    [session] = run.world.ivs.sessions_of(run.arns["show"])
    look = LookAgain(
        channel_arn=run.arns["show"],
        stream_id=session.stream_id,
        purpose="missed recording",
        cause=session.stream_id,
        since=now,
        due=now,
        event_id="sweep",
    )
    event: dict[str, Any] = json.loads(look.message())
    return event


def the_end(run: Run) -> dict[str, Any]:
    """The event that was lost."""
    is_end = "recording_session_stream_ids"
    return next(dict(event) for event in run.world.ivs.events if is_end in event["detail"])
