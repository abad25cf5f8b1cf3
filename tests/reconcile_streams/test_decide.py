"""What nobody has heard of or finished, as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from ivskit.memory import Blocked, Intent, Remembered, Session, Stopping
from reconcile_streams.decide import Errand, Live, unfinished, unheard_ends, unheard_starts
from tests.samples import CHANNEL, STREAM

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BEFORE = NOW - 3 * MINUTE
BEGAN = NOW - 10 * MINUTE
OTHER = "st-9Z8y7X6w5V4u32T1s0rQpon"
LIVE = Live(CHANNEL, STREAM, BEGAN)


def heard(
    stream_id: str = STREAM, started_at: datetime | None = BEGAN, ended_at: datetime | None = None
) -> Remembered:
    """A channel of whose session this was heard."""
    session = Session(stream_id=stream_id, started_at=started_at, ended_at=ended_at)
    return Remembered(session=session)


@pytest.mark.parametrize(
    ("stream", "remembered", "expected"),
    [
        (LIVE, None, [LIVE]),
        (LIVE, Remembered(), [LIVE]),
        (LIVE, heard(), []),
        # A list that lags behind shows what is over.
        (LIVE, heard(ended_at=NOW - MINUTE), []),
        (LIVE, heard(started_at=None, ended_at=NOW - MINUTE), []),
        (LIVE, heard(OTHER, started_at=NOW - MINUTE), []),
        (LIVE, heard(OTHER, started_at=BEGAN - MINUTE), [LIVE]),
        (LIVE, heard(OTHER, started_at=None, ended_at=BEGAN - MINUTE), [LIVE]),
        (Live(CHANNEL, STREAM, BEFORE), None, []),
        (Live(CHANNEL, STREAM, NOW), None, []),
    ],
)
def test_a_start_is_unheard_once_it_is_overdue(
    stream: Live, remembered: Remembered | None, expected: list[Live]
) -> None:
    known = {} if remembered is None else {CHANNEL: remembered}

    assert unheard_starts([stream], known, before=BEFORE) == expected


@pytest.mark.parametrize(
    ("live", "remembered", "is_unheard"),
    [
        ([], heard(), True),
        ([Live(CHANNEL, OTHER, NOW)], heard(), True),
        ([LIVE], heard(), False),
        ([], heard(ended_at=NOW), False),
        ([], heard(started_at=None, ended_at=NOW), False),
        ([], Remembered(), False),
    ],
)
def test_an_end_is_unheard_of_an_open_session_that_is_not_live(
    live: list[Live], remembered: Remembered, is_unheard: bool
) -> None:
    expected = [(CHANNEL, remembered.session)] if is_unheard else []

    assert unheard_ends(live, {CHANNEL: remembered}) == expected


def intent(at: datetime) -> Intent:
    """A rotation that was begun then."""
    return Intent(cause="c", reason="r", event_id="e", at=at, stream_id=STREAM)


def stopping(at: datetime) -> Stopping:
    """A kick that was begun then."""
    about = {"cause": "s", "reason": "r", "event_id": "e", "stream_id": STREAM}
    return Stopping.model_validate({**about, "at": at, "then": "kick", "verify": "verify kick"})


BLOCKED = Blocked(command_id="b", issued_at=NOW)
ROTATION = Errand("rotate_stream_key", CHANNEL, "verify key", "c", STREAM)
STOP = Errand("stop_stream", CHANNEL, "verify kick", "s", STREAM)


@pytest.mark.parametrize(
    ("remembered", "expected"),
    [
        (Remembered(), []),
        (Remembered(intent=intent(BEGAN)), [ROTATION]),
        (Remembered(intent=intent(BEFORE)), []),
        (Remembered(stopping=stopping(BEGAN)), [STOP]),
        (Remembered(stopping=stopping(NOW)), []),
        (Remembered(stopping=stopping(BEGAN), intent=intent(BEGAN)), [STOP]),
        (Remembered(stopping=stopping(NOW), intent=intent(BEGAN)), []),
        (Remembered(intent=intent(BEGAN), blocked=BLOCKED), [ROTATION]),
    ],
)
def test_what_was_begun_long_ago_is_for_its_function_to_finish(
    remembered: Remembered, expected: list[Errand]
) -> None:
    assert unfinished({CHANNEL: remembered}, before=BEFORE) == expected
