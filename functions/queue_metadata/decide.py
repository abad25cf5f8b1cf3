"""Whether viewers are welcomed to a stream, decided on the facts of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivskit.automation.questions import ChannelQuestion
from ivskit.policy import Policy
from ivskit.policy.welcomes import Welcome


@dataclass(frozen=True, kw_only=True)
class Question(ChannelQuestion):
    """A stream that started, or whose next welcome is due; the message may arrive early."""

    stream_id: str = field()
    due: datetime


@dataclass(frozen=True)
class Greet:
    """Welcome viewers for the nth time, counted from 0, and again when `due`."""

    name: str
    welcome: Welcome
    number: int
    due: datetime | None


@dataclass(frozen=True)
class Skip:
    """Do not welcome viewers; in a series, continue when the next welcome is due."""

    reason: str
    instead_of: Greet | None = None


Decision = Greet | Skip


def decide(
    question: Question, policy: Policy | None, welcomes: Mapping[str, Welcome], *, now: datetime
) -> Decision:
    """Whether to welcome viewers of a live session; policy: None where there is no channel."""
    if policy is None:
        return Skip("there is no such channel")
    if not policy.managed:
        return Skip("the channel is not managed by ivskit")
    if policy.welcome is None:
        return Skip("the channel has no welcome")
    welcome = welcomes.get(policy.welcome)
    if welcome is None:
        return Skip(f"the settings have no welcome {policy.welcome}")
    greet = _greet(question, policy.welcome, welcome, max(now, question.due))
    objection = _objection(policy, now)
    if objection is None:
        return greet
    return Skip(objection, None if greet.due is None else greet)


def _objection(policy: Policy, now: datetime) -> str | None:
    if policy.held_at(now):
        return f"only commands act until {policy.hold_until}"
    if policy.hands_off is not None:
        return f"{policy.hands_off}: viewers would be welcomed"
    return None


def _greet(question: Question, name: str, welcome: Welcome, now: datetime) -> Greet:
    """The times count from the stream's start, so that a repeat gets the same answer."""
    if welcome.every is None:
        return Greet(name, welcome, 0, None)
    number = max((now - question.since) // welcome.every, 0)
    return Greet(name, welcome, number, question.since + (number + 1) * welcome.every)
