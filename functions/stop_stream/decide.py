"""Whether a stream is stopped, decided on the facts of the moment."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ivskit import names
from ivskit.automation.messages.look_again import Purpose
from ivskit.automation.questions import ID_OF_ANOTHER
from ivskit.automation.records import STARTING, Lockout
from ivskit.durations import format_duration
from ivskit.outcomes import (
    ChannelBlocked,
    ChannelUnblocked,
    CommandRefused,
    Ending,
    Outcome,
    StopSkipped,
    StreamStopped,
)
from ivskit.policy import WHILE_PAUSED
from stop_stream.commanded import LINGERS, commanded, keeping_the_key
from stop_stream.decisions import (
    Back,
    Decision,
    Facts,
    Occasion,
    Question,
    Refuse,
    Repeat,
    Skip,
    Stop,
    Wait,
)
from stop_stream.presence import Live

# The answers to a command to rotate the key.
_OF_ROTATIONS = (names.STREAM_KEY_ROTATED, names.ROTATION_SKIPPED, names.STREAM_KEY_NOT_DELIVERED)
# How long what CloudWatch said of a stream may count.
_JUDGED_FOR = timedelta(minutes=5)


def decide(question: Question, facts: Facts) -> Decision:
    """What to do about the channel's stream, and why."""
    repeated = _repeated(question, facts)
    if repeated is not None:
        return repeated
    if question.is_command:
        return commanded(question, facts)
    if facts.remembered.blocked is not None:
        return _on_blocked_channel(question, facts)
    lockout, live = facts.remembered.lockout, facts.live
    if lockout is not None and live is not None and _applies(lockout, live, question, facts):
        return _on_lockout(lockout, live, question, facts)
    if not facts.policy.managed and not _follows_a_command(question, facts):
        return Skip("the channel is not managed by ivskit")
    return _enforced(_RULES[question.by](question, facts), question, facts)


def _repeated(question: Question, facts: Facts) -> Repeat | Refuse | None:
    known = facts.remembered.answers_to(question.cause, question.channel_arn)
    suits = all(_suits(each, question) for each in known)
    if question.is_command and not (suits and _is_of_its_kind(question, facts)):
        return Refuse(ID_OF_ANOTHER, is_answer=False)
    if not known or (question.is_command and _is_safe_anew(known[-1], question)):
        return None
    return Repeat(known)


def _suits(answer: Outcome, question: Question) -> bool:
    """Whether this can be the answer to this command."""
    match answer:
        case CommandRefused():
            return question.command is not None and answer.command == question.command.detail_type
        case ChannelUnblocked():
            return question.by == "unblock"
        case ChannelBlocked():
            return question.then == "block" and question.by != "unblock"
        case StreamStopped():
            return question.by != "unblock" and (question.then != "block" or answer.then == "block")
        case _:
            # A key that a stop asked for has a cause of its own.
            return answer.name not in _OF_ROTATIONS or answer.cause != question.cause


def _is_of_its_kind(question: Question, facts: Facts) -> bool:
    """Whether no answer is known, or it is not an unblock's for a stop, nor the other way round."""
    acted = facts.remembered.acted_on(question.cause)
    if acted is None or acted.command is None:
        return True
    unblocks = acted.command in (names.UNBLOCK_CHANNEL, names.RESTORE)
    return unblocks == (question.by == "unblock")


def _is_safe_anew(answer: Outcome, question: Question) -> bool:
    """Whether nothing was done, so that the issue time alone decides about a repeat."""
    return isinstance(answer, StopSkipped) and question.then == "block"


def _enforced(decision: Decision, question: Question, facts: Facts) -> Decision:
    hands_off = _hands_off(question, facts)
    if hands_off is None or not isinstance(decision, Stop):
        return decision
    return _left(f"{hands_off}: {_would_be(decision)}, since {decision.reason}", question, facts)


def _would_be(stop: Stop) -> str:
    """What a stop would do, in words for a channel that is only observed."""
    would: Mapping[Ending, str] = {
        "kick": "kicked",
        "lockout": "stopped and locked out for a while",
        "rotate": "stopped and re-keyed",
        "block": "blocked",
    }
    return f"the channel would be {would[stop.then]}"


