"""Whether an audience is revoked after a stream, and which channels' viewers are skipped."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ivskit.automation.questions import ChannelQuestion
from ivskit.automation.session_end_lag import STILL_SHOWN, next_look
from ivskit.jobs.records import Begun
from ivskit.policy import WHILE_PAUSED, Policy


@dataclass(frozen=True, kw_only=True)
class Question(ChannelQuestion):
    """A stream that ended at `since`; the second is the purpose of looking again."""

    by: Literal["stream end", "audience leaves"]
    stream_id: str = field()


@dataclass(frozen=True)
class Facts:
    """What is known of the channel now; the live stream is read only after the grace period."""

    now: datetime
    policy: Policy
    live_stream_id: str | None = None


@dataclass(frozen=True)
class Revoke:
    """Revoke all viewers who were recorded until the stream ended."""


@dataclass(frozen=True)
class Skip:
    """Leave the audience alone."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Decide again when this is due."""

    due: datetime
    reason: str


def decide(question: Question, facts: Facts) -> Revoke | Skip | Wait:
    """What to do about the audience of a stream, and why."""
    objection = _objection(facts)
    if objection is not None:
        return Skip(objection)
    held = _held(facts)
    if question.by == "stream end":
        due = question.since + facts.policy.grace
        over = Wait(due, "the audience is revoked when the grace period is over")
        return over if held is None or held.due <= due else held
    return _after_grace(question, facts) if held is None else held


def _after_grace(question: Question, facts: Facts) -> Revoke | Skip | Wait:
    if facts.live_stream_id is None:
        return _unless_hands_off(facts)
    if facts.live_stream_id != question.stream_id:
        return Skip(f"the channel is live again ({facts.live_stream_id})")
    look = next_look(question.since, now=facts.now)
    if look is None:
        return Skip("the ended session is still live")
    return Wait(look, STILL_SHOWN)


def _held(facts: Facts) -> Wait | None:
    """Wait for the end of a hold, which postpones and drops nothing."""
    hold = facts.policy.hold_until
    if hold is None or hold <= facts.now:
        return None
    return Wait(hold, f"the channel is held until {hold}: the audience is revoked then")


def _unless_hands_off(facts: Facts) -> Revoke | Skip | Wait:
    if facts.policy.hands_off is None:
        return Revoke()
    reason = f"{facts.policy.hands_off}: the audience would be revoked"
    return Wait(facts.now + WHILE_PAUSED, reason) if facts.policy.paused else Skip(reason)


def _objection(facts: Facts) -> str | None:
    if not facts.policy.managed:
        return "the channel is not managed by ivskit"
    if facts.policy.revoke == "never":
        return "the policy says never to revoke after a stream"
    return None


def objection_to(policy: Policy, begun: Begun) -> str | None:
    """Why a job with this beginning skips the viewers of a channel, or None.

    Automation acts on managed channels that are neither observed nor paused, a command wherever
    commands act.
    """
    if not begun.follows_stream:
        objection = policy.objection_to_command(force=begun.forced)
        return None if objection is None else f"{objection}; its viewers would be revoked"
    if not policy.managed:
        return "the channel is not managed by ivskit"
    hands_off = policy.hands_off
    return None if hands_off is None else f"{hands_off}: its viewers would be revoked"
