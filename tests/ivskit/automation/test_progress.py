"""When a job counts as stalled, as tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.jobs.progress import SILENT_AFTER, STALLED_AFTER, Progress, Stall
from ivskit.jobs.records import Begun, Job
from ivskit.outcomes import RevocationPlanned
from tests.samples import CHANNEL

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("progress", "failing_since", "expected"),
    [
        (Progress(), NOW - STALLED_AFTER, NOW - STALLED_AFTER),
        (Progress(), NOW - STALLED_AFTER + SECOND, None),
        # Others are revoked meanwhile.
        (Progress(progressed_at=NOW - SECOND), NOW - HOUR, None),
        (Progress(progressed_at=NOW - HOUR / 2), NOW - HOUR, NOW - HOUR / 2),
        (Progress(progressed_at=NOW - HOUR), NOW - SECOND, None),
        (Progress(resumed_at=NOW - SECOND), NOW - HOUR, None),
    ],
)
def test_a_job_is_stalled_when_nobody_was_revoked_since_a_chunk_began_to_fail(
    progress: Progress, failing_since: datetime, expected: datetime | None
) -> None:
    assert progress.stalled_since(failing_since, now=NOW) == expected


def job(*, eta: timedelta = timedelta(), **more: Any) -> Job:
    """A job that began an hour ago."""
    planned = RevocationPlanned(
        cause="job-1",
        channel_arn=CHANNEL,
        reason="over",
        mode="enforce",
        at=NOW - HOUR,
        event_id="event",
        pairs=1,
        calls=1,
        eta_seconds=eta.total_seconds(),
    )
    begun = Begun(event_id="event", at=NOW - HOUR, reason="over")
    return Job(**{"id": "job-1", "state": "running", "begun": begun, "planned": planned} | more)


STALL = Stall(since=NOW - SECOND, error="out of order")


@pytest.mark.parametrize(
    ("running", "since"),
    [
        (job(), NOW - HOUR),
        (job(progress=Progress(stall=STALL)), STALL.since),
        (job(progress=Progress(progressed_at=NOW - SILENT_AFTER)), NOW - SILENT_AFTER),
        (job(progress=Progress(progressed_at=NOW - SILENT_AFTER + SECOND)), None),
        (job(progress=Progress(held_at=NOW - SILENT_AFTER + SECOND)), None),
        (job(progress=Progress(resumed_at=NOW - SILENT_AFTER + SECOND)), None),
        # It waits for its turn behind others.
        (job(eta=HOUR), None),
        (job(eta=HOUR - SILENT_AFTER), NOW - HOUR),
        (job(eta=HOUR, progress=Progress(progressed_at=NOW - SILENT_AFTER)), NOW - SILENT_AFTER),
        (job(state="cancelled", progress=Progress(stall=STALL)), None),
        (job(state="done"), None),
    ],
)
def test_a_running_job_without_progress_is_stalled(running: Job, since: datetime | None) -> None:
    stall = running.stall(NOW)

    assert (stall and stall.since) == since


def test_what_an_older_version_kept_of_a_job_is_read() -> None:
    begun = Begun.model_validate_json('{"event_id":"e","at":"2026-11-20T17:00:00Z","reason":"r"}')

    assert (begun.sender, begun.forced, begun.mode, begun.follows_stream) == (
        None,
        False,
        "enforce",
        False,
    )
    assert Progress.of({"progress": {"S": "running"}}) == Progress()
