"""Whether a channel's stream key is replaced, decided on the facts of the moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from ivskit.automation.keys.rules import is_left_alone, is_refused_by_store, is_too_old
from ivskit.automation.messages.look_again import Purpose
from ivskit.automation.questions import ID_OF_ANOTHER, ChannelQuestion
from ivskit.automation.records import Remembered
from ivskit.automation.session_end_lag import STILL_SHOWN, next_look
from ivskit.durations import format_duration
from ivskit.outcomes import (
    CommandRefused,
    Outcome,
    RotationSkipped,
    StreamKeyNotDelivered,
    StreamKeyRotated,
)
from ivskit.policy import WHILE_PAUSED, Adopt, Policy

AS_DELIVERED: Final = "the channel still has the key that was delivered"
# Secrets Manager keeps about a hundred versions a day: a flapping encoder must not use them up.
BETWEEN_ROTATIONS = timedelta(minutes=15)
# The kind of message, or the purpose of looking again.
Occasion = Literal["stream end", "command", "late command"] | Purpose


@dataclass(frozen=True, kw_only=True)
class Question(ChannelQuestion):
    """What asks for a decision: a stream that ended at `since`, or a command issued then."""

    by: Occasion
    if_live: Literal["refuse", "proceed"] = "refuse"

    @property
    def is_command(self) -> bool:
        """Whether a person asks, who wants one answer."""
        return self.by == "command"


@dataclass(frozen=True)
class Facts:
    """What is known of the channel now; the last three are read from IVS only where they matter.

    adopt: the setting `keys.adopt`, for a key that ivskit did not create.
    """

    now: datetime
    policy: Policy
    remembered: Remembered
    adopt: Adopt = "remember"
    live_stream_id: str | None = None
    key_is_there: bool = True
    key_arn: str | None = None


@dataclass(frozen=True)
class Rotate:
    """Replace the key."""


@dataclass(frozen=True)
class Restore:
    """The key that was delivered is gone: deliver the one the channel has now, or a new one."""

    reason: str


@dataclass(frozen=True)
class Skip:
    """Leave the key alone; adopt: a key that ivskit did not create, whose age counts from now."""

    reason: str
    adopt: str | None = None


@dataclass(frozen=True)
class Refuse:
    """Refuse the command; is_answer: whether a repeat of its cause gets the same answer."""

    reason: str
    is_answer: bool = True


@dataclass(frozen=True)
class Repeat:
    """Repeat the answer that this cause got before, and do nothing."""

    outcome: Outcome


@dataclass(frozen=True)
class Wait:
    """Decide again when this is due."""

    due: datetime
    reason: str
    purpose: Purpose = "grace over"


@dataclass(frozen=True)
class Agree:
    """Make key, memory and store agree."""


@dataclass(frozen=True)
class Offer:
    """Offer the store the key that it has refused."""


Decision = Rotate | Restore | Agree | Offer | Skip | Refuse | Repeat | Wait


def decide(question: Question, facts: Facts) -> Decision:
    """What to do about the channel's key, and why."""
    if question.by == "verify key":
        return _on_verification(facts)
    if question.by == "finish rotation":
        return Skip("no rotation is open")
    known = facts.remembered.answer_to(question.cause, question.channel_arn)
    if known is not None:
        return _repeated(known, question)
    match question.by:
        case "check key":
            return _on_check(facts)
        case "command":
            return _on_command(question, facts)
        case _:
            return _after_stream(question, facts)


def _repeated(known: Outcome, question: Question) -> Repeat | Refuse:
    if question.is_command and not _suits(known, question):
        return Refuse(ID_OF_ANOTHER, is_answer=False)
    return Repeat(known)


def _suits(answer: Outcome, question: Question) -> bool:
    """Whether it can be the answer to this command."""
    if isinstance(answer, CommandRefused):
        return question.command is not None and answer.command == question.command.detail_type
    return isinstance(answer, (StreamKeyRotated, RotationSkipped, StreamKeyNotDelivered))


