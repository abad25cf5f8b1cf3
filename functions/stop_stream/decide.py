"""Whether a stream is stopped, decided on the facts of the moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ivskit.memory import Key, Remembered, Then
from ivskit.outcomes import Outcome, StreamKeyRotated, StreamStopped
from ivskit.policy import WHILE_PAUSED, Policy, format_duration
from ivskit.requests import Request as EveryRequest

MAX_DURATION: Final = "max duration"
STARVATION: Final = "starvation"
VERIFY_STOP: Final = "verify stop"
VERIFY_KICK: Final = "verify kick"
# What the sweep finds, and asks this function to look at.
VERIFY_BLOCK: Final = "verify block"
MAX_IDLE: Final = "max idle"

# For which this function looks again.
Purpose = Literal["max duration", "starvation", "verify stop", "verify kick"]
# What a message says, and the purposes for which this function looks again.
Occasion = Literal[
    "stream start", "starvation start", "stop", "block", "unblock", "shed",
    "max duration", "starvation", "verify stop", "verify kick", "verify block", "max idle",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Request(EveryRequest):
    """What asks for a decision.

    since: when the stream, its starving or its time without viewers began, the command was issued,
    or the stream was stopped that is to be verified.
    """

    by: Occasion
    then: Then = "rotate"
    # A late command is not acted on; what was begun for it is made good, and told again.
    is_late: bool = False

    @property
    def is_command(self) -> bool:
        """Whether a person asks, who wants one answer."""
        return self.by in ("stop", "block", "unblock")


@dataclass(frozen=True)
class Live:
    """The session that is live, or just starting; then it has not started yet.

    viewers: None where IVS could not count them; began: when its encoder connected; recovered_at:
    when a starvation of it ended last. The last two are asked only where they matter.
    """

    stream_id: str
    started_at: datetime | None
    starving: bool = False
    viewers: int | None = None
    began: datetime | None = None
    recovered_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the channel now."""

    policy: Policy
    remembered: Remembered
    now: datetime
    live: Live | None = None


@dataclass(frozen=True)
class Stop:
    """Stop this session, or block a channel on which there is none."""

    stream_id: str | None
    then: Then
    reason: str


@dataclass(frozen=True)
class Unblock:
    """Give the channel a key again."""


@dataclass(frozen=True)
class Keep:
    """Leave the stream alone."""

    reason: str


@dataclass(frozen=True)
class Back:
    """A stopped stream is live again, and may be."""

    reason: str


@dataclass(frozen=True)
class Repeat:
    """Give the answer that this cause got before, and do nothing."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Wait:
    """Decide when this moment has come."""

    due: datetime
    purpose: Purpose
    reason: str


Decision = Stop | Unblock | Keep | Back | Repeat | Wait


def decide(request: Request, facts: Facts) -> Decision:
    """What to do about the channel's stream, and why."""
    known = facts.remembered.answers_to(request.cause)
    if known:
        return Repeat(known)
    if not facts.policy.managed:
        return Keep("the channel is not managed by ivskit")
    if facts.remembered.blocked is not None and not request.is_command:
        return _on_blocked_channel(request, facts)
    return _enforced(_RULES[request.by](request, facts), request, facts)


def _enforced(decision: Decision, request: Request, facts: Facts) -> Decision:
    hands_off = facts.policy.hands_off
    if hands_off is None or not isinstance(decision, Stop | Unblock):
        return decision
    if isinstance(decision, Unblock):
        return Keep(f"{hands_off}: the channel would be unblocked, since {request.reason}")
    would = {"rotate": "stopped and re-keyed", "kick": "kicked", "block": "blocked"}[decision.then]
    reason = f"{hands_off}: the channel would be {would}, since {decision.reason}"
    return _left(reason, request, facts)


def _left(reason: str, request: Request, facts: Facts) -> Keep | Wait:
    """What is only observed is done with; what a pause holds up is not, unless a person asked."""
    purpose = _PURPOSES.get(request.by)
    if facts.policy.paused is None or purpose is None:
        return Keep(reason)
    return Wait(facts.now + WHILE_PAUSED, purpose, reason)


