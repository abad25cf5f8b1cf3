"""Whether an audience is revoked after a stream, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.session_end_lag import LONGEST_ENDING, SHORTEST_ENDING
from ivskit.jobs.records import Begun
from ivskit.policy import WHILE_PAUSED, Policy
from plan_revocation.decide import (
    Facts,
    Question,
    Revoke,
    Skip,
    Wait,
    decide,
    objection_to,
)
from tests.samples import CHANNEL, STREAM

ENDED = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
GRACE = timedelta(minutes=1)
NOW = ENDED + GRACE
POLICY = Policy(managed=True, grace=GRACE, revoke="after-stream")
OVER = Question(
    by="audience leaves",
    channel_arn=CHANNEL,
    cause=STREAM,
    stream_id=STREAM,
    since=ENDED,
    event_id="event",
    reason="r",
)
FACTS = Facts(NOW, POLICY)
OBSERVING = POLICY.model_copy(update={"mode": "observe", "is_observed": True})
PAUSED = POLICY.model_copy(update={"mode": "observe", "paused": "paused by jane"})


def test_a_stream_that_ended_is_looked_at_again_after_its_grace() -> None:
    decision = decide(replace(OVER, by="stream end"), FACTS)

    assert decision == Wait(ENDED + GRACE, "the audience is revoked when the grace period is over")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FACTS, Revoke()),
        (replace(FACTS, live_stream_id="st-2"), Skip("the channel is live again (st-2)")),
        (
            replace(FACTS, live_stream_id=STREAM),
            Wait(NOW + GRACE / 2, "IVS still shows the ended session as live"),
        ),
        (
            replace(FACTS, live_stream_id=STREAM, now=ENDED + timedelta(minutes=5)),
            Skip("the ended session is still live"),
        ),
        (
            replace(FACTS, policy=OBSERVING),
            Skip("observing only: the audience would be revoked"),
        ),
        (
            replace(FACTS, policy=PAUSED),
            Wait(NOW + WHILE_PAUSED, "paused by jane: the audience would be revoked"),
        ),
    ],
)
def test_when_the_grace_is_over_it_matters_what_is_live(
    facts: Facts, expected: Revoke | Skip | Wait
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
            {"revoke": "never", "hold_until": NOW + timedelta(days=1)},
            "the policy says never to revoke after a stream",
        ),
    ],
)
def test_whoever_does_not_want_it_is_left_alone(
    by: str, said: dict[str, object], reason: str
) -> None:
    facts = replace(FACTS, policy=POLICY.model_copy(update=said))

    assert decide(replace(OVER, by=by), facts) == Skip(reason)  # type: ignore[arg-type]  # one of two


HOLD = NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("by", "held", "due"),
    [
        ("stream end", NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)),
        ("stream end", HOLD, HOLD),
        ("audience leaves", HOLD, HOLD),
        # The grace lasts longer.
        ("stream end", NOW - timedelta(seconds=1), NOW),
    ],
)
@pytest.mark.parametrize("policy", [POLICY, OBSERVING, PAUSED])
def test_a_hold_puts_off_what_is_due_and_drops_nothing(
    by: Any, held: datetime, due: datetime, policy: Policy
) -> None:
    facts = Facts(ENDED + GRACE / 2, policy.model_copy(update={"hold_until": held}))

    decision = decide(replace(OVER, by=by), facts)

    assert isinstance(decision, Wait)
    assert decision.due == due


def test_after_a_hold_the_audience_is_revoked() -> None:
    held = POLICY.model_copy(update={"hold_until": HOLD})

    assert decide(OVER, Facts(HOLD, held)) == Revoke()


FOLLOWING = Begun(event_id="event", at=NOW, reason="r", channel_arn=CHANNEL, stream_id=STREAM)
COMMANDED = Begun(event_id="event", at=NOW, reason="r")
FORCED = COMMANDED.model_copy(update={"forced": True})
UNMANAGED = POLICY.model_copy(update={"managed": False})
MANAGED_ONLY = UNMANAGED.model_copy(update={"command_channels": "managed"})
ALL_PAUSED = PAUSED.model_copy(update={"commands_paused": True})
TO_FORCE = "send the command with force to act anyway; its viewers would be revoked"
NOT_MANAGED = "the channel is not managed by ivskit"
MANAGED_SAYS = f"{NOT_MANAGED}, and commands.channels says managed; its viewers would be revoked"


@pytest.mark.parametrize(
    ("policy", "begun", "expected"),
    [
        (POLICY, FOLLOWING, None),
        (POLICY.model_copy(update={"revoke": "never"}), FOLLOWING, None),
        (UNMANAGED, FOLLOWING, NOT_MANAGED),
        (OBSERVING, FOLLOWING, "observing only: its viewers would be revoked"),
        (PAUSED, FOLLOWING, "paused by jane: its viewers would be revoked"),
        (POLICY, COMMANDED, None),
        (POLICY.model_copy(update={"hold_until": HOLD}), COMMANDED, None),
        (UNMANAGED, COMMANDED, None),
        (MANAGED_ONLY, COMMANDED, MANAGED_SAYS),
        (MANAGED_ONLY, FORCED, MANAGED_SAYS),
        (OBSERVING, COMMANDED, f"observing only: {TO_FORCE}"),
        (OBSERVING, FORCED, None),
        (PAUSED, COMMANDED, None),
        (ALL_PAUSED, COMMANDED, f"paused by jane: {TO_FORCE}"),
        (ALL_PAUSED, FORCED, None),
        # An invalid tag holds back automation, not people.
        (POLICY.model_copy(update={"mode": "observe", "protected_by": "x"}), COMMANDED, None),
    ],
)
def test_a_command_acts_where_automation_does_not(
    policy: Policy, begun: Begun, expected: str | None
) -> None:
    assert objection_to(policy, begun) == expected


def test_a_request_always_names_its_stream() -> None:
    said: Any = {
        "channel_arn": CHANNEL,
        "cause": STREAM,
        "since": NOW,
        "event_id": "e",
        "reason": "r",
    }

    with pytest.raises(TypeError, match="stream_id"):
        Question(**said, by="stream end")
