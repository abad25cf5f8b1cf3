"""Recordings of which IVS sent no event, or not the last."""

from datetime import timedelta

import pytest

from ivskit import names
from tests.index_recordings.conftest import OpenRun
from tests.index_recordings.recorded import FUNCTION, MINUTE, index, lose, published_of, stream

HOURS = timedelta(hours=1)
START, END = names.RECORDING_START, names.RECORDING_END


@pytest.mark.parametrize("lost", [(END,), (START, END)])
def test_a_recording_whose_end_is_lost_is_found_in_the_bucket(
    open_run: OpenRun, lost: tuple[str, ...]
) -> None:
    with open_run() as run:
        lose(run, *lost)
        stream(run, lasts=20 * MINUTE)
        run.world.run_for(2 * HOURS)

        [recording] = index(run)
        assert recording.status == "ended"
        assert recording.duration_ms == 20 * 60_000 - 8_000
        assert len(recording.renditions) == 4
        assert len(published_of(run, names.RECORDING_INDEXED)) == 1


def test_it_is_looked_for_once(open_run: OpenRun) -> None:
    with open_run() as run:
        lose(run, START, END)
        stream(run)
        run.world.run_for(6 * HOURS)

        looked = [call.operation for call in run.world.calls if call.function == FUNCTION]
        # A call for each level of the date and for the minute, then the file.
        assert looked.count("ListObjectsV2") == 6
        assert looked.count("GetObject") == 1


def test_a_stream_that_continues_a_recording_is_found_in_it(open_run: OpenRun) -> None:
    with open_run(window="2m") as run:
        lose(run, START, END)
        stream(run)
        run.world.run_for(timedelta(seconds=90))
        stream(run)
        run.world.run_for(2 * HOURS)

        [recording] = index(run)
        assert f"{recording.started_at:%H:%M:%S}" == "17:00:08"
        assert recording.duration_ms == 584_000


def test_the_end_of_an_older_recording_is_found_too(open_run: OpenRun) -> None:
    with open_run() as run:
        lose(run, END)
        stream(run)
        run.world.run_for(2 * MINUTE)
        stream(run)
        run.world.run_for(2 * HOURS)

        assert [each.status for each in index(run)] == ["ended", "ended"]
        assert len(published_of(run, names.RECORDING_INDEXED)) == 2


def test_where_the_bucket_cannot_be_read_it_is_missing_until_its_event_comes(
    open_run: OpenRun,
) -> None:
    from ivskit_local.scenarios.run import Handling

    with open_run(bucket="another") as run:
        lose(run, START)
        late = Handling(run.arns["show"], END, times=1, arrivals=(5 * HOURS,))
        run.handlings.append(late)
        stream(run)
        run.world.run_for(4 * HOURS)

        [missing] = index(run)
        assert missing.status == "missing"
        [outcome] = published_of(run, names.RECORDING_FAILED)
        assert "recordings.buckets does not name the bucket another" in outcome["reason"]

        run.world.run_for(2 * HOURS)
        assert [each.status for each in index(run)] == ["ended"]
        assert len(published_of(run, names.RECORDING_INDEXED)) == 1


@pytest.mark.parametrize("lasts", [timedelta(seconds=8), 5 * MINUTE])
def test_only_streams_that_leave_a_recording_are_looked_for(
    open_run: OpenRun, lasts: timedelta
) -> None:
    with open_run() as run:
        if lasts > MINUTE:
            channel = run.world.ivs.channels[run.arns["show"]]
            object.__setattr__(channel, "recording_configuration_arn", "")
        lose(run, START, END)
        stream(run, lasts=lasts)
        run.world.run_for(2 * HOURS)

        assert not [call for call in run.world.calls if call.function == FUNCTION]
        assert index(run) == []


def test_a_bucket_without_the_recording_says_so(open_run: OpenRun) -> None:
    with open_run() as run:
        lose(run, END)
        stream(run)
        [recording] = index(run)
        run.world.run_for(MINUTE)
        key = f"{recording.prefix}/events/recording-ended.json"
        run.world.client("s3").delete_object(Bucket="recordings", Key=key)
        run.world.run_for(5 * HOURS)

        [recording] = index(run)
        assert (recording.status, recording.failure) == (
            "missing",
            "the bucket recordings has no end of one of that time",
        )
        assert len(published_of(run, names.RECORDING_FAILED)) == 1
