"""Streams and keys of the past are judged; the answers are known."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit_local.event_files import NotAnEvent
from ivskit_local.what_if import channel
from ivskit_local.what_if.report import notes
from ivskit_local.what_if.tally import Tally, per_minute
from stop_stream import stopping
from tests.ivskit_local.what_if.pasts import (
    CHANNEL,
    START,
    Event,
    happened,
    judged,
    outcome,
    stream,
    stream_id,
)

FIVE_HOURS = stream("0:00", "5:00")
STARVED = [
    happened("0:00", "Stream Start"),
    happened("0:10", "Starvation Start"),
    happened("1:00", "Stream End"),
]
OTHER = f"{CHANNEL[:-1]}Z"


def after(at: datetime) -> timedelta:
    """How long after START."""
    return at - START


def stops(tally: Tally) -> list[tuple[str, str, timedelta]]:
    """The limit of each stop, what follows it, and when it is."""
    return [(each.limit, each.then, after(each.at)) for each in tally.stopped]


def rotations(tally: Tally) -> list[tuple[str, timedelta]]:
    """Why each key changes, and when."""
    return [(each.because, after(each.at)) for each in tally.rotated]


HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("policy", "events", "stopped", "rotated"),
    [
        pytest.param(
            {"max_duration": "4h"},
            FIVE_HOURS,
            [("max_duration", "rotate", 4 * HOUR)],
            [("with a stop", 4 * HOUR + 2 * SECOND)],
            id="a stream of five hours, where four are allowed",
        ),
        pytest.param(
            {"max_duration": "6h"},
            FIVE_HOURS,
            [],
            [("after a stream", 5 * HOUR + 10 * MINUTE)],
            id="a stream of five hours, where six are allowed",
        ),
        pytest.param(
            {"max_duration": "4h", "then": "kick"},
            FIVE_HOURS,
            [("max_duration", "kick", 4 * HOUR)],
            [],
            id="whoever is kicked keeps the key",
        ),
        pytest.param(
            {"max_duration": "4h", "rotate": "never"},
            FIVE_HOURS,
            [("max_duration", "lockout", 4 * HOUR)],
            [],
            id="where no key changes, a lockout takes its place",
        ),
        pytest.param(
            {"max_starvation": "10m"},
            STARVED,
            [("max_starvation", "kick", 20 * MINUTE)],
            [],
            id="a stream that starves",
        ),
        pytest.param(
            {"max_starvation": "10m"},
            [*STARVED, happened("0:15", "Starvation End")],
            [],
            [("after a stream", 70 * MINUTE)],
            id="a stream that starves and recovers",
        ),
        pytest.param(
            {"rotate": "never"}, FIVE_HOURS, [], [], id="a policy that never replaces keys"
        ),
        pytest.param(
            {},
            [*stream("0:00", "1:00"), *stream("1:09", "2:00", 2)],
            [],
            [("after a stream", 130 * MINUTE)],
            id="an encoder that reconnects within the grace period keeps its key",
        ),
        pytest.param(
            {"grace": "5m"},
            [*stream("0:00", "1:00"), *stream("1:09", "2:00", 2)],
            [],
            [("after a stream", 65 * MINUTE), ("after a stream", 125 * MINUTE)],
            id="and does not where the grace period is shorter",
        ),
        pytest.param(
            {"rotate": "2h"},
            [
                *stream("0:00", "1:00"),
                *stream("1:30", "3:00", 2),
                happened("4:00", "Session Created"),
            ],
            [],
            [("by age", 3 * HOUR + 10 * MINUTE)],
            id="a key that is too old is replaced when no stream is live",
        ),
        pytest.param(
            {"max_duration": "4h", "then": "block"},
            [*FIVE_HOURS, *stream("6:00", "7:00", 2)],
            [("max_duration", "block", 4 * HOUR)],
            [],
            id="a channel that is blocked has no next stream",
        ),
        pytest.param(
            {"max_duration": "4h"},
            [FIVE_HOURS[0], happened("3:59", "Stream Takeover")],
            [],
            [],
            id="a stream that is live when the log ends",
        ),
        pytest.param(
            {"max_duration": "4h"},
            [*reversed(FIVE_HOURS), *FIVE_HOURS, happened("5:00:05", "Session Ended")],
            [("max_duration", "rotate", 4 * HOUR)],
            [("with a stop", 4 * HOUR + 2 * SECOND)],
            id="events out of order, and twice",
        ),
    ],
)
def test_streams_and_keys(
    policy: Mapping[str, Any],
    events: Sequence[Event],
    stopped: Sequence[tuple[str, str, timedelta]],
    rotated: Sequence[tuple[str, timedelta]],
    tmp_path: Path,
) -> None:
    tally = judged(events, tmp_path, policy).as_set

    assert stops(tally) == stopped
    assert rotations(tally) == rotated


def test_the_settings_as_they_are_are_judged_beside(tmp_path: Path) -> None:
    both = judged(FIVE_HOURS, tmp_path, {"max_duration": "4h"})

    assert stops(both.as_they_are) == []
    assert rotations(both.as_they_are) == [("after a stream", 5 * HOUR + 10 * MINUTE)]


def test_a_block_keeps_out_what_would_follow(tmp_path: Path) -> None:
    events = [*FIVE_HOURS, *stream("6:00", "7:00", 2), *stream("6:00", "7:00", 3, channel=OTHER)]

    tally = judged(events, tmp_path, {"max_duration": "4h", "then": "block"}).as_set

    assert (tally.streams, tally.kept_out) == (3, 1)
    assert [each.channel_arn for each in tally.rotated] == [OTHER]


def test_observing_stops_nothing_and_says_what_it_would(tmp_path: Path) -> None:
    policy = {"max_duration": "4h", "mode": "observe"}

    tally = judged(FIVE_HOURS, tmp_path, policy).as_set

    [would] = tally.stopped_if_enforced
    assert (would.limit, would.then, after(would.at)) == ("max_duration", "rotate", 4 * HOUR)
    assert (tally.stopped, tally.rotated, tally.rotated_if_enforced) == ([], [], 1)


def test_a_key_of_others_is_left_where_the_settings_say_so(tmp_path: Path) -> None:
    tally = judged(FIVE_HOURS, tmp_path, {"max_duration": "4h"}, adopt="leave").as_set

    assert stops(tally) == [("max_duration", "lockout", 4 * HOUR)]
    assert rotations(tally) == []


# Tags.


def test_a_channel_without_known_tags_is_not_managed(tmp_path: Path) -> None:
    both = judged(FIVE_HOURS, tmp_path, {"max_duration": "4h"}, assume_managed=False)

    assert (both.as_set.stopped, both.as_set.rotated) == ([], [])
    assert both.tags == {"unknown": 1}


def test_the_tags_in_a_file_go_over_those_of_the_log(tmp_path: Path) -> None:
    log = outcome("0:00", "Will Look Again", tags={"ivskit:managed": "false"})
    given = {"AbCdef1G2hij": {"ivskit:managed": "true", "ivskit:max-duration": "2h"}}

    both = judged([*FIVE_HOURS, log], tmp_path, {"max_duration": "4h"}, tags=given)

    assert stops(both.as_set) == [("max_duration", "rotate", 2 * HOUR)]
    assert both.tags == {"from the file": 1}


def test_a_tag_holds_from_when_the_log_shows_it(tmp_path: Path) -> None:
    managed = {"ivskit:managed": "true"}
    logged = [
        outcome("0:00", "Will Look Again", tags=managed),
        outcome("6:00", "Will Look Again", tags=managed | {"ivskit:max-duration": "off"}),
    ]
    events = [*logged, *FIVE_HOURS, *stream("6:30", "13:00", 2)]

    both = judged(events, tmp_path, {"max_duration": "4h"}, assume_managed=False)

    assert [each.stream_id for each in both.as_set.stopped] == [stream_id(1)]
    assert both.tags == {"from the log": 1}


def test_the_tags_in_the_outcome_of_a_decision_are_those_that_it_was_made_on(
    tmp_path: Path,
) -> None:
    managed = {"ivskit:managed": "true"}
    logged = [
        outcome("0:00", "Will Look Again", tags=managed),
        outcome("4:00:02", "Stop Skipped", tags=managed | {"ivskit:max-duration": "off"}),
    ]

    assert judged([*logged, *FIVE_HOURS], tmp_path, {"max_duration": "4h"}).as_set.stopped == []


# What the log says of what was done.


def test_what_a_person_stopped_and_re_keyed_changes_its_key_once(tmp_path: Path) -> None:
    stopped = outcome(
        "4:59:58", "Stream Stopped", stream_id=stream_id(1), by="command", then="rotate"
    )

    both = judged([*FIVE_HOURS, stopped], tmp_path, {"max_duration": "6h"})

    assert (both.as_set.stopped, both.as_set.rotated) == ([], [])


def test_a_channel_that_a_person_blocked_gets_no_key(tmp_path: Path) -> None:
    events = [*FIVE_HOURS, outcome("5:00", "Channel Blocked", cause="command-1")]

    assert judged(events, tmp_path, {}).as_set.rotated == []


def test_an_unblocked_channel_has_a_key_again(tmp_path: Path) -> None:
    commanded = [
        outcome("0:30", "Channel Blocked", cause="command-1"),
        outcome("0:40", "Channel Unblocked", cause="command-1"),
    ]

    both = judged([*commanded, *stream("0:50", "1:00")], tmp_path, {})

    # The key of the unblock is young: after streams it changes once in 15 minutes.
    assert rotations(both.as_set) == [("after a stream", 70 * MINUTE)]


def test_a_key_that_a_person_replaced_after_the_stream_stays(tmp_path: Path) -> None:
    rotated = outcome("5:05", "Stream Key Rotated", cause="command-1")

    assert judged([*FIVE_HOURS, rotated], tmp_path, {}).as_set.rotated == []


def test_a_channel_that_is_blocked_is_cut_if_it_is_live(tmp_path: Path) -> None:
    events = [outcome("0:30", "Channel Blocked", cause="command-1"), *stream("1:00", "2:00")]

    assert stops(judged(events, tmp_path, {}).as_set) == [("block", "block", HOUR)]


def test_the_age_of_a_key_counts_from_when_it_matters(tmp_path: Path) -> None:
    managed = {"ivskit:managed": "true"}
    log = [
        outcome("0:00", "Will Look Again", tags=managed),
        outcome("4:00", "Will Look Again", tags=managed | {"ivskit:rotate": "1h"}),
        happened("7:00", "Session Created"),
    ]

    both = judged([*log, *FIVE_HOURS], tmp_path, {})

    assert rotations(both.as_set) == [("by age", 6 * HOUR + 15 * MINUTE)]
    assert any("the ages of keys count from the first event" in note for note in notes(both))


def test_a_starvation_of_an_unknown_stream_is_no_matter(tmp_path: Path) -> None:
    assert judged(STARVED[1:], tmp_path, {"max_starvation": "10m"}).as_set.stopped == []


def test_nobody_knows_how_long_a_stream_would_have_lasted_that_was_stopped(tmp_path: Path) -> None:
    cause = f"{stream_id(1)}: start"
    stopped = outcome(
        "5:00", "Stream Stopped", stream_id=stream_id(1), by="policy", then="rotate", cause=cause
    )
    rotated = outcome("5:00:02", "Stream Key Rotated", cause=stream_id(1), stream_id=stream_id(1))

    both = judged([*FIVE_HOURS, stopped, stopped, rotated], tmp_path, {"max_duration": "6h"})

    assert (both.stopped_in_log, both.cut_short) == (1, 1)
    assert len(both.as_set.rotated) == 1
    assert any("stopped 1 stream that it would not stop as set" in note for note in notes(both))


def test_a_stop_for_want_of_viewers_stays(tmp_path: Path) -> None:
    idle = outcome(
        "0:30",
        "Stream Stopped",
        stream_id=stream_id(1),
        by="policy",
        then="lockout",
        cause=f"{stream_id(1)}: without viewers since 2026-11-20T16:15:00+00:00",
    )
    events = [*stream("0:00", "0:30:02"), idle, *stream("0:31", "0:40", 2)]

    both = judged(events, tmp_path, {"rotate": "never"})

    assert stops(both.as_set) == [("lockout", "kick", 31 * MINUTE)]
    assert (both.stopped_otherwise, both.cut_short) == (1, 0)
    assert any("stopped 1 stream for what is not judged here" in note for note in notes(both))


def test_what_a_sweep_found_happened_when_it_did(tmp_path: Path) -> None:
    found = happened("1:00", "Stream Start")
    found["source"] = "ivskit.reconcile"
    found["detail"] |= {"channel_arn": CHANNEL, "at": "2026-11-20T16:00:00Z"}

    tally = judged([found, FIVE_HOURS[1]], tmp_path, {"max_duration": "4h"}).as_set

    assert stops(tally) == [("max_duration", "rotate", 4 * HOUR)]


def test_what_the_log_does_not_show_is_said(tmp_path: Path) -> None:
    tagged = outcome("0:00", "Will Look Again", tags={"ivskit:max-idle": "10m"})
    events = [happened("0:00", "Stream End"), happened("1:00", "Stream Start", 2), tagged]

    said = " ".join(notes(judged(events, tmp_path, {"shed": "newest", "revoke": "after-stream"})))

    assert "1 stream began before the first event" in said
    assert "1 stream without an end in the log" in said
    for name in ("policy.shed", "policy.revoke", "the tag ivskit:max-idle"):
        assert f"{name} acts, and is left out" in said


def test_events_without_a_stream_have_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NotAnEvent, match="no event is about a stream"):
        judged([happened("0:00", "Session Created")], tmp_path, {})


# Calls.


def test_calls_are_counted_by_the_minute_and_place(tmp_path: Path) -> None:
    streams = [
        each
        for number in range(310)
        for each in stream("0:00", "1:00", number, channel=f"{CHANNEL}{number}")
    ]
    elsewhere = stream("0:00", "1:00", 999, channel=CHANNEL.replace("us-west-2", "eu-west-1"))

    peaks = judged([*streams, *elsewhere], tmp_path, {}).as_set.peaks()

    assert peaks["CreateStreamKey"].calls == 310
    assert peaks["CreateStreamKey"].place == "123456789012 us-west-2"
    assert after(peaks["CreateStreamKey"].at) == 70 * MINUTE
    assert (per_minute("CreateStreamKey"), peaks["CreateStreamKey"].over) == (300, 1)


def test_the_times_are_those_of_the_functions() -> None:
    assert channel.LOCKOUT == stopping.LOCKOUT
    assert channel.VERIFY_STOP_AFTER == stopping.VERIFY_AFTER
    assert channel.KEY_AFTER == stopping.KEY_AFTER