def _hands_off(question: Question, facts: Facts) -> str | None:
    """The stop of a command is verified even where automation is held back."""
    if _follows_a_command(question, facts):
        return facts.policy.objection_to_command(force=True)
    return facts.policy.hands_off


def _follows_a_command(question: Question, facts: Facts) -> bool:
    if question.by not in ("verify stop", "verify kick") or question.stream_id is None:
        return False
    stop = facts.remembered.stop_of(question.stream_id)
    return stop is not None and stop.detail.get("by", "command") == "command"


def _left(reason: str, question: Question, facts: Facts) -> Skip | Wait:
    """Skip where the channel is only observed; wait where a pause holds the decision up."""
    purpose = _PURPOSES.get(question.by)
    if facts.policy.paused is None or purpose is None:
        return Skip(reason)
    return Wait(facts.now + WHILE_PAUSED, purpose, reason)


# A channel that must be down by command, whether or not it is managed.


def _on_blocked_channel(question: Question, facts: Facts) -> Decision:
    blocked = facts.remembered.blocked
    if facts.live is None and not facts.has_key:
        return Skip("the channel is blocked, and down")
    forced = blocked is not None and blocked.forced
    objection = facts.policy.objection_to_command(force=forced)
    if objection is not None and facts.policy.hands_off is not None:
        held_back = facts.policy.hands_off
        return _left(f"{held_back}: the channel is blocked, and would be cut", question, facts)
    stream_id = facts.live.stream_id if facts.live else None
    return Stop(stream_id, "block", "the channel is blocked", again=True)


def _applies(lockout: Lockout, live: Live, question: Question, facts: Facts) -> bool:
    """A policy's lockout applies only to managed channels that are not held.

    A start of which the event was lost is judged by when it was, since the sweep finds it later.
    """
    is_automation = lockout.by == "policy"
    if is_automation and (not facts.policy.managed or facts.policy.held_at(facts.now)):
        return False
    started_at = live.started_at if question.by == "stream start" else None
    return (started_at or facts.now) < lockout.until


def _on_lockout(lockout: Lockout, live: Live, question: Question, facts: Facts) -> Decision:
    until = lockout.until.isoformat()
    if question.by not in ("stream start", "verify stop", "verify kick"):
        return Skip(f"every new session is cut until {until}")
    stop = Stop(live.stream_id, "kick", f"the encoder is locked out until {until}", again=True)
    hands_off = facts.policy.hands_off if lockout.by == "policy" else None
    if hands_off is not None:
        return _left(f"{hands_off}: {_would_be(stop)}, since {stop.reason}", question, facts)
    return _left_to_others(live, question, facts) or stop


def _left_to_others(live: Live, question: Question, facts: Facts) -> Skip | Wait | None:
    """What makes it needless, or too early, to cut a session that a lockout keeps out.

    An encoder that reconnects for minutes is cut every few seconds, and each stop is verified: only
    the newest verification has to wait for a session that is just starting, which IVS cannot stop.
    """
    stop = facts.remembered.stop_of(live.stream_id)
    if stop is not None and facts.now - stop.at < LINGERS:
        return Skip(f"{live.stream_id} was stopped already")
    if live.started_at is not None:
        return None
    if facts.remembered.stopped_since(question.since):
        return Skip(f"{live.stream_id} is just starting: the verification of a newer stop is due")
    purpose = _PURPOSES[question.by] if question.by != "stream start" else "verify stop"
    return Wait(facts.now + STARTING, purpose, f"{live.stream_id} is just starting")


def _on_block_verification(question: Question, facts: Facts) -> Decision:
    return Skip("the channel is not blocked any more")


# Automation.


def _on_start(question: Question, facts: Facts) -> Decision:
    longest = facts.policy.max_duration
    if longest is None:
        return Skip("nothing limits how long this stream may last")
    due = _not_before_hold(question.since + longest, facts)
    return Wait(due, "max duration", f"the stream may last {format_duration(longest)}")


