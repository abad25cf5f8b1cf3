"""One channel's past, decided by the functions' own rules under one of the settings.

What is not decided here, since only a replay can: who reconnects after a stop, what fails, what
comes late, and what a sweep finds. Encoders do what they did.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from ivskit import names
from ivskit.policy import Policy
from ivskit_local.what_if import calls
from ivskit_local.what_if.history import SESSION_ENDED, Happened, OfChannel, Tags
from ivskit_local.what_if.rules import Rules
from ivskit_local.what_if.tally import Because, Rotated, Stopped, Tally

# As functions/stop_stream/stopping.py and ivskit/automation/keys/rotation.py have them.
LOCKOUT = timedelta(minutes=15)
VERIFY_STOP_AFTER, KEY_AFTER = timedelta(seconds=30), timedelta(seconds=2)
VERIFY_KEY_AFTER = timedelta(minutes=1)
# From StopStream to the Stream End of IVS.
_ENDS_AFTER = timedelta(seconds=2)
# From an event to the outcome of the decision about it.
_ANSWERED_WITHIN = timedelta(minutes=1)
_SWEEP = 300
_LIMITS = {"max duration": "max_duration", "starvation": "max_starvation"}
_JUDGES_STREAMS = ("max duration", "starvation")


@dataclass
class _Live:
    stream_id: str
    started_at: datetime
    starving: bool = False
    recovered_at: datetime | None = None


class ChannelPast:
    """Lets the past of one channel pass, and counts what is decided."""

    def __init__(
        self,
        of: OfChannel,
        rules: Rules,
        policy_of: Callable[[Tags], Policy],
        *,
        adopt: str,
        tags: list[tuple[datetime, Tags]],
        span: tuple[datetime, datetime],
        tally: Tally,
    ) -> None:
        self._of = of
        self._rules = rules
        self._policy_of = policy_of
        self._adopt = adopt
        self._tags = tags
        self._times = [at for at, _ in tags]
        self._first, self._last = span
        self._tally = tally
        self._place = " ".join(of.arn.split(":")[4:2:-1])
        self._live: _Live | None = None
        self._known: Any = rules.records.Remembered()
        self._begun: set[str] = set()
        self._over: set[str] = set()
        # Sessions whose key a stop replaces: their end replaces none.
        self._re_keyed: set[str] = set()
        self._is_shut = False
        self._keys = 1
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._numbered = 0

    def pass_by(self) -> None:
        """Let everything happen, and what follows from it."""
        for each in self._of.happened:
            self._numbered += 1
            self._queue.append((each.at, self._numbered, self._reaction(each)))
        heapify(self._queue)
        if isinstance(self._policy(self._first).rotate, timedelta):
            self._made(self._first, delivered=False)
        while self._queue:
            at, _, happen = heappop(self._queue)
            happen(at)
        self._tally.without_end += len(self._begun - self._over)

    def _at(self, due: datetime, happen: Callable[[datetime], None]) -> None:
        self._numbered += 1
        heappush(self._queue, (due, self._numbered, happen))

    def _reaction(self, each: Happened) -> Callable[[datetime], None]:
        reaction: Callable[[Happened], None] = {
            names.STREAM_START: self._on_start,
            names.STREAM_END: self._on_end,
            SESSION_ENDED: self._on_end,
            names.STARVATION_START: self._on_starvation_start,
            names.STARVATION_END: self._on_starvation_end,
            names.STREAM_STOPPED: self._on_stop_in_log,
            names.STREAM_KEY_ROTATED: self._on_commanded_rotation,
            names.CHANNEL_BLOCKED: self._on_commanded_block,
            names.CHANNEL_UNBLOCKED: self._on_commanded_unblock,
        }[each.what]
        return lambda _: reaction(each)

    def _policy(self, at: datetime) -> Policy:
        """By the tags that the channel had then: the newest known, or else the first ones.

        The outcome of a decision, which has the tags that it was made on, comes a moment later.
        """
        if not self._tags:
            return self._policy_of({})
        return self._policy_of(
            self._tags[max(bisect_right(self._times, at + _ANSWERED_WITHIN) - 1, 0)][1]
        )

    # What IVS reports.

    def _on_start(self, each: Happened) -> None:
        if each.stream_id in self._begun or each.stream_id in self._over:
            return
        self._begun.add(each.stream_id)
        self._tally.streams += 1
        if self._is_shut:
            # It has no key to begin with.
            self._tally.kept_out += 1
            self._over.add(each.stream_id)
            return
        self._live = _Live(each.stream_id, each.at)
        self._remember_session(each.stream_id, started_at=each.at)
        self._ask_stop(self._question(each, "stream start", "start"), each.at)

    def _on_starvation_start(self, each: Happened) -> None:
        live = self._live
        if live is None or live.stream_id != each.stream_id or live.starving:
            return
        live.starving = True
        cause = f"starving since {each.at.isoformat()}"
        self._ask_stop(self._question(each, "starvation start", cause), each.at)

    def _on_starvation_end(self, each: Happened) -> None:
        if self._live is not None and self._live.stream_id == each.stream_id:
            self._live.starving, self._live.recovered_at = False, each.at

    def _on_end(self, each: Happened) -> None:
        if each.stream_id in self._over:
            return
        self._over.add(each.stream_id)
        self._tally.without_start += each.stream_id not in self._begun
        if self._live is not None and self._live.stream_id == each.stream_id:
            self._live = None
        self._remember_session(each.stream_id, ended_at=each.at)
        if each.stream_id in self._re_keyed:
            return
        self._ask_rotate(self._about_key("stream end", each.at, each.stream_id), each.at)
        if isinstance(self._policy(each.at).rotate, timedelta):
            self._check_key(each.at)

    # What people asked for, or viewers led to: it would be so again.

    def _on_stop_in_log(self, each: Happened) -> None:
        self._remember_stop(each.stream_id, each.then, each.at, by=each.by)

    def _on_commanded_rotation(self, each: Happened) -> None:
        self._made(each.at)

    def _on_commanded_block(self, each: Happened) -> None:
        self._block(each.at)

    def _on_commanded_unblock(self, each: Happened) -> None:
        self._is_shut = False
        self._remember(blocked=None, lockout=None, unblocked_at=each.at)
        self._made(each.at)

    # Streams.

    def _question(self, each: Happened, by: str, cause: str) -> Any:
        return self._rules.stop_types.Question(
            by=by,
            channel_arn=self._of.arn,
            cause=f"{each.stream_id}: {cause}",
            stream_id=each.stream_id,
            since=each.at,
            event_id="",
            reason=by,
        )

    def _ask_stop(self, question: Any, now: datetime) -> None:
        if question.by in _JUDGES_STREAMS and now > self._last:
            # Whether the stream was still live then, the events do not say.
            return
        policy, live = self._policy(now), self._live_fact()
        self._count(calls.ASKED[question.by], now)
        self._count(self._more_calls(question.by), now)
        facts = self._rules.stop_types.Facts(policy, self._known, now, live)
        match self._rules.stop.decide(question, facts):
            case self._rules.stop_types.Wait(due, purpose):
                again = replace(question, by=purpose)
                self._at(due, lambda at: self._ask_stop(again, at))
            case self._rules.stop_types.Stop() as stop if self._live is not None:
                self._stop(stop, question, self._live, now)
            case self._rules.stop_types.Skip(reason) if self._live and _is_observed(policy, reason):
                facts = replace(facts, policy=policy.commanded())
                then = self._rules.stop.decide(question, facts).then
                would = self._stopped(question, self._live, now, then)
                self._tally.stopped_if_enforced.append(would)

    def _more_calls(self, by: str) -> Sequence[str]:
        """What stop_stream reads besides, since it matters here."""
        if by in _JUDGES_STREAMS:
            is_read = self._live is None or (by == "starvation" and self._live.starving)
            return calls.SESSION_READ if is_read else ()
        is_cut = self._known.blocked is not None or self._known.lockout is not None
        return calls.STREAM_READ if is_cut else ()

    def _live_fact(self) -> Any:
        live = self._live
        if live is None:
            return None
        return self._rules.stop_types.Live(
            live.stream_id,
            live.started_at,
            live.starving,
            began=live.started_at,
            recovered_at=live.recovered_at,
        )

    def _stop(self, stop: Any, question: Any, live: _Live, now: datetime) -> None:
        then = "lockout" if stop.then == "rotate" and self._is_key_left() else stop.then
        self._tally.stopped.append(self._stopped(question, live, now, then))
        self._count(calls.STOPPED[then], now)
        self._count(calls.ASKED["verify stop"], now + VERIFY_STOP_AFTER)
        self._remember_stop(live.stream_id, then, now, by="policy")
        if then == "rotate":
            self._rotated(now + KEY_AFTER, "with a stop", calls.ASKED["finish rotation"])
        ended = Happened(now + _ENDS_AFTER, names.STREAM_END, live.stream_id)
        self._at(ended.at, lambda _: self._on_end(ended))
        self._live = None

    def _stopped(self, question: Any, live: _Live, now: datetime, then: str) -> Stopped:
        keeps_out = "block" if self._known.blocked is not None else "lockout"
        limit = _LIMITS.get(question.by, keeps_out)
        return Stopped(self._of.arn, live.stream_id, live.started_at, now, limit, then)

    def _remember_stop(self, stream_id: str, then: str, now: datetime, *, by: str) -> None:
        records = self._rules.records
        stopped = records.Acted(
            cause=f"{stream_id}: stopped at {now.isoformat()}",
            outcome=names.STREAM_STOPPED,
            at=now,
            event_id="",
            stream_id=stream_id,
            detail={"then": then, "by": by},
        )
        self._remember(causes=(*self._known.causes[-1:], stopped))
        if then == "rotate":
            self._re_keyed.add(stream_id)
        elif then == "block":
            self._block(now)
            self._is_shut = by == "policy"
        elif then == "lockout":
            until = now + LOCKOUT
            lockout = records.Lockout(cause=stream_id, until=until, by=by, at=now)
            self._remember(lockout=lockout)

    def _block(self, now: datetime) -> None:
        blocked = self._rules.records.Blocked(command_id="block", issued_at=now)
        self._remember(blocked=blocked, lockout=None)

    # Keys.

    def _about_key(self, by: str, since: datetime, stream_id: str | None = None) -> Any:
        return self._rules.rotate.Question(
            by=by,
            channel_arn=self._of.arn,
            cause=stream_id or f"key {self._keys}: too old",
            stream_id=stream_id,
            since=since,
            event_id="",
            reason=by,
        )

    def _ask_rotate(self, question: Any, now: datetime) -> None:
        policy = self._policy(now)
        self._count(calls.ASKED[question.by], now)
        live = self._live.stream_id if self._live is not None else None
        if question.by == "grace over":
            self._count(calls.SESSION_READ if live is None else (), now)
        is_by_age = isinstance(policy.rotate, timedelta) and question.by != "stream end"
        is_read = is_by_age or self._adopt == "leave"
        self._count(calls.KEY_READ if is_read else (), now)
        rules = self._rules.rotate
        facts = rules.Facts(
            now,
            policy,
            self._known,
            self._adopt,
            None if question.by == "stream end" else live,
            key_arn=self._key_arn if is_read else None,
        )
        match rules.decide(question, facts):
            case rules.Wait(due, _, purpose):
                again = replace(question, by=purpose)
                self._at(due, lambda at: self._ask_rotate(again, at))
            case rules.Rotate():
                because: Because = "by age" if is_by_age else "after a stream"
                self._rotated(now, because, calls.ROTATED)
            case rules.Skip(_, adopt) if adopt is not None:
                self._made(now, delivered=self._adopt == "deliver")
            case rules.Skip(reason) if _is_observed(policy, reason):
                self._tally.rotated_if_enforced += question.by == "grace over"

    @property
    def _key_arn(self) -> str:
        return f"key {self._keys}"

    def _is_key_left(self) -> bool:
        """Whether ivskit did not create the key, and is to leave it."""
        return self._adopt == "leave" and not self._known.made(self._key_arn)

    def _rotated(self, now: datetime, because: Because, made_by: Sequence[str]) -> None:
        self._tally.rotated.append(Rotated(self._of.arn, now, because))
        self._count(made_by, now)
        self._count(calls.ASKED["verify key"], now + VERIFY_KEY_AFTER)
        self._keys += 1
        self._made(now)

    def _made(self, now: datetime, *, delivered: bool = True) -> None:
        key = self._rules.records.Key(arn=self._key_arn, made_at=now, delivered=delivered)
        self._remember(key=key)
        rotate = self._policy(now).rotate
        if isinstance(rotate, timedelta):
            self._check_key(now + rotate)

    def _check_key(self, after: datetime) -> None:
        """Let the next sweep look at the key, which does so where the key is too old by then."""
        seconds = -(-int(after.timestamp() + 1) // _SWEEP) * _SWEEP
        due = datetime.fromtimestamp(seconds, UTC)
        if due <= self._last:
            self._at(due, self._on_sweep)

    def _on_sweep(self, now: datetime) -> None:
        rotate, key = self._policy(now).rotate, self._known.key
        is_old = isinstance(rotate, timedelta) and key is not None and now - key.made_at >= rotate
        if is_old and self._live is None:
            self._ask_rotate(self._about_key("check key", now), now)
            if self._may_reconnect(now):
                # The check leaves the key, compares it with the store, and comes again.
                self._count(calls.KEY_READ, now)
                self._check_key(now)

    def _may_reconnect(self, now: datetime) -> bool:
        session = self._known.session
        ended_at = session.ended_at if session is not None else None
        return ended_at is not None and now < ended_at + self._policy(now).grace

    # Shared.

    def _remember_session(self, stream_id: str, **times: datetime) -> None:
        known = self._known.session
        if known is None or known.stream_id != stream_id:
            known = self._rules.records.Session(stream_id=stream_id)
        self._remember(session=known.model_copy(update=times))

    def _remember(self, **changes: Any) -> None:
        self._known = self._known.model_copy(update=changes)

    def _count(self, operations: Sequence[str], at: datetime) -> None:
        if operations:
            self._tally.call(self._place, operations, at)


def _is_observed(policy: Policy, reason: str) -> bool:
    """Whether it was left only because automation carries out nothing here."""
    return policy.hands_off is not None and reason.startswith(policy.hands_off)
