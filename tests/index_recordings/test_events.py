"""What events say of recordings, in the index and in outcomes."""

from datetime import timedelta

from ivskit import names
from ivskit_local.scenarios.run import Handling
from tests.index_recordings.conftest import OpenRun
from tests.index_recordings.recorded import MINUTE, index, published_of, stream

INDEXED = names.RECORDING_INDEXED


def test_a_recording_is_in_the_index_as_the_bucket_describes_it(open_run: OpenRun) -> None:
    with open_run() as run:
        stream(run)
        run.world.run_for(MINUTE)

        [recording] = index(run)
        [session] = run.world.ivs.sessions_of(run.arns["show"])
        assert recording.status == "ended"
        assert recording.stream_ids == (session.stream_id,)
        assert f"{recording.started_at:%H:%M:%S}" == "17:00:08"
        assert recording.duration_ms == 292_000
        assert recording.unread is None
        assert [each.height for each in recording.renditions] == [720, 480, 360, 160]
        assert recording.thumbnails is not None
        assert recording.playback_url == (
            f"https://recordings.s3.us-west-2.amazonaws.com/{recording.prefix}/media/hls/master.m3u8"
        )
        s3 = run.world.client("s3")
        for key in (f"{recording.prefix}/media/hls/master.m3u8", recording.renditions[0].playlist):
            assert s3.get_object(Bucket="recordings", Key=key)["Body"].read()


def test_the_outcome_says_what_the_index_has(open_run: OpenRun) -> None:
    with open_run() as run:
        stream(run)
        run.world.run_for(MINUTE)

        [recording], [outcome] = index(run), published_of(run, INDEXED)
        said = recording.model_dump(mode="json", exclude_none=True, exclude={"noted_at"})
        assert {name: outcome[name] for name in said} == said
        assert outcome["reason"] == "a recording of one stream has ended, 292 s"


def test_a_bucket_that_the_settings_do_not_name_is_not_read(open_run: OpenRun) -> None:
    with open_run(bucket="another") as run:
        stream(run)
        run.world.run_for(MINUTE)

        [recording] = index(run)
        assert recording.status == "ended"
        assert (
            recording.unread == "not readable: recordings.buckets does not name the bucket another"
        )
        assert (recording.renditions, recording.duration_ms) == ((), 292_000)
        assert str(recording.playback_url).endswith(f"{recording.prefix}/media/hls/master.m3u8")
        assert not [call for call in run.world.calls if call.service == "s3"]


def test_the_file_may_come_a_little_after_the_event(open_run: OpenRun) -> None:
    with open_run() as run:
        run.world.gate.fault("s3", "GetObject", "NoSuchKey", times=3)
        stream(run)
        run.world.run_for(2 * MINUTE)

        [recording] = index(run)
        assert recording.unread is None
        assert len(published_of(run, INDEXED)) == 1


def test_a_file_that_never_comes_is_not_waited_for(open_run: OpenRun) -> None:
    with open_run() as run:
        run.world.gate.fault("s3", "GetObject", "NoSuchKey", times=100)
        stream(run)
        run.world.run_for(3 * MINUTE)

        [recording] = index(run)
        assert (recording.status, recording.unread) == (
            "ended",
            "recording-ended.json is not there",
        )
        assert run.world.dead_letters() == []


def test_a_start_that_comes_after_the_end_changes_nothing(open_run: OpenRun) -> None:
    with open_run() as run:
        late = Handling(
            run.arns["show"], names.RECORDING_START, times=1, arrivals=(timedelta(hours=3),)
        )
        run.handlings.append(late)
        stream(run)
        run.world.run_for(MINUTE)
        before = index(run)
        run.world.run_for(timedelta(hours=4))

        assert index(run) == before
        assert [each.status for each in before] == ["ended"]


def test_streams_of_one_recording_are_one_item(open_run: OpenRun) -> None:
    with open_run(window="1m") as run:
        stream(run)
        run.world.run_for(timedelta(seconds=20))
        stream(run)
        run.world.run_for(3 * MINUTE)

        [recording] = index(run)
        sessions = run.world.ivs.sessions_of(run.arns["show"])
        assert recording.stream_ids == tuple(sorted(each.stream_id for each in sessions))
        assert len(published_of(run, INDEXED)) == 1


def test_the_mark_of_a_take_down_outlasts_the_end(open_run: OpenRun) -> None:
    with open_run() as run:
        stream(run)
        [recording] = index(run)
        assert recording.status == "recording"
        assert run.recordings.mark(recording, taken_down_by="cmd-1")
        run.world.run_for(MINUTE)

        [recording], [outcome] = index(run), published_of(run, INDEXED)
        assert (recording.status, recording.taken_down_by) == ("ended", "cmd-1")
        assert outcome["taken_down_by"] == "cmd-1"
        assert run.recordings.unmark(recording, restored_by="cmd-2")
        assert index(run)[0].taken_down_by is None


def test_what_the_index_does_not_have_cannot_be_marked(open_run: OpenRun) -> None:
    with open_run() as run:
        stream(run)
        [recording] = index(run)
        gone = recording.model_copy(update={"recording": "2026-01-01T00:00/none"})

        assert not run.recordings.mark(gone, taken_down_by="cmd-1")
        assert len(index(run)) == 1
