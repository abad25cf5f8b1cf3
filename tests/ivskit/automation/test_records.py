"""What a channel's item remembers: sessions, and answers to causes."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ivskit.automation.acted import Acted
from ivskit.automation.records import Idle, Lockout, Remembered, Round, Session
from tests.ivskit.automation.remembered import LIVE, MINUTE, START, kept, stopped
from tests.samples import CHANNEL, STREAM

if TYPE_CHECKING:
    pass


@pytest.mark.parametrize(
    ("known", "stream_id", "times", "expected"),
    [
        (None, "st-1", {"started_at": START}, LIVE),
        (LIVE, "st-1", {"ended_at": START + MINUTE}, {"ended_at": START + MINUTE}),
        # The next session began, or ended unheard.
        (LIVE, "st-2", {"started_at": START + MINUTE}, None),
        (LIVE, "st-2", {"ended_at": START + MINUTE}, None),
        # Late news of an older one.
        (LIVE, "st-0", {"started_at": START - MINUTE}, LIVE),
        (LIVE, "st-0", {"ended_at": START - MINUTE}, LIVE),
        (Session(stream_id="st-1", ended_at=START), "st-0", {"ended_at": START - MINUTE}, {}),
    ],
)
def test_of_the_newest_session_start_and_end_are_remembered(
    known: Session | None,
    stream_id: str,
    times: dict[str, datetime],
    expected: Session | dict[str, datetime] | None,
) -> None:
    if isinstance(expected, dict):
        assert known is not None
        expected = known.model_copy(update=expected)
    if expected is None:
        expected = Session.model_validate({"stream_id": stream_id, **times})

    assert Remembered(session=known).with_session(stream_id, **times) == expected


def test_what_the_first_release_remembered_is_read() -> None:
    whole = stopped(1, STREAM).model_dump(mode="json", exclude_none=True)

    acted = Acted.model_validate({"cause": "stop-1", "outcome": "Stream Stopped", "detail": whole})

    assert Remembered(causes=(acted,)).answer_to("stop-1", CHANNEL) == stopped(1, STREAM)
    assert Remembered(causes=(acted,)).stop_of(STREAM) == acted
    assert Round.model_validate({"swept_at": START, "idle": {STREAM: START.isoformat()}}).idle == {
        STREAM: Idle(since=START)
    }


def test_of_answers_that_changed_nothing_the_last_few_are_remembered_each_once() -> None:
    remembered = Remembered()
    for number in (*range(22), 15):
        causes = remembered.with_answer(kept(f"st-{number}"))
        remembered = Remembered(causes=causes)

    assert [acted.cause for acted in remembered.causes] == [
        f"st-{number}" for number in (20, 21, 15)
    ]


def test_what_was_done_about_the_newest_two_sessions_is_never_pushed_out() -> None:
    sessions = [f"st-{letter * 23}" for letter in "abc"]
    remembered = Remembered()
    for number, session in enumerate(sessions):
        old = stopped(number, session).model_copy(update={"at": START + number * 11 * MINUTE})
        remembered = Remembered(causes=remembered.with_answer(old))
    for number in range(25):
        remembered = Remembered(causes=remembered.with_answer(kept(f"again-{number}")))

    assert [remembered.stop_of(session) is not None for session in sessions] == [False, True, True]
    assert len(remembered.causes) == 5
    assert len(json.dumps([acted.model_dump(mode="json") for acted in remembered.causes])) < 1_500


@pytest.mark.parametrize(
    ("seconds", "count", "oldest"),
    [
        (37, 8, 0),
        # Ten minutes ago.
        (60, 15, 4),
        # A hundred sessions do not fill the item.
        (5, 100, 80),
    ],
)
def test_acts_of_the_last_minutes_outlast_newer_sessions(
    seconds: int, count: int, oldest: int
) -> None:
    remembered = Remembered()
    for number in range(count):
        at = START + timedelta(seconds=number * seconds)
        stop = stopped(number, f"st-{number:023}").model_copy(update={"at": at})
        remembered = Remembered(causes=remembered.with_answer(stop))

    assert [each.cause for each in remembered.causes] == [
        f"stop-{number}" for number in range(oldest, count)
    ]


def test_what_began_a_lockout_outlasts_the_stops_of_many_sessions() -> None:
    """It comes again where its function died before the outcome was published."""
    lockout = Lockout(cause="stop-0", until=START + 15 * MINUTE)
    remembered = Remembered(lockout=lockout)
    for number in range(30):
        at = START + timedelta(seconds=number * 9)
        stop = stopped(number, f"st-{number:023}").model_copy(update={"at": at})
        remembered = Remembered(lockout=lockout, causes=remembered.with_answer(stop))

    first = stopped(0, f"st-{0:023}").model_copy(update={"at": START})
    assert remembered.answer_to("stop-0", CHANNEL) == first
    assert len(remembered.causes) == 21


@pytest.mark.parametrize(("seconds", "until"), [(0, 10), (890, 900), (895, 900), (2000, 900)])
def test_a_lockout_outlasts_a_new_key_by_the_time_to_connect(seconds: int, until: int) -> None:
    lockout = Lockout(cause="stop-0", until=START + timedelta(seconds=900))

    ended = lockout.ended_by_key(START + timedelta(seconds=seconds))

    assert ended.until == START + timedelta(seconds=until)


def test_acts_that_no_session_called_for_are_pushed_out_only_by_each_other() -> None:
    remembered = Remembered()
    for number in range(5):
        old = {"stream_id": None, "at": START + number * 61 * MINUTE}
        of_none = stopped(number, STREAM).model_copy(update=old)
        remembered = Remembered(causes=remembered.with_answer(of_none))
    for number in range(25):
        remembered = Remembered(causes=remembered.with_answer(kept(f"again-{number}")))

    assert [each.cause for each in remembered.causes if each.acted] == [
        "stop-2",
        "stop-3",
        "stop-4",
    ]


@pytest.mark.parametrize(
    ("minutes", "count", "oldest"),
    [
        # The store has refused a key again and again since: a command of an hour ago is repeated.
        (15, 5, 0),
        (20, 5, 1),
        (1, 30, 10),
    ],
)
def test_an_act_of_no_session_is_remembered_while_its_command_may_be_repeated(
    minutes: int, count: int, oldest: int
) -> None:
    remembered = Remembered()
    for number in range(count):
        at = {"stream_id": None, "at": START + number * minutes * MINUTE}
        of_none = stopped(number, STREAM).model_copy(update=at)
        remembered = Remembered(causes=remembered.with_answer(of_none))

    assert [each.cause for each in remembered.causes] == [
        f"stop-{number}" for number in range(oldest, count)
    ]
