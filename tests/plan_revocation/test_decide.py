"""Whether an audience is revoked after a stream, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.endings import LONGEST_ENDING, SHORTEST_ENDING
from ivskit.policy import WHILE_PAUSED, Policy
from plan_revocation.decide import (
    Facts,
    Keep,
    Request,
    Revoke,
    Wait,
    decide,
    objection_to,
)
from tests.samples import CHANNEL, STREAM

ENDED = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
GRACE = timedelta(minutes=1)
NOW = ENDED + GRACE
POLICY = Policy(managed=True, grace=GRACE, revoke="after-stream")
OVER = Request(
    by="audience leaves",
    channel_arn=CHANNEL,
    cause=STREAM,
    stream_id=STREAM,
    since=ENDED,
    event_id="event",
    reason="r",
)
FACTS = Facts(NOW, POLICY)
OBSERVING = POLICY.model_copy(update={"mode": "observe"})
PAUSED = POLICY.model_copy(update={"mode": "observe", "paused": "paused by jane"})


def test_a_stream_that_ended_is_looked_at_again_after_its_grace() -> None:
    decision = decide(replace(OVER, by="stream end"), FACTS)

    assert decision == Wait(ENDED + GRACE, "the audience is revoked when the grace is over")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, Revoke()),
        (replace(FACTS, live_stream_id="st-2"), Keep("the channel is live again (st-2)")),
        (
            replace(FACTS, live_stream_id=STREAM),
            Wait(NOW + GRACE / 2, "IVS still shows the session that has ended as live"),
        ),
        (
            replace(FACTS, live_stream_id=STREAM, now=ENDED + timedelta(minutes=5)),
            Keep("the session that has ended is live still"),
        ),
        (
            replace(FACTS, policy=OBSERVING),
            Keep("observing only: the audience would be revoked"),
        ),
        (
            replace(FACTS, policy=PAUSED),
            Wait(NOW + WHILE_PAUSED, "paused by jane: the audience would be revoked"),
        ),
    ],
)
def test_when_the_grace_is_over_it_matters_what_is_live(
    facts: Facts, expected: Revoke | Keep | Wait
) -> None:
    assert decide(OVER, facts) == expected


def test_looks_at_a_session_that_is_ending_are_few() -> None:
    since, looks = NOW, 0
    now = since + timedelta(milliseconds=1)
    while isinstance(
        decision := decide(replace(OVER, since=since), Facts(now, POLICY, STREAM)), Wait
    ):
        assert decision.due - now >= SHORTEST_ENDING
        now, looks = decision.due, looks + 1

    assert looks < 14
    assert now - since >= LONGEST_ENDING


@pytest.mark.parametrize("by", ["stream end", "audience leaves"])
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"managed": False}, "the channel is not managed by ivskit"),
        ({"revoke": "never"}, "the policy says never to revoke after a stream"),
        (
            {"hold_until": NOW + timedelta(seconds=1)},
            f"the channel is held until {NOW + timedelta(seconds=1)}: only commands act",
        ),
    ],
)
def test_whoever_does_not_want_it_is_left_alone(
    by: str, said: dict[str, object], reason: str
) -> None:
    facts = replace(FACTS, policy=POLICY.model_copy(update=said))

    assert decide(replace(OVER, by=by), facts) == Keep(reason)  # type: ignore[arg-type]  # one of two


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (POLICY, None),
        (POLICY.model_copy(update={"revoke": "never"}), None),
        (POLICY.model_copy(update={"managed": False}), "the channel is not managed by ivskit"),
        (OBSERVING, "observing only: its viewers would be revoked"),
        (PAUSED, "paused by jane: its viewers would be revoked"),
    ],
)
def test_a_command_is_for_channels_that_are_managed_and_not_only_observed(
    policy: Policy, expected: str | None
) -> None:
    assert objection_to(policy) == expected


def test_a_request_always_names_its_stream() -> None:
    said: Any = {
        "channel_arn": CHANNEL,
        "cause": STREAM,
        "since": NOW,
        "event_id": "e",
        "reason": "r",
    }

    with pytest.raises(TypeError, match="stream_id"):
        Request(**said, by="stream end")