def _on_max_duration(question: Question, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_duration
    if live is None or live.stream_id != question.stream_id:
        return Skip("that session is over")
    waiting = _on_start(question, facts)
    if longest is None or (isinstance(waiting, Wait) and waiting.due > facts.now):
        return waiting
    reason = f"the stream has lasted {format_duration(longest)}, its limit"
    return Stop(live.stream_id, _then(facts, "rotate"), reason)


def _on_starvation_start(question: Question, facts: Facts) -> Decision:
    longest = facts.policy.max_starvation
    if longest is None:
        return Skip("nothing limits how long this stream may starve")
    due = _not_before_hold(question.since + longest, facts)
    return Wait(due, "starvation", f"the stream may starve for {format_duration(longest)}")


def _on_starvation(question: Question, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_starvation
    if live is None or live.stream_id != question.stream_id:
        return Skip("that session is over")
    if not live.starving or (live.recovered_at and live.recovered_at > question.since):
        return Skip("the stream has recovered")
    waiting = _on_starvation_start(question, facts)
    if longest is None or (isinstance(waiting, Wait) and waiting.due > facts.now):
        return waiting
    reason = f"the stream has starved for {format_duration(longest)}, its limit"
    return Stop(live.stream_id, _then(facts, "kick"), reason)


def _on_max_idle(question: Question, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_idle
    if live is None or live.stream_id != question.stream_id:
        return Skip("that session is over")
    if live.viewers != 0:
        return Skip("the stream has viewers, or IVS could not count them")
    if longest is None or facts.policy.held_at(facts.now) or question.since + longest > facts.now:
        return Skip("the stream may go on without viewers")
    reason = f"the stream had no viewers for {format_duration(longest)}, its limit"
    return Stop(live.stream_id, _then(facts, "rotate"), reason)


def _on_unhealthy(question: Question, facts: Facts) -> Decision:
    rule = facts.policy.health.of(question.metric) if question.metric is not None else None
    if facts.live is None or facts.live.stream_id != question.stream_id:
        return Skip("that session is over")
    if rule is None or rule.then == "notify":
        return Skip("nothing follows by the policy now")
    if facts.policy.held_at(facts.now):
        return Skip(f"the channel is held until {facts.policy.hold_until}: only commands act")
    if question.asked_at is None or facts.now - question.asked_at > _JUDGED_FOR:
        return Skip("the stream was judged too long ago: the next sweep judges it anew")
    reason = f"the stream's {question.metric} was {rule}"
    return Stop(facts.live.stream_id, keeping_the_key(rule.then, facts), reason)


def _not_before_hold(due: datetime, facts: Facts) -> datetime:
    hold = facts.policy.hold_until
    return due if hold is None else max(due, hold)


def _then(facts: Facts, suits: Ending) -> Ending:
    then = facts.policy.then
    return keeping_the_key(suits if then == "auto" else then, facts)


def _on_verification(question: Question, facts: Facts) -> Decision:
    live = facts.live
    if live is None:
        return Skip("the channel stayed down")
    if live.stream_id == question.stream_id:
        reason = "the session that was stopped is still live"
        return Stop(live.stream_id, "kick", reason, again=True)
    # The new key is created only after the stop: an encoder live by then had the old one.
    if question.by == "verify stop" and live.began is not None and live.began <= question.since:
        reason = "the encoder reconnected before the key changed"
        return Stop(live.stream_id, "kick", reason, again=True)
    return Back(f"a new session is live ({live.stream_id})")


def _on_shed(question: Question, facts: Facts) -> Decision:
    """The encoder did nothing wrong: it keeps its key, and may reconnect when there is room."""
    if facts.policy.held_at(facts.now):
        return Skip(f"the channel is held until {facts.policy.hold_until}: only commands act")
    if facts.live is None or facts.live.stream_id != question.stream_id:
        return Skip("that session is over")
    return Stop(facts.live.stream_id, "kick", question.reason)


_RULES: Mapping[Occasion, Callable[[Question, Facts], Decision]] = {
    "stream start": _on_start,
    "starvation start": _on_starvation_start,
    "shed": _on_shed,
    "max duration": _on_max_duration,
    "starvation": _on_starvation,
    "verify stop": _on_verification,
    "verify kick": _on_verification,
    "verify block": _on_block_verification,
    "max idle": _on_max_idle,
    "unhealthy": _on_unhealthy,
}
# Why a function looks again after a pause has held its decision up.
_PURPOSES: Mapping[Occasion, Purpose] = {
    "stream start": "max duration",
    "starvation start": "starvation",
    "max duration": "max duration",
    "starvation": "starvation",
    "verify stop": "verify stop",
    "verify kick": "verify kick",
}
