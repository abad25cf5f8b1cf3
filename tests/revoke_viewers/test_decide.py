"""What is done with a chunk, as a table."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.messages.revocation import Chunk, ContinuePlanning, parse_revocation_message
from ivskit.errors import Ambiguous, IvsError, NotFound, Throttled, Unavailable
from ivskit.jobs.records import Begun, Failed, State
from ivskit.viewers import Viewer
from revoke_viewers.decide import (
    LONGEST_OUTAGE,
    PAUSES,
    Call,
    Count,
    Drop,
    Hold,
    Holds,
    Postpone,
    Retry,
    Said,
    admit,
    decide,
    held_back,
)
from tests.samples import CHANNEL, STREAM

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)

ONE, TWO, THREE = (Viewer(CHANNEL, name, 5) for name in ("one", "two", "three"))
CHUNK = Chunk(
    job="job-1", event_id="event", way="batch", number=3, of=4, size=3, viewers=(ONE, TWO, THREE)
)
GONE = NotFound("no such channel", code="ResourceNotFoundException")
LATER = Unavailable("try later", code="InternalServerException")


def failed(viewer: Viewer, code: str, message: str) -> Failed:
    """A line of the report."""
    return Failed(channel_arn=CHANNEL, viewer_id=viewer.viewer_id, code=code, message=message)


@pytest.mark.parametrize(
    ("state", "is_done", "held", "expected"),
    [
        ("running", False, None, Call()),
        ("running", True, None, Drop("done already")),
        ("running", False, "paused", Hold("paused")),
        ("running", True, "paused", Drop("done already")),
        ("cancelled", False, None, Drop("the job is cancelled")),
        ("cancelled", True, "paused", Drop("the job is cancelled")),
        ("done", True, None, Drop("done already")),
        ("done", False, None, Drop("the job is over")),
    ],
)
def test_a_chunk_is_carried_out_while_its_job_runs_and_once(
    state: State, is_done: bool, held: str | None, expected: Call | Drop | Hold
) -> None:
    assert admit(state, is_done=is_done, held=held) == expected


COMMANDED: dict[str, Any] = {}
FORCED = {"forced": True}
FOLLOWING = {"stream_id": STREAM, "channel_arn": CHANNEL}
PAUSED = Holds("enforce", paused="paused by jane")
ALL_PAUSED = Holds("enforce", paused="paused by jane", commands_too=True)


@pytest.mark.parametrize(
    ("began", "holds", "expected"),
    [
        (COMMANDED, Holds("enforce"), None),
        (COMMANDED, PAUSED, None),
        (COMMANDED, ALL_PAUSED, "paused by jane"),
        (FORCED, ALL_PAUSED, None),
        (FOLLOWING, Holds("enforce"), None),
        (FOLLOWING, PAUSED, "paused by jane"),
        (FOLLOWING, ALL_PAUSED, "paused by jane"),
        (COMMANDED, Holds("observe"), "observing only"),
        (FOLLOWING, Holds("observe"), "observing only"),
        (FORCED, Holds("observe"), None),
        # Such a job has channels whose own tags say enforce.
        (FOLLOWING | {"mode": "observe"}, Holds("observe"), None),
        (FOLLOWING | {"mode": "observe"}, PAUSED, "paused by jane"),
    ],
)
def test_a_pause_holds_what_follows_a_stream_and_commands_where_it_says_so(
    began: dict[str, Any], holds: Holds, expected: str | None
) -> None:
    assert holds.over(Begun(event_id="event", at=NOW, reason="r", **began)) == expected


def test_a_chunk_whose_pairs_are_all_revoked_is_counted() -> None:
    said = Said({viewer: viewer for viewer in CHUNK.viewers})

    assert decide(CHUNK, said, now=NOW) == Count(())


def test_what_is_refused_is_reported_and_the_rest_counted() -> None:
    decision = decide(CHUNK, Said({ONE: ONE, TWO: GONE, THREE: THREE}), now=NOW)

    assert decision == Count((failed(TWO, "ResourceNotFoundException", "no such channel"),))


@pytest.mark.parametrize("error", [LATER, Ambiguous("lost"), Throttled("too fast")])
def test_what_ivs_failed_and_may_serve_later_is_tried_again_alone(error: IvsError) -> None:
    decision = decide(CHUNK, Said({ONE: ONE, TWO: error, THREE: GONE}), now=NOW)

    assert isinstance(decision, Retry)
    assert (decision.after, decision.error) == (PAUSES[0] * SECOND, error)
    assert decision.chunk.viewers == (TWO,)
    assert (decision.chunk.tries, decision.chunk.size) == (1, 3)
    assert [line.viewer_id for line in decision.chunk.failures] == ["three"]


def test_what_ivs_fails_again_and_again_while_it_takes_calls_is_given_up_and_reported() -> None:
    chunk, pauses, now = CHUNK, [], NOW
    said = Said(dict.fromkeys(chunk.viewers, LATER))
    while isinstance(decision := decide(chunk, said, now=now), Retry):
        chunk, now = decision.chunk, now + decision.after
        pauses.append(decision.after / SECOND)

    assert pauses == list(PAUSES)
    assert chunk.failing_since == NOW
    assert decision == Count(
        tuple(failed(each, "InternalServerException", "try later") for each in CHUNK.viewers)
    )


@pytest.mark.parametrize("error", [LATER, Ambiguous("lost"), Throttled("too fast")])
def test_a_call_that_fails_is_made_again_after_longer_and_longer_pauses(error: IvsError) -> None:
    chunk, pauses, now = CHUNK, [], NOW
    for _ in range(12):
        decision = decide(chunk, Said(outage=error), now=now)
        assert isinstance(decision, Postpone)
        assert decision.error == error
        chunk, now = decision.chunk, now + decision.after
        pauses.append(decision.after / SECOND)

    assert pauses == [*PAUSES, 900, 900, 900, 900]
    assert max(pauses) <= 900  # SQS takes no longer delay
    assert (chunk.tries, chunk.waits, chunk.failing_since) == (0, 12, NOW)
    assert sorted(each.viewer_id for each in chunk.viewers) == ["one", "three", "two"]


def test_after_a_day_of_failing_calls_the_pairs_are_reported_with_the_last_error() -> None:
    gone = (failed(THREE, "ResourceNotFoundException", "no such channel"),)
    left = {"viewers": (ONE, TWO), "failures": gone, "waits": 100, "failing_since": NOW}
    chunk = CHUNK.model_copy(update=left)

    before = decide(chunk, Said(outage=LATER), now=NOW + LONGEST_OUTAGE - SECOND)
    at_last = decide(chunk, Said(outage=LATER), now=NOW + LONGEST_OUTAGE)

    assert isinstance(before, Postpone)
    assert at_last == Count(
        (*gone, *(failed(each, "InternalServerException", "try later") for each in (TWO, ONE)))
    )


def test_patience_counts_anew_when_somebody_has_the_job_go_on() -> None:
    chunk = CHUNK.model_copy(update={"waits": 100, "failing_since": NOW})
    resumed_at = NOW + LONGEST_OUTAGE - SECOND

    decision = decide(chunk, Said(outage=LATER), now=NOW + LONGEST_OUTAGE, resumed_at=resumed_at)

    assert isinstance(decision, Postpone)
    assert decision.chunk.failing_since == resumed_at


def test_an_outage_that_ends_and_begins_again_counts_from_its_new_beginning() -> None:
    chunk = CHUNK.model_copy(update={"waits": 100, "failing_since": NOW})

    decision = decide(chunk, Said({ONE: ONE}, LATER), now=NOW + 2 * LONGEST_OUTAGE)

    assert isinstance(decision, Postpone)
    assert (decision.after, decision.chunk.waits) == (PAUSES[0] * SECOND, 1)
    assert decision.chunk.failing_since == NOW + 2 * LONGEST_OUTAGE


def test_who_fails_a_call_of_its_own_goes_behind_those_who_had_none() -> None:
    decision = decide(CHUNK, Said({}, LATER), now=NOW)

    assert isinstance(decision, Postpone)
    assert decision.chunk.viewers == (TWO, THREE, ONE)


def test_what_there_was_no_time_for_comes_back_at_once_and_fails_nothing() -> None:
    decision = decide(CHUNK, Said({ONE: ONE}), now=NOW)

    assert isinstance(decision, Postpone)
    assert (decision.after, decision.error) == (SECOND, None)
    assert (decision.chunk.waits, decision.chunk.tries, decision.chunk.failing_since) == (
        0,
        0,
        None,
    )
    assert set(decision.chunk.viewers) == {TWO, THREE}


def test_a_hold_is_no_outage() -> None:
    chunk = held_back(CHUNK.model_copy(update={"waits": 9, "failing_since": NOW, "tries": 2}))

    assert (chunk.waits, chunk.failing_since, chunk.tries) == (0, None, 2)


def test_an_error_without_a_code_is_reported_by_its_class_and_cut_to_a_length() -> None:
    said = Said({ONE: NotFound(1_000 * "x"), TWO: TWO, THREE: THREE})

    assert decide(CHUNK, said, now=NOW) == Count((failed(ONE, "NotFound", 200 * "x"),))


def test_a_chunk_of_an_older_version_is_read() -> None:
    old = {
        "detail-type": "Revoke Chunk",
        "detail": {
            "job": "job-1",
            "event_id": "event",
            "way": "batch",
            "number": 3,
            "of": 4,
            "size": 3,
            "viewers": [vars(each) for each in CHUNK.viewers],
        },
    }

    assert parse_revocation_message(old) == CHUNK


def test_a_chunk_keeps_its_patience_on_its_way() -> None:
    chunk = CHUNK.model_copy(update={"waits": 3, "failing_since": NOW, "tries": 1})

    assert parse_revocation_message(json.loads(chunk.message())) == chunk


def test_a_message_of_the_first_release_is_read_by_its_former_name() -> None:
    former = {"detail-type": "Plan On", "detail": {"job": "j", "event_id": "e", "part": 2}}

    assert parse_revocation_message(former) == ContinuePlanning(job="j", event_id="e", part=2)
