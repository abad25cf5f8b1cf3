"""What the report of a replay says of single attempts and events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit_local.replay import Replayed, Report
from ivskit_local.report import calls_of, in_a_line, in_words, plural, summary, unsubscribed
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.dead_letters import DeadLetter
from ivskit_local.runtime.deliveries import Delivery, Reaction
from tests.samples import sample

AT = datetime(2026, 11, 20, 17, tzinfo=UTC)
OFFLINE = "ChannelNotBroadcasting: Channel: arn:aws:ivs:us-west-2:1:channel/a is not online"
NO_ERROR = None


def attempt(
    *errors: str | None,
    error: str | None = None,
    outcome: str | None = None,
    before: Sequence[tuple[str, str]] = (),
) -> Reaction:
    """An attempt whose calls ended in these errors."""
    calls = [Call("1", "stop_stream", "ivs", "GetStream", "*", each, AT) for each in errors]
    return Reaction(
        "stop_stream", outcome, "so", None, calls, 1.0, error=error, at=AT, before=before
    )


def replayed(*reactions: Reaction, name: str = "stream-end", **more: Any) -> Replayed:
    """An event with a subscriber that had these effects."""
    event = sample(f"stream-state-change.{name}")
    delivery = Delivery(event, AT, rules=["some rule"], reactions=[*reactions])
    return Replayed("some.json", delivery, **more)


def test_an_error_that_the_function_coped_with_is_no_failure() -> None:
    assert list(calls_of(attempt(NO_ERROR, OFFLINE, outcome="Stop Skipped"))) == [
        "ivs GetStream",
        "ivs GetStream  · ChannelNotBroadcasting",
    ]
    # Also where it published nothing, as for a repeat.
    assert list(calls_of(attempt(OFFLINE))) == ["ivs GetStream  · ChannelNotBroadcasting"]


def test_of_a_failed_attempt_the_last_error_is_the_failure() -> None:
    failed = attempt(OFFLINE, "Throttling: slow down", NO_ERROR, error="Throttled: GetStream")

    assert list(calls_of(failed)) == [
        "ivs GetStream  · ChannelNotBroadcasting",
        "ivs GetStream  ✗ Throttling: slow down",
        "ivs GetStream",
    ]


@pytest.mark.parametrize(
    ("reactions", "came_of_it"),
    [
        ([attempt(outcome="Stop Skipped")], "Stop Skipped: so"),
        ([attempt(error="lost"), attempt(outcome="Stop Skipped")], "Stop Skipped: so"),
        (
            [attempt(outcome="A"), attempt(outcome="B", before=[("A", "x"), ("C", "x")])],
            "2 A, C, B",
        ),
        ([attempt(error="was\n  lost")], "was lost"),
        ([attempt()], "no outcome"),
        ([], "no outcome"),
    ],
)
def test_a_line_has_the_outcome_and_its_reason_or_several_by_name(
    reactions: list[Reaction], came_of_it: str
) -> None:
    line = in_a_line(replayed(*reactions), name_width=12)

    assert line == f"✓ Stream End    {came_of_it}"


def test_a_line_is_marked_when_its_event_is_in_dead_letters() -> None:
    line = in_a_line(replayed(attempt(error="lost"), given_up=True), name_width=0)

    assert line == "✗ Stream End  lost"


def test_events_without_a_subscriber_share_a_line() -> None:
    alone = [
        Replayed("some.json", Delivery(sample(f"stream-state-change.{name}"), AT))
        for name in ("session-created", "stream-failure", "session-created")
    ]

    assert list(unsubscribed([*alone, replayed()])) == [
        "· 3 events without a subscriber: 2 Session Created, Stream Failure"
    ]
    assert list(unsubscribed([replayed()])) == []


def test_the_summary_counts_outcomes_and_never_breaks_a_name() -> None:
    outcomes = {f"Stream Key Rotated {number}": number for number in range(1, 9)}
    report = Report([replayed()], outcomes, [], [], timedelta(minutes=90))

    first, *counts, last = summary(report)

    assert first == "✓ 1 event, 90 min of virtual time"
    assert counts[0] == "  1 Stream Key Rotated 1, 2 Stream Key Rotated 2, 3 Stream Key Rotated 3,"
    assert len(counts) == 3
    assert last == "  no dead letters, no broken invariants"


def test_the_summary_names_each_dead_letter() -> None:
    letter = DeadLetter("some-dead-letters", "stop_stream", "1", "was\nlost")
    emulated = Replayed(None, Delivery(sample("stream-state-change.stream-end"), AT))
    report = Report([replayed(), emulated], {}, [letter], [], timedelta())

    assert list(summary(report)) == [
        "✗ 2 events, 1 of them sent by the emulator, 0 s of virtual time",
        "  1 dead letter, no broken invariants",
        "  ✗ dead letter in some-dead-letters (stop_stream): was lost",
    ]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=47, minutes=40), "48 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_span_is_said_in_the_largest_unit_of_which_there_are_two(
    span: timedelta, words: str
) -> None:
    assert in_words(span) == words


def test_one_is_singular() -> None:
    assert [plural(count, "key") for count in (0, 1, 2)] == ["0 keys", "1 key", "2 keys"]