def _on_blocked_channel(request: Request, facts: Facts) -> Decision:
    if facts.live is None and request.by != VERIFY_BLOCK:
        return Keep("the channel is blocked, and down")
    hands_off = facts.policy.hands_off
    if hands_off is not None:
        return _left(f"{hands_off}: the channel is blocked, and would be cut", request, facts)
    stream_id = facts.live.stream_id if facts.live else None
    return Stop(stream_id, "block", "the channel is blocked")


def _on_block_verification(request: Request, facts: Facts) -> Decision:
    return Keep("the channel is not blocked any more")


def _on_start(request: Request, facts: Facts) -> Decision:
    longest = facts.policy.max_duration
    if longest is None:
        return Keep("nothing limits how long this stream may last")
    due = _not_before_hold(request.since + longest, facts)
    return Wait(due, MAX_DURATION, f"the stream may last {format_duration(longest)}")


def _on_max_duration(request: Request, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_duration
    if live is None or live.stream_id != request.stream_id:
        return Keep("that session is over")
    waiting = _on_start(request, facts)
    if longest is None or (isinstance(waiting, Wait) and waiting.due > facts.now):
        return waiting
    reason = f"the stream has lasted {format_duration(longest)}, as long as it may"
    return Stop(live.stream_id, _then(facts, "rotate"), reason)


def _on_starvation_start(request: Request, facts: Facts) -> Decision:
    longest = facts.policy.max_starvation
    if longest is None:
        return Keep("nothing limits how long this stream may starve")
    due = _not_before_hold(request.since + longest, facts)
    return Wait(due, STARVATION, f"the stream may starve for {format_duration(longest)}")


def _on_starvation(request: Request, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_starvation
    if live is None or live.stream_id != request.stream_id:
        return Keep("that session is over")
    if not live.starving or (live.recovered_at and live.recovered_at > request.since):
        return Keep("the stream has recovered")
    waiting = _on_starvation_start(request, facts)
    if longest is None or (isinstance(waiting, Wait) and waiting.due > facts.now):
        return waiting
    reason = f"the stream has starved for {format_duration(longest)}, as long as it may"
    return Stop(live.stream_id, _then(facts, "kick"), reason)


def _on_max_idle(request: Request, facts: Facts) -> Decision:
    live, longest = facts.live, facts.policy.max_idle
    if live is None or live.stream_id != request.stream_id:
        return Keep("that session is over")
    if live.viewers != 0:
        return Keep("somebody is watching, or IVS cannot tell")
    if longest is None or facts.policy.held_at(facts.now) or request.since + longest > facts.now:
        return Keep("the stream may go on without viewers")
    reason = f"nobody has watched the stream for {format_duration(longest)}, as long as that may be"
    return Stop(live.stream_id, _then(facts, "rotate"), reason)


def _not_before_hold(due: datetime, facts: Facts) -> datetime:
    hold = facts.policy.hold_until
    return due if hold is None else max(due, hold)


def _then(facts: Facts, suits: Then) -> Then:
    then = facts.policy.then
    return suits if then == "auto" else then


def _on_verification(request: Request, facts: Facts) -> Decision:
    live, key = facts.live, facts.remembered.key
    if live is None:
        return Keep("the channel stayed down")
    if live.stream_id == request.stream_id:
        return Stop(live.stream_id, "kick", "the session that was stopped is still live")
    if request.by == VERIFY_STOP and key is not None and _was_back_before(key, request, live):
        return Stop(live.stream_id, "kick", "the encoder was back before the key changed")
    return Back(f"a new session is live ({live.stream_id})")


def _was_back_before(key: Key, request: Request, live: Live) -> bool:
    """Whether an encoder came with the old key; one made after the stop is nothing to judge by."""
    return live.began is not None and live.began <= key.made_at <= request.since


def _on_stop(request: Request, facts: Facts) -> Decision:
    if request.then == "block":
        objection = _objection_to_block(request, facts)
        if objection is not None:
            return Keep(objection)
    live = facts.live
    if live is None and request.then != "block":
        return Keep("the channel is not live")
    if live is not None:
        objection = _objection_to_session(request, live)
        if objection is not None:
            return Keep(objection)
    return _stop_unless_stopped(request, facts, live)


def _stop_unless_stopped(request: Request, facts: Facts, live: Live | None) -> Decision:
    blocked = facts.remembered.blocked is not None
    then: Then = "block" if blocked else request.then
    if live is None or then == "block":
        return Stop(live.stream_id if live else None, then, request.reason)
    if _stopped_already(live.stream_id, then, facts.remembered):
        return Keep(f"{live.stream_id} was stopped already")
    return Stop(live.stream_id, then, request.reason)


def _stopped_already(stream_id: str, then: Then, remembered: Remembered) -> bool:
    """Whether nothing is left to be done: a stopped stream stays live for a moment."""
    stops = any(
        acted.outcome == StreamStopped.name and acted.detail.get("stream_id") == stream_id
        for acted in remembered.causes
    )
    re_keyed = isinstance(remembered.answer_to(stream_id), StreamKeyRotated)
    return stops and (then == "kick" or re_keyed)


def _objection_to_session(request: Request, live: Live) -> str | None:
    if request.stream_id is not None:
        if live.stream_id == request.stream_id:
            return None
        return f"{request.stream_id} is over, and {live.stream_id} is another session"
    if live.started_at is None or live.started_at > request.since:
        return f"{live.stream_id} was not live yet when the command was issued"
    return None


def _on_shed(request: Request, facts: Facts) -> Decision:
    """Whoever is shed did nothing wrong: it keeps its key, and may return when there is room."""
    if facts.policy.held_at(facts.now):
        return Keep(f"the channel is held until {facts.policy.hold_until}: only commands act")
    if facts.live is None or facts.live.stream_id != request.stream_id:
        return Keep("that session is over")
    return Stop(facts.live.stream_id, "kick", request.reason)


def _objection_to_block(request: Request, facts: Facts) -> str | None:
    blocked, unblocked_at = facts.remembered.blocked, facts.remembered.unblocked_at
    if unblocked_at is not None and unblocked_at >= request.since:
        return "a newer command unblocked the channel"
    if blocked is not None and blocked.issued_at >= request.since:
        return "a newer command blocked the channel already"
    return None


def _on_block(request: Request, facts: Facts) -> Decision:
    objection = _objection_to_block(request, facts)
    if objection is not None:
        return Keep(objection)
    return Stop(facts.live.stream_id if facts.live else None, "block", request.reason)


def _on_unblock(request: Request, facts: Facts) -> Decision:
    blocked = facts.remembered.blocked
    if blocked is None:
        return Keep("the channel is not blocked")
    if blocked.issued_at > request.since:
        return Keep("a newer command blocked the channel")
    return Unblock()


_RULES: Mapping[Occasion, Callable[[Request, Facts], Decision]] = {
    "stream start": _on_start,
    "starvation start": _on_starvation_start,
    "stop": _on_stop,
    "block": _on_block,
    "unblock": _on_unblock,
    "shed": _on_shed,
    "max duration": _on_max_duration,
    "starvation": _on_starvation,
    "verify stop": _on_verification,
    "verify kick": _on_verification,
    "verify block": _on_block_verification,
    "max idle": _on_max_idle,
}
# For what a decision that a pause holds up is made anew; a person is told, and asks again.
_PURPOSES: Mapping[Occasion, Purpose] = {
    "stream start": MAX_DURATION,
    "starvation start": STARVATION,
    "max duration": MAX_DURATION,
    "starvation": STARVATION,
    "verify stop": VERIFY_STOP,
    "verify kick": VERIFY_KICK,
}
