"""What a sweep finds missed or unfinished, as tables."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivskit.automation.records import Blocked, Idle, Intent, Key, Remembered, Session, Stopping
from ivskit.policy import Adopt, Policy
from reconcile_streams.decide import (
    Ended,
    KeyFacts,
    Live,
    Referral,
    about_key,
    blocked,
    idle_since,
    idle_too_long,
    may_need_rotation,
    missed_ends,
    missed_session,
    missed_starts,
    turn,
    undelivered,
    unfinished,
    unknown_block,
    unshut,
)
from tests.samples import CHANNEL, STREAM

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BEFORE = NOW - 3 * MINUTE
BEGAN = NOW - 10 * MINUTE
OTHER = "st-9Z8y7X6w5V4u32T1s0rQpon"
LIVE = Live(CHANNEL, STREAM, BEGAN)


def with_session(
    stream_id: str = STREAM, started_at: datetime | None = BEGAN, ended_at: datetime | None = None
) -> Remembered:
    """A channel whose memory has this session."""
    session = Session(stream_id=stream_id, started_at=started_at, ended_at=ended_at)
    return Remembered(session=session)


@pytest.mark.parametrize(
    ("stream", "remembered", "expected"),
    [
        (LIVE, None, [LIVE]),
        (LIVE, Remembered(), [LIVE]),
        (LIVE, with_session(), []),
        # A list that lags behind shows what is over.
        (LIVE, with_session(ended_at=NOW - MINUTE), []),
        (LIVE, with_session(started_at=None, ended_at=NOW - MINUTE), []),
        (LIVE, with_session(OTHER, started_at=NOW - MINUTE), []),
        (LIVE, with_session(OTHER, started_at=BEGAN - MINUTE), [LIVE]),
        (LIVE, with_session(OTHER, started_at=None, ended_at=BEGAN - MINUTE), [LIVE]),
        (Live(CHANNEL, STREAM, BEFORE), None, []),
        (Live(CHANNEL, STREAM, NOW), None, []),
    ],
)
def test_a_start_is_unheard_once_it_is_overdue(
    stream: Live, remembered: Remembered | None, expected: list[Live]
) -> None:
    known = {} if remembered is None else {CHANNEL: remembered}

    assert missed_starts([stream], known, before=BEFORE) == expected


@pytest.mark.parametrize(
    ("live", "remembered", "is_unheard"),
    [
        ([], with_session(), True),
        ([Live(CHANNEL, OTHER, NOW)], with_session(), True),
        ([LIVE], with_session(), False),
        ([], with_session(ended_at=NOW), False),
        ([], with_session(started_at=None, ended_at=NOW), False),
        ([], Remembered(), False),
    ],
)
def test_an_end_is_unheard_of_an_open_session_that_is_not_live(
    live: list[Live], remembered: Remembered, is_unheard: bool
) -> None:
    expected = [(CHANNEL, remembered.session)] if is_unheard else []

    assert missed_ends(live, {CHANNEL: remembered}) == expected


def intent(at: datetime) -> Intent:
    """A rotation that was begun then."""
    return Intent(cause="c", reason="r", event_id="e", at=at, stream_id=STREAM)


def stopping(at: datetime) -> Stopping:
    """A kick that was begun then."""
    about = {"cause": "s", "reason": "r", "event_id": "e", "stream_id": STREAM}
    return Stopping.model_validate({**about, "at": at, "then": "kick", "verify": "verify kick"})


BLOCKED = Blocked(command_id="b", issued_at=NOW)
ROTATION = Referral("rotate_stream_key", CHANNEL, "verify key", "c", STREAM)
STOP = Referral("stop_stream", CHANNEL, "verify kick", "s", STREAM)


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
    remembered: Remembered, expected: list[Referral]
) -> None:
    found = unfinished({CHANNEL: remembered}, now=NOW, overdue=3 * MINUTE, last=BEGAN)
    assert found == expected


def test_what_stays_open_is_asked_for_whenever_it_is_twice_as_old() -> None:
    open_since = {CHANNEL: Remembered(intent=intent(NOW))}
    sweeps = [NOW + 5 * number * MINUTE for number in range(1, 37)]
    asked = [
        (now - NOW) // MINUTE
        for last, now in pairwise([NOW, *sweeps])
        if unfinished(open_since, now=now, overdue=3 * MINUTE, last=last)
    ]

    assert asked == [5, 10, 15, 25, 50, 100]


def test_a_blocked_channel_counts_as_shut_when_the_block_has_had_its_time() -> None:
    late = Blocked(command_id="b", issued_at=BEFORE)
    early = Blocked(command_id="b", issued_at=BEGAN)
    known = {"late": Remembered(blocked=late), "open": Remembered()}
    known |= {name: Remembered(blocked=early) for name in ("z", "a")}

    assert blocked(known, before=BEFORE) == ["a", "z"]
    assert unshut(["a"], known) == [Referral("stop_stream", "a", "verify block", "b")]
    assert unshut(["open"], known) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [("", "ab"), ("a", "bc"), ("b", "cd"), ("bb", "cd"), ("c", "da"), ("d", "ab"), ("z", "ab")],
)
def test_of_many_channels_each_has_its_turn(after: str, expected: str) -> None:
    assert turn("dbac", most=2, after=after) == list(expected)
    assert sorted(turn("dbac", most=9, after=after)) == list("abcd")
    assert turn("", most=2, after=after) == []


@given(
    there=st.lists(st.sets(st.sampled_from("abcdefghij")), min_size=1, max_size=20),
    most=st.integers(1, 4),
)
def test_whatever_comes_and_goes_none_waits_for_longer_than_all_take(
    there: list[set[str]], most: int
) -> None:
    last, waited = "", Counter[str]()
    for names in there:
        looked_at = turn(sorted(names, reverse=True), most=most, after=last)
        last = looked_at[-1] if looked_at else ""
        waited = Counter({name: waited[name] + 1 for name in names - {*looked_at}})

        assert len(looked_at) == min(most, len(names))
        assert all(sweeps < math.ceil(10 / most) for sweeps in waited.values())


def test_all_that_stay_are_looked_at_in_order_before_the_first_is_again() -> None:
    seen, last = "", ""
    for _ in range(4):
        looked_at = turn("gfedcba", most=2, after=last)
        seen, last = seen + "".join(looked_at), looked_at[-1]

    assert seen == "abcdefga"


LONG_IDLE = Idle(since=BEGAN, longest=MINUTE)


def watched_by(viewers: int | None) -> Live:
    """A stream with so many viewers."""
    return Live(CHANNEL, STREAM, BEGAN, viewers)


@pytest.mark.parametrize(
    ("viewers", "known", "expected"),
    [
        (0, {}, {STREAM: Idle(since=NOW)}),
        (0, {STREAM: LONG_IDLE}, {STREAM: LONG_IDLE}),
        (1, {STREAM: LONG_IDLE}, {}),
        # IVS could not count them.
        (None, {STREAM: LONG_IDLE}, {STREAM: LONG_IDLE}),
        (None, {}, {}),
        (0, {OTHER: LONG_IDLE}, {STREAM: Idle(since=NOW)}),
    ],
)
def test_a_stream_is_idle_since_a_sweep_first_saw_no_viewers(
    viewers: int | None, known: dict[str, Idle], expected: dict[str, Idle]
) -> None:
    assert idle_since([watched_by(viewers)], known, now=NOW) == expected


@pytest.mark.parametrize(
    ("policy", "since", "is_too_long"),
    [
        ({"max_idle": "10m"}, BEGAN, True),
        ({"max_idle": "11m"}, BEGAN, False),
        ({}, BEGAN, False),
        ({"max_idle": "10m", "managed": False}, BEGAN, False),
        (None, BEGAN, False),
        ({"max_idle": "10m"}, None, False),
    ],
)
def test_a_stream_that_nobody_watches_for_too_long_is_for_stop_stream(
    policy: dict[str, object] | None, since: datetime | None, is_too_long: bool
) -> None:
    wanted = {"managed": True, "grace": MINUTE, **(policy or {})}
    policies = {} if policy is None else {CHANNEL: Policy.model_validate(wanted)}
    idle = {STREAM: Idle(since=since)} if since else {}
    cause = f"{STREAM}: without viewers since 2026-11-20T16:50:00+00:00"
    referral = Referral("stop_stream", CHANNEL, "max idle", cause, STREAM, since)

    found = idle_too_long([watched_by(0)], idle, policies, now=NOW, last=BEGAN)
    assert found == [referral] * is_too_long


def test_observing_reports_an_idle_stream_now_and_then() -> None:
    wanted = {"managed": True, "grace": MINUTE, "max_idle": "10m", "mode": "observe"}
    policies = {CHANNEL: Policy.model_validate(wanted)}
    idle = {STREAM: Idle(since=NOW)}
    sweeps = [NOW + 5 * number * MINUTE for number in range(25)]
    minutes = [
        (now - NOW) // MINUTE
        for last, now in pairwise(sweeps)
        if idle_too_long([watched_by(0)], idle, policies, now=now, last=last)
    ]

    assert minutes == [15, 20, 40, 80]


KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/g1H2I3j4k5L6"
OURS = Key(arn=KEY, made_at=NOW - 60 * MINUTE)
MET = Key(arn=KEY, made_at=NOW - 60 * MINUTE, delivered=False)
TOO_OLD = f"{KEY}: too old"
NOT_IN_ORDER = f"{CHANNEL}: key not in order at 2026-11-20T17:00:00+00:00"


def refused(ask_at: datetime) -> Remembered:
    """A channel whose key the store refuses."""
    return Remembered(key=OURS.model_copy(update={"refused_at": BEGAN, "ask_at": ask_at}))


def key_facts(key_arn: str | None = KEY, *, is_live: bool = False, holds: bool = True) -> KeyFacts:
    """A channel with this key, which the store has too."""
    return KeyFacts(key_arn, is_live, holds)


@pytest.mark.parametrize(
    ("remembered", "is_offered"),
    [
        (refused(NOW), True),
        (refused(NOW + MINUTE), False),
        (Remembered(key=OURS), False),
        (Remembered(), False),
        (refused(NOW).model_copy(update={"blocked": BLOCKED}), False),
        (refused(NOW).model_copy(update={"intent": intent(NOW)}), False),
    ],
)
def test_a_key_that_the_store_has_refused_is_offered_again_when_it_is_time(
    remembered: Remembered, is_offered: bool
) -> None:
    offered = undelivered({CHANNEL: remembered}, now=NOW)

    assert [each.purpose for each in offered] == (["check key"] if is_offered else [])
    assert not is_offered or remembered.is_watched


@pytest.mark.parametrize(
    ("remembered", "facts", "policy", "adopt", "expected"),
    [
        (Remembered(key=OURS), key_facts(), {}, "remember", None),
        (Remembered(), key_facts(), {}, "remember", None),
        (Remembered(), key_facts(), {"rotate": "1h"}, "remember", NOT_IN_ORDER),
        (Remembered(), key_facts(), {}, "deliver", NOT_IN_ORDER),
        (Remembered(), key_facts(None), {}, "remember", None),
        (Remembered(key=OURS), key_facts(None), {}, "remember", NOT_IN_ORDER),
        (Remembered(key=OURS), key_facts("other"), {}, "remember", NOT_IN_ORDER),
        (Remembered(key=OURS), key_facts(holds=False), {}, "remember", NOT_IN_ORDER),
        (Remembered(key=MET), key_facts(holds=False), {}, "remember", None),
        (Remembered(key=MET), key_facts(holds=False), {}, "deliver", NOT_IN_ORDER),
        (Remembered(key=MET), key_facts(None), {}, "remember", None),
        (Remembered(key=OURS), key_facts(), {"rotate": "1h"}, "remember", TOO_OLD),
        (Remembered(key=OURS), key_facts(), {"rotate": "2h"}, "remember", None),
        (Remembered(key=OURS), key_facts(is_live=True), {"rotate": "1h"}, "remember", None),
        (Remembered(key=OURS), key_facts("other"), {"rotate": "1h"}, "remember", NOT_IN_ORDER),
        (Remembered(key=OURS), key_facts(None), {"hold_until": NOW + MINUTE}, "remember", None),
        (Remembered(key=OURS, blocked=BLOCKED), key_facts(None), {}, "remember", None),
        (Remembered(key=OURS, intent=intent(NOW)), key_facts(None), {}, "remember", None),
        # Keys of others are left, however old they are, and whatever the store holds.
        (Remembered(), key_facts(), {"rotate": "1h"}, "leave", None),
        (Remembered(key=MET), key_facts(), {"rotate": "1h"}, "leave", None),
        (Remembered(key=OURS), key_facts("other"), {}, "leave", None),
        (Remembered(key=OURS), key_facts(None), {}, "leave", NOT_IN_ORDER),
        (Remembered(key=OURS), key_facts(), {"rotate": "1h"}, "leave", TOO_OLD),
        # The store has refused it: it is offered again whether or not the channel is visited.
        (refused(NOW), key_facts(holds=False), {}, "remember", None),
        # A list that lags behind may not show it yet.
        (Remembered(key=Key(arn=KEY, made_at=NOW)), key_facts(None), {}, "remember", None),
    ],
)
def test_a_key_that_is_too_old_or_not_in_order_is_for_rotate_stream_key(
    remembered: Remembered,
    facts: KeyFacts,
    policy: dict[str, object],
    adopt: Adopt,
    expected: str | None,
) -> None:
    wanted = Policy.model_validate({"managed": True, "grace": MINUTE, **policy})
    referral = expected and Referral("rotate_stream_key", CHANNEL, "check key", expected)

    may_need = may_need_rotation(wanted, remembered, adopt=adopt, before=BEFORE, now=NOW)
    asked = about_key(CHANNEL, wanted, remembered, facts, adopt=adopt, now=NOW)
    assert (asked if may_need else None) == referral


@pytest.mark.parametrize(
    ("remembered", "newest", "is_unheard"),
    [
        (with_session(ended_at=BEGAN), Ended(OTHER, BEGAN + MINUTE), True),
        (with_session(ended_at=BEGAN), Ended(OTHER, BEFORE), False),
        (with_session(ended_at=BEGAN), Ended(OTHER, BEGAN - MINUTE), False),
        (with_session(ended_at=BEGAN), Ended(STREAM, BEGAN + MINUTE), False),
        (with_session(ended_at=BEGAN), None, False),
        # No session was ever seen: it counts if ivskit was there, and managed the channel.
        (Remembered(), Ended(OTHER, BEGAN), False),
        (Remembered(), Ended(OTHER, BEGAN, was_managed=True), True),
        (Remembered(), Ended(OTHER, NOW - 59 * MINUTE, was_managed=True), True),
        (Remembered(), Ended(OTHER, NOW - 60 * MINUTE, was_managed=True), False),
    ],
)
def test_a_session_counts_as_unheard_when_no_function_saw_it(
    remembered: Remembered, newest: Ended | None, is_unheard: bool
) -> None:
    expected = newest if is_unheard else None

    assert missed_session(remembered, newest, since=NOW, before=BEFORE) == expected


@pytest.mark.parametrize(
    ("remembered", "is_tagged", "is_asked"),
    [
        (Remembered(), True, True),
        (Remembered(), False, False),
        (Remembered(blocked=BLOCKED), True, False),
        (Remembered(unblocked_at=NOW), True, False),
    ],
)
def test_the_tag_of_a_block_is_looked_at_where_memory_is_silent(
    remembered: Remembered, is_tagged: bool, is_asked: bool
) -> None:
    expected = Referral("stop_stream", CHANNEL, "verify block", "tag ivskit:blocked")

    asked = unknown_block(CHANNEL, remembered, is_tagged=is_tagged)

    assert asked == (expected if is_asked else None)
