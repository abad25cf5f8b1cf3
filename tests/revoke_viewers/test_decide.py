"""What becomes of a chunk, as a table."""

from datetime import timedelta

import pytest

from ivskit.client.viewer_sessions import Viewer
from ivskit.errands import Chunk, Failed
from ivskit.errors import Ambiguous, IvsError, NotFound, Unavailable
from ivskit.jobs import State
from revoke_viewers.decide import PAUSES, Call, Count, Drop, Hold, Retry, admit, decide
from tests.samples import CHANNEL

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
    ("state", "is_done", "hands_off", "expected"),
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
    state: State, is_done: bool, hands_off: str | None, expected: Call | Drop | Hold
) -> None:
    assert admit(state, is_done=is_done, hands_off=hands_off) == expected


def test_a_chunk_whose_pairs_are_all_revoked_is_counted() -> None:
    assert decide(CHUNK, {viewer: viewer for viewer in CHUNK.viewers}) == Count(())


def test_what_is_refused_is_reported_and_the_rest_counted() -> None:
    decision = decide(CHUNK, {ONE: ONE, TWO: GONE, THREE: THREE})

    assert decision == Count((failed(TWO, "ResourceNotFoundException", "no such channel"),))


@pytest.mark.parametrize("error", [LATER, Ambiguous("lost")])
def test_what_may_work_later_is_tried_again_alone(error: IvsError) -> None:
    decision = decide(CHUNK, {ONE: ONE, TWO: error, THREE: GONE})

    assert isinstance(decision, Retry)
    assert decision.after == timedelta(seconds=PAUSES[0])
    assert decision.chunk.viewers == (TWO,)
    assert (decision.chunk.tries, decision.chunk.size) == (1, 3)
    assert [line.viewer_id for line in decision.chunk.failures] == ["three"]


def test_what_fails_again_and_again_is_given_up_and_reported() -> None:
    chunk, pauses = CHUNK, []
    while isinstance(decision := decide(chunk, dict.fromkeys(chunk.viewers, LATER)), Retry):
        chunk = decision.chunk
        pauses.append(decision.after.total_seconds())

    assert pauses == list(PAUSES)
    assert decision == Count(
        tuple(failed(each, "InternalServerException", "try later") for each in CHUNK.viewers)
    )


def test_an_error_without_a_code_is_told_by_its_kind_and_not_at_any_length() -> None:
    decision = decide(CHUNK, {ONE: NotFound(1_000 * "x"), TWO: TWO, THREE: THREE})

    assert decision == Count((failed(ONE, "NotFound", 200 * "x"),))
