"""Five sentences about a channel: now, its last session, what holds it, its key, what is next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ivskit import names
from ivskit.clock import now
from ivskit.durations import format_duration
from ivskit.redaction import redact
from ivskit_cli.channel_states import ChannelState
from ivskit_cli.memory_read import moment

Session = Mapping[str, Any]
_THEN = {
    "block": ", which blocked the channel",
    "kick": ", which let its encoder come back",
    "rotate": ", which replaced the key",
}
# What functions say of a command that gives none.
NO_REASON = "commanded"
_STOPPED_BY = {"command": "by a command", "policy": "by the policy"}


def explained(
    state: ChannelState, sessions: Sequence[Session], *, pause: str | None
) -> Iterator[str]:
    """The sentences, each with the ids that the audit log takes."""
    yield str(redact(_now(state)))
    yield str(redact(_last_session(state, sessions)))
    yield str(redact(_held_up(state, pause)))
    yield str(redact(_key(state)))
    if state.plays_only is not None:
        by = state.remembered["restricted"].get("by")
        yield f"It plays only in or on {state.plays_only}, by {by}."
    yield str(redact(_next(state)))


def _now(state: ChannelState) -> str:
    named = f"{state.channel} ({state.channel.arn})"
    live = state.live
    if live is None:
        return f"{named} is not live."
    viewers = f"{live.viewers:,} viewer(s)"
    since = f"{named} is live since {_at(live.since)} as {live.stream_id}, with {viewers}"
    return f"{since}{''.join(_unhealthy(state))}."


def _unhealthy(state: ChannelState) -> Iterator[str]:
    for metric, begun in state.unhealthy.items():
        yield f"; its {metric} is unhealthy since {_at(datetime.fromisoformat(begun))}"


def _last_session(state: ChannelState, sessions: Sequence[Session]) -> str:
    over = [each for each in sessions if each.get("endTime")]
    if not over:
        return "No session of it has ended yet, as far as IVS remembers."
    last = max(over, key=lambda each: each["endTime"])
    span = f"{_at(last['startTime'])} to {_at(last['endTime'])}"
    return f"Its last session, {last['streamId']}, was live from {span} and {_end(state, last)}."


def _end(state: ChannelState, session: Session) -> str:
    """What ended it: the newest stop that the memory has of it."""
    stops = [
        each
        for each in state.remembered.get("causes", ())
        if each["outcome"] == names.STREAM_STOPPED and each.get("stream_id") == session["streamId"]
    ]
    if not stops:
        return "ended without ivskit"
    detail = stops[-1].get("detail", {})
    by = _STOPPED_BY[detail.get("by", "command")]
    sender = f" of {detail['sender']}" if detail.get("sender") else ""
    then = _THEN.get(detail.get("then", ""), "")
    why = "" if detail["reason"] == NO_REASON else f": {detail['reason']}"
    return f"was stopped {by}{sender}{then}{why} (cause {stops[-1]['cause']})"


def _held_up(state: ChannelState, pause: str | None) -> str:
    policy = state.policy
    manages = "ivskit manages it" if policy.managed else "ivskit does not manage it"
    limits = {
        "mode observe": policy.managed and policy.mode == "observe",
        f"held until {policy.hold_until}": policy.held_at(now()),
        "a bad tag: " + "; ".join(policy.bad_tags): bool(policy.bad_tags),
        f"the stage is {pause}": pause is not None,
        _blocked(state): state.is_blocked,
        _locked_out(state): "lockout" in state.remembered,
    }
    said = [what for what, applies in limits.items() if applies]
    return f"{manages}, and {'; '.join(said) if said else 'nothing holds it up'}."


def _blocked(state: ChannelState) -> str:
    blocked = state.remembered.get("blocked")
    if blocked is None or state.blocked_since is None:
        return "the tag ivskit:blocked says that it is blocked"
    how = "taken down" if state.is_taken_down else "blocked"
    return f"it is {how} since {_at(state.blocked_since)} (cause {blocked['command_id']})"


def _locked_out(state: ChannelState) -> str:
    lockout = state.remembered.get("lockout", {})
    return f"every session is cut until {lockout.get('until')} (cause {lockout.get('cause')})"


def _key(state: ChannelState) -> str:
    if "blocked" in state.remembered:
        verb = "restore" if state.is_taken_down else "unblock"
        return f"It has no key, and gets none until `ivskit {verb}`."
    intent = state.remembered.get("intent")
    if intent is not None:
        return f"It is owed a new key since {intent['at']}: {intent['reason']} ({intent['cause']})."
    key, made = state.remembered.get("key", {}), state.key_made_at
    if made is None:
        return "ivskit does not know how old its key is."
    refused = moment(key.get("refused_at"))
    store = f"which the store refuses since {_at(refused)}" if refused else _delivered(key)
    return f"Its key is from {_at(made)}, {store}."


def _delivered(key: Mapping[str, Any]) -> str:
    return "which the store has" if key.get("delivered", True) else "which ivskit did not make"


def _next(state: ChannelState) -> str:
    due = state.due
    if due is None:
        return "Nothing is due that the audit log of the last day names."
    away = format_duration(due.at - now())
    return (
        f"Next comes {due.purpose} at {_at(due.at)}, in {away}: {due.reason} (cause {due.cause})."
    )


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
