"""Whether a stream is stopped because a person says so, decided on the facts of the moment."""

from datetime import datetime, timedelta

from ivskit.outcomes import Ending
from stop_stream.decisions import (
    STRICTNESS,
    Decision,
    Facts,
    Question,
    Refuse,
    Skip,
    Stop,
    Unblock,
)
from stop_stream.presence import Live, is_meant

# A stopped stream stays live for a moment.
LINGERS = timedelta(seconds=10)


def commanded(question: Question, facts: Facts) -> Decision:
    """What a command of a person leads to."""
    objection = facts.policy.objection_to_command(force=question.is_forced)
    if objection is not None:
        return Refuse(f"{objection}; {_asked_for(question)}")
    match question.by:
        case "unblock":
            return _on_unblock(question, facts)
        case "stop" if question.then != "block":
            return _on_stop(question, facts)
        case _:
            return _on_block(question, facts)


def _asked_for(question: Question) -> str:
    then = {"auto": "stopped", "rotate": "stopped and re-keyed", "kick": "kicked"}
    wanted = {"unblock": "unblocked", "stop": then.get(question.then, "blocked")}
    return f"the channel would be {wanted.get(question.by, 'blocked')}"


def _on_stop(question: Question, facts: Facts) -> Decision:
    then = _ending(question, facts)
    live, meant = facts.live, _meant(question, facts, then)
    if then == "block":
        return Stop(live.stream_id if live else None, "block", question.reason)
    if meant is None:
        return Skip(_why_no_session(question, live))
    stop = facts.remembered.stop_of(meant)
    if stop is not None and _is_done(stop.detail.get("then", "kick"), then, stop.at, facts):
        return Skip(f"{meant} was stopped already")
    return Stop(meant, then, question.reason)


def _ending(question: Question, facts: Facts) -> Ending:
    if facts.remembered.blocked is not None:
        return "block"
    if question.then == "auto":
        return keeping_the_key("rotate", facts)
    return question.then


def _meant(question: Question, facts: Facts, then: Ending) -> str | None:
    """The session to stop: the one named, or the one that was live when the command was issued."""
    live = facts.live
    if live is None:
        return _dropped_out(question, facts) if then != "kick" else None
    if question.stream_id is not None:
        return live.stream_id if live.stream_id == question.stream_id else None
    if not is_meant(question.since, live, facts.past, now=facts.now):
        return None
    return live.stream_id


def _dropped_out(question: Question, facts: Facts) -> str | None:
    """The last session, if its encoder had just dropped out and has a key to reconnect with."""
    if not facts.past:
        return None
    last, known = facts.past[0], facts.remembered
    if known.re_keyed_since(last.ended_at) and known.stop_of(last.stream_id) is None:
        return None
    if question.stream_id is None:
        is_last = is_meant(question.since, None, facts.past, now=facts.now)
    else:
        is_last = last.stream_id == question.stream_id and last.may_reconnect(question.since)
    return last.stream_id if is_last else None


def _why_no_session(question: Question, live: Live | None) -> str:
    if live is None:
        return "the channel is not live"
    if question.stream_id is not None:
        return f"{question.stream_id} is over, and {live.stream_id} is another session"
    return f"{live.stream_id} was not live yet when the command was issued"


def _is_done(done: Ending, wanted: Ending, at: datetime, facts: Facts) -> bool:
    """Whether nothing is left to be done."""
    if STRICTNESS.index(done) < STRICTNESS.index(wanted):
        return False
    return facts.live is None or facts.now - at < LINGERS


def _on_block(question: Question, facts: Facts) -> Decision:
    blocked, unblocked_at = facts.remembered.blocked, facts.remembered.unblocked_at
    if unblocked_at is not None and unblocked_at >= question.since:
        return Refuse("a newer command unblocked the channel")
    if blocked is not None and blocked.issued_at >= question.since:
        return Skip("a newer command blocked the channel already")
    return Stop(facts.live.stream_id if facts.live else None, "block", question.reason)


def _on_unblock(question: Question, facts: Facts) -> Decision:
    blocked, lockout = facts.remembered.blocked, facts.remembered.lockout
    if blocked is None:
        is_newer = lockout is not None and lockout.is_older_than(question.since)
        return Unblock() if is_newer else Skip("the channel is not blocked")
    if blocked.issued_at > question.since:
        return Refuse("a newer command blocked the channel")
    return Unblock()


def keeping_the_key(then: Ending, facts: Facts) -> Ending:
    """Where the policy never replaces keys, a lockout takes the place of a new key."""
    return "lockout" if then == "rotate" and facts.policy.rotate == "never" else then