# Commands.


def _on_command(question: Question, facts: Facts) -> Rotate | Skip | Refuse:
    objection = facts.policy.objection_to_command(force=question.is_forced)
    if objection is not None:
        return Refuse(f"{objection}; the key would be replaced")
    if facts.remembered.blocked is not None:
        return Refuse("the channel is blocked and gets no key until it is unblocked")
    live = facts.live_stream_id
    if question.if_live == "refuse" and live is not None:
        return Skip(f"the channel is live ({live}) and if_live is not proceed")
    if is_refused_by_store(facts.remembered.key) and not question.is_forced:
        return Refuse(f"{_STORE_REFUSES}: send the command with force to replace it anyway")
    return Rotate()


# After a stream.


def _after_stream(question: Question, facts: Facts) -> Decision:
    over = _ending(question, facts)
    if over is not None:
        return over
    objection = (
        _objection_to_any(facts) or _objection_after_stream(question, facts) or _is_left(facts)
    )
    if objection is not None:
        return Skip(objection)
    grace_over = question.since + facts.policy.grace
    held = _held(facts, "the key changes when the hold is over", not_before=grace_over)
    if held is not None:
        return held
    if question.by == "stream end":
        return Wait(grace_over, "the key changes when the grace period is over")
    return (
        _too_early(question, facts)
        or _too_young(question, facts)
        or _too_soon(facts)
        or _unless_hands_off(question, facts)
    )


def _too_early(question: Question, facts: Facts) -> Skip | None:
    """Why a stream that has begun since decides in place of this one."""
    session = facts.remembered.session
    if session is None or session.stream_id == question.stream_id:
        return None
    if session.is_open:
        # It failed, or its end is late or lost: whoever sees that end asks again.
        return Skip(f"{session.stream_id} has begun since: its own end decides")
    if _may_reconnect(facts):
        return Skip(f"{session.stream_id} has ended since: its own grace period decides")
    return Skip(f"{session.stream_id} has ended since: its own end decided")


def _may_reconnect(facts: Facts) -> bool:
    """Whether the newest session ended so recently that its encoder may still reconnect."""
    session = facts.remembered.session
    ended_at = session.ended_at if session is not None else None
    return ended_at is not None and facts.now < ended_at + facts.policy.grace


def _ending(question: Question, facts: Facts) -> Wait | None:
    live = facts.live_stream_id
    if question.by != "grace over" or live is None or live != question.stream_id:
        return None
    due = next_look(question.since, now=facts.now)
    return Wait(due, STILL_SHOWN) if due is not None else None


def _objection_after_stream(question: Question, facts: Facts) -> str | None:
    if facts.policy.rotate == "never":
        return "the policy says never to rotate"
    if facts.live_stream_id is not None:
        return f"the channel is live again ({facts.live_stream_id})"
    if _was_kicked(question, facts.remembered):
        return "the stream was kicked, and may come back: the key stays until the next stream ends"
    key = facts.remembered.key
    if key is not None and key.made_at > question.since:
        return "the key is newer than the end of this stream"
    return _STORE_REFUSES if is_refused_by_store(facts.remembered.key) else None


def _was_kicked(question: Question, remembered: Remembered) -> bool:
    if question.stream_id is None:
        return False
    stopping, stop = remembered.stopping, remembered.stop_of(question.stream_id)
    if stopping is not None and stopping.stream_id == question.stream_id:
        return stopping.then == "kick"
    return stop is not None and stop.detail.get("then", "kick") == "kick"


def _too_young(question: Question, facts: Facts) -> Skip | None:
    """Why the key is younger than the policy wants, or None when it is not, or age is no matter."""
    age, key = facts.policy.rotate, facts.remembered.key
    if not isinstance(age, timedelta) or facts.key_arn is None:
        return None
    if key is None or key.arn != facts.key_arn:
        return Skip(
            "ivskit sees the key for the first time: its age counts from now", facts.key_arn
        )
    if not is_too_old(key, facts.key_arn, age, now=facts.now):
        return Skip(f"the key is younger than {format_duration(age)}")
    return None


