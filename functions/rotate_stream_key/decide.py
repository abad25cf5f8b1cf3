"""Whether a channel's stream key is replaced, decided on the facts of the moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from ivskit.endings import STILL_SHOWN, next_look
from ivskit.memory import Remembered
from ivskit.outcomes import Outcome
from ivskit.policy import WHILE_PAUSED, Policy, format_duration
from ivskit.requests import Request as EveryRequest

GRACE_OVER: Final = "grace over"
VERIFY_KEY: Final = "verify key"
# What the sweep finds, and asks this function to look at.
CHECK_KEY: Final = "check key"
AS_DELIVERED: Final = "the channel still has the key that was delivered"
# For which this function looks again.
Purpose = Literal["grace over", "verify key"]
Occasion = Literal["stream end", "grace over", "verify key", "check key", "command", "late command"]


@dataclass(frozen=True, kw_only=True)
class Request(EveryRequest):
    """What asks for a decision: a stream that ended at `since`, or a command issued then."""

    by: Occasion
    if_live: Literal["refuse", "proceed"] = "refuse"


@dataclass(frozen=True)
class Facts:
    """What is known of the channel now; the last three are asked of IVS only where they matter."""

    now: datetime
    policy: Policy
    remembered: Remembered
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
class Keep:
    """Leave the key alone; adopt: it is somebody else's make, and its age counts from now."""

    reason: str
    adopt: str | None = None


@dataclass(frozen=True)
class Repeat:
    """Give the answer that this cause got before, and do nothing."""

    outcome: Outcome


@dataclass(frozen=True)
class Wait:
    """Decide when this moment has come."""

    due: datetime
    reason: str
    purpose: Purpose = GRACE_OVER


@dataclass(frozen=True)
class Agree:
    """Make key, memory and store agree."""


Decision = Rotate | Restore | Agree | Keep | Repeat | Wait


def decide(request: Request, facts: Facts) -> Decision:
    """What to do about the channel's key, and why."""
    if request.by == VERIFY_KEY:
        return _on_verification(facts)
    known = facts.remembered.answer_to(request.cause)
    if known is not None:
        return Repeat(known)
    return _on_check(facts) if request.by == CHECK_KEY else _afresh(request, facts)


def _on_check(facts: Facts) -> Rotate | Agree | Keep:
    objection = _objection_to_any(facts) or _held(facts)
    if objection is not None:
        return Keep(objection)
    if facts.policy.hands_off is not None:
        return Keep(f"{facts.policy.hands_off}: the key would be replaced or delivered as needed")
    return Rotate() if _is_too_old(facts) else Agree()


def _is_too_old(facts: Facts) -> bool:
    age, key = facts.policy.rotate, facts.remembered.key
    if not isinstance(age, timedelta) or key is None or key.arn != facts.key_arn:
        return False
    return facts.live_stream_id is None and facts.now - key.made_at >= age


def _afresh(request: Request, facts: Facts) -> Rotate | Keep | Wait:
    ending = _ending(request, facts)
    if ending is not None:
        return ending
    objection = _objection(request, facts)
    if objection is not None:
        return Keep(objection)
    if request.by == "stream end":
        return Wait(request.since + facts.policy.grace, "the key changes when the grace is over")
    return _too_young(request, facts) or _unless_hands_off(request, facts)


def _unless_hands_off(request: Request, facts: Facts) -> Rotate | Keep | Wait:
    hands_off = facts.policy.hands_off
    if hands_off is None:
        return Rotate()
    reason = f"{hands_off}: the key would be replaced, since {request.reason}"
    return Keep(reason) if request.by == "command" else _left(reason, facts, GRACE_OVER)


def _left(reason: str, facts: Facts, purpose: Purpose) -> Keep | Wait:
    """What is only observed is done with; what a pause holds up is not."""
    if facts.policy.paused is None:
        return Keep(reason)
    return Wait(facts.now + WHILE_PAUSED, reason, purpose)


def _too_young(request: Request, facts: Facts) -> Keep | None:
    """Why the key is not as old as the policy wants, or None when it is, or is to change anyway."""
    age, key = facts.policy.rotate, facts.remembered.key
    if request.by == "command" or not isinstance(age, timedelta) or facts.key_arn is None:
        return None
    if key is None or key.arn != facts.key_arn:
        return Keep("the key is met for the first time: its age counts from now", facts.key_arn)
    if facts.now - key.made_at < age:
        return Keep(f"the key is younger than {format_duration(age)}")
    return None


def _ending(request: Request, facts: Facts) -> Wait | None:
    live = facts.live_stream_id
    if request.by != GRACE_OVER or live is None or live != request.stream_id:
        return None
    due = next_look(request.since, now=facts.now)
    return Wait(due, STILL_SHOWN) if due is not None else None


def _on_verification(facts: Facts) -> Restore | Keep | Wait:
    if facts.key_is_there:
        return Keep(AS_DELIVERED)
    objection = _objection_to_any(facts) or _held(facts) or _was_theirs(facts)
    if objection is not None:
        return Keep(objection)
    hands_off = facts.policy.hands_off
    if hands_off is not None:
        reason = f"{hands_off}: the key that was delivered is gone and would be restored"
        return _left(reason, facts, VERIFY_KEY)
    return Restore("the key that was delivered is gone")


def _was_theirs(facts: Facts) -> str | None:
    key = facts.remembered.key
    if key is not None and not key.delivered:
        return "the key that is gone was somebody else's, who may be about to make the next"
    return None


def _objection(request: Request, facts: Facts) -> str | None:
    specific = _objection_to_command if request.by == "command" else _objection_after_stream
    return _objection_to_any(facts) or specific(request, facts)


def _objection_to_any(facts: Facts) -> str | None:
    if not facts.policy.managed:
        return "the channel is not managed by ivskit"
    if facts.remembered.blocked is not None:
        return "the channel is blocked and gets no key until it is unblocked"
    return None


def _objection_to_command(request: Request, facts: Facts) -> str | None:
    if request.if_live == "refuse" and facts.live_stream_id is not None:
        return f"the channel is live ({facts.live_stream_id}) and the command does not say proceed"
    return None


def _held(facts: Facts) -> str | None:
    if facts.policy.held_at(facts.now):
        return f"the channel is held until {facts.policy.hold_until}: only commands act"
    return None


def _objection_after_stream(request: Request, facts: Facts) -> str | None:
    return _held(facts) or _objection_to_time(request, facts)


def _objection_to_time(request: Request, facts: Facts) -> str | None:
    if facts.policy.rotate == "never":
        return "the policy says never to rotate"
    if facts.live_stream_id is not None:
        return f"the channel is live again ({facts.live_stream_id})"
    key = facts.remembered.key
    if key is not None and key.made_at > request.since:
        return "the key is newer than the end of this stream"
    return None
