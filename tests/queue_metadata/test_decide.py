"""Who is welcomed to a stream, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.policy import Policy
from ivskit.policy.welcomes import Welcome
from queue_metadata.decide import Decision, Greet, Question, Skip, decide
from tests.samples import CHANNEL, STREAM

START = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONCE, OFTEN = Welcome(metadata="hello"), Welcome(metadata="hello", every=MINUTE)
WELCOMES = {"once": ONCE, "often": OFTEN}
REQUEST = Question(
    channel_arn=CHANNEL,
    cause=STREAM,
    stream_id=STREAM,
    since=START,
    due=START,
    event_id="event-1",
    reason="r",
)
GREET = Greet("often", OFTEN, 0, START + MINUTE)


def policy(**more: Any) -> Policy:
    """The policy of a managed channel whose viewers are welcomed once."""
    return Policy(**{"managed": True, "grace": MINUTE, "welcome": "once"} | more)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, Skip("there is no such channel")),
        (policy(managed=False), Skip("the channel is not managed by ivskit")),
        (policy(welcome=None), Skip("the channel has no welcome")),
        (policy(welcome="never"), Skip("the settings have no welcome never")),
        (policy(), Greet("once", ONCE, 0, None)),
        (policy(mode="observe"), Skip("observing only: viewers would be welcomed")),
        (
            policy(mode="observe", paused="paused by me", welcome="often"),
            Skip("paused by me: viewers would be welcomed", GREET),
        ),
        (
            policy(hold_until=START + 9 * MINUTE),
            Skip("only commands act until 2026-11-20 17:09:00+00:00"),
        ),
        (
            policy(hold_until=START + 9 * MINUTE, welcome="often"),
            Skip("only commands act until 2026-11-20 17:09:00+00:00", GREET),
        ),
    ],
)
def test_the_policy_decides(wanted: Policy | None, expected: Decision) -> None:
    assert decide(REQUEST, wanted, WELCOMES, now=START) == expected


@pytest.mark.parametrize(
    ("after", "number", "due"),
    [(-5, 0, 60), (0, 0, 60), (59.9, 0, 60), (60, 1, 120), (61, 1, 120), (3600, 60, 3660)],
)
def test_repetitions_count_from_the_streams_start(after: float, number: int, due: int) -> None:
    now = START + timedelta(seconds=after)

    assert decide(REQUEST, policy(welcome="often"), WELCOMES, now=now) == Greet(
        "often", OFTEN, number, START + timedelta(seconds=due)
    )


def test_a_message_that_comes_too_early_means_the_welcome_that_it_was_sent_for() -> None:
    question = replace(REQUEST, due=START + MINUTE)
    now = START + timedelta(seconds=59.5)

    assert decide(question, policy(welcome="often"), WELCOMES, now=now) == Greet(
        "often", OFTEN, 1, START + 2 * MINUTE
    )


def test_a_request_always_names_its_stream() -> None:
    said: Any = {
        "channel_arn": CHANNEL,
        "cause": STREAM,
        "since": START,
        "event_id": "e",
        "reason": "r",
    }

    with pytest.raises(TypeError, match="stream_id"):
        Question(**said, due=START)