def _too_soon(facts: Facts) -> Wait | None:
    key = facts.remembered.key
    due = key.made_at + BETWEEN_ROTATIONS if key is not None else facts.now
    if due <= facts.now:
        return None
    apart = format_duration(BETWEEN_ROTATIONS)
    return Wait(due, f"the key changed recently: after streams it changes once in {apart}")


def _unless_hands_off(question: Question, facts: Facts) -> Rotate | Skip | Wait:
    hands_off = facts.policy.hands_off
    if hands_off is None:
        return Rotate()
    reason = f"{hands_off}: the key would be replaced, since {question.reason}"
    return _left(reason, facts, "grace over")


# Checks and verification.


def _on_check(facts: Facts) -> Rotate | Agree | Offer | Skip:
    objection = _objection_to_any(facts) or _held_until(facts) or _is_left(facts)
    hands_off = facts.policy.hands_off
    if hands_off is not None and objection is None:
        objection = f"{hands_off}: the key would be replaced or delivered as needed"
    if objection is not None:
        # Whatever asked for the key, its delivery was begun, and is finished.
        is_owed = is_refused_by_store(facts.remembered.key) and facts.remembered.blocked is None
        return Offer() if is_owed else Skip(objection)
    return Rotate() if _is_too_old(facts) else Agree()


def _is_too_old(facts: Facts) -> bool:
    key = facts.remembered.key
    is_in_use = facts.live_stream_id is not None or _may_reconnect(facts)
    if is_in_use or is_refused_by_store(key):
        return False
    return is_too_old(key, facts.key_arn, facts.policy.rotate, now=facts.now)


def _on_verification(facts: Facts) -> Restore | Skip | Wait:
    if facts.key_is_there:
        return Skip(AS_DELIVERED)
    objection = _objection_to_any(facts) or _was_theirs(facts) or _is_left(facts)
    if objection is not None:
        return Skip(objection)
    lost = "the key that was delivered is gone"
    held = _held(facts, f"{lost} and is restored when the hold is over", purpose="verify key")
    if held is not None:
        return held
    if facts.policy.hands_off is not None:
        return _left(f"{facts.policy.hands_off}: {lost} and would be restored", facts, "verify key")
    return Restore(lost)


def _was_theirs(facts: Facts) -> str | None:
    key = facts.remembered.key
    if key is not None and not key.delivered:
        return "ivskit did not create the lost key: its owner may be about to make the next"
    return None


# Shared.


def _is_left(facts: Facts) -> str | None:
    if not is_left_alone(facts.remembered, facts.key_arn, facts.adopt):
        return None
    return "ivskit did not create the channel's key, and keys.adopt is leave"


def _objection_to_any(facts: Facts) -> str | None:
    if not facts.policy.managed:
        return "the channel is not managed by ivskit"
    if facts.remembered.blocked is not None:
        return "the channel is blocked and gets no key until it is unblocked"
    return None


def _left(reason: str, facts: Facts, purpose: Purpose) -> Skip | Wait:
    """Skip where the channel is only observed; wait where a pause holds the decision up."""
    if facts.policy.paused is None:
        return Skip(reason)
    return Wait(facts.now + WHILE_PAUSED, reason, purpose)


def _held_until(facts: Facts) -> str | None:
    if facts.policy.held_at(facts.now):
        return f"the channel is held until {facts.policy.hold_until}: only commands act"
    return None


def _held(
    facts: Facts,
    reason: str,
    *,
    purpose: Purpose = "grace over",
    not_before: datetime | None = None,
) -> Wait | None:
    """Wait for the end of a hold, which postpones and drops nothing."""
    hold = facts.policy.hold_until
    if hold is None or facts.now >= hold:
        return None
    due = max(hold, not_before or hold)
    return Wait(due, f"the channel is held until {hold}: {reason}", purpose)


_STORE_REFUSES: Final = "the store has refused the channel's key, which stays until it accepts one"
