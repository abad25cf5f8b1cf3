"""From a question about a channel's stream to what was done about it, alone on the channel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ivskit import bad_tags
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import NotFound, Refused, Unavailable
from ivskit.look_again import LookAgains
from ivskit.memory import Held, Memory
from ivskit.outcomes import ChannelUnblocked, Outcome, StreamBack, StreamKept, WillLookAgain
from ivskit.pause import Pause
from ivskit.policy import Policy
from ivskit.policy_tags import is_blocked
from ivskit.refusals import objection
from ivskit.remembered import Blocked, Stopping
from stop_stream.decide import (
    VERIFY_BLOCK,
    VERIFY_KICK,
    VERIFY_STOP,
    Back,
    Decision,
    Facts,
    Keep,
    Refuse,
    Repeat,
    Request,
    Stop,
    Unblock,
    Wait,
    decide,
)
from stop_stream.environment import Environment
from stop_stream.live import live_session, past_sessions
from stop_stream.stopping import Stopper


class Reacting:
    """Decides under the channel's lease, and has it carried out.

    What a person wants ended ends first; only then is what others left half done finished.
    """

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        memory: Memory,
        stopper: Stopper,
        look_agains: LookAgains,
        pause: Pause,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._ivs = ivs
        self._memory = memory
        self._stopper = stopper
        self._look_agains = look_agains
        self._pause = pause
        self._clock = clock

    def to(self, request: Request) -> list[Outcome]:
        """What was done about it, and what else the lease was used for."""
        with self._memory.lease(request.channel_arn, urgent=request.is_command) as held:
            outcomes = self._answer(request, held)
        for outcome in outcomes:
            if isinstance(outcome, WillLookAgain):
                # Not before the lease is free: what is due already comes back at once.
                look = request.again(outcome.purpose, outcome.due)
                self._look_agains.ask(look, now=self._clock())
        return list({each.id: each for each in outcomes}.values())

    def _answer(self, request: Request, held: Held) -> list[Outcome]:
        channel = self._ivs.channels.find(request.channel_arn)
        if channel is None:
            return [self._gone(request)]
        held.adopt_block(is_tagged=is_blocked(channel.tags))
        if request.by != "unblock":  # which makes the key that a channel without a block needs
            held.drop_block(is_tagged=is_blocked(channel.tags))
        policy = self._pause.over(self._environment.policy_of(channel.tags))
        is_ours = held.remembered.stopping and held.remembered.stopping.cause == request.cause
        if request.is_urgent and not is_ours:
            decision = self._decide(request, held, policy)
            if isinstance(decision, Stop):
                done = self._carry_out(decision, request, held, channel, policy)
                return [*self._reports(request, held, policy), *done]
        return self._after_what_is_open(request, held, channel, policy)

    def _after_what_is_open(
        self, request: Request, held: Held, channel: Channel, policy: Policy
    ) -> list[Outcome]:
        finished = [] if self._is_lifted(request, held) else self._stopper.finish(held, channel)
        if request.is_late:
            known = held.remembered.answers_to(request.cause, request.channel_arn)
            return [*finished, *known]
        self._note(request, held, policy)
        decision = self._decide(request, held, policy)
        done = self._carry_out(decision, request, held, channel, policy)
        return [*finished, *self._reports(request, held, policy), *done]

    @staticmethod
    def _is_lifted(request: Request, held: Held) -> bool:
        """Whether an open block is about to be lifted: it is not finished first."""
        stopping = held.remembered.stopping
        return request.by == "unblock" and stopping is not None and stopping.then == "block"

    def _gone(self, request: Request) -> Outcome:
        """What is remembered stays: ids are never reused, and IVS may err for a moment."""
        reason, mode = "there is no such channel", self._environment.policy.mode
        if not request.is_command:
            return StreamKept(**request.told(reason, mode, self._clock()))
        try:
            self._ivs.streams.get(request.channel_arn)
        except NotFound:
            return objection(request, reason, mode=mode, at=self._clock())
        raise Unavailable("IVS knows the channel in one place, and not in another")

    def _note(self, request: Request, held: Held, policy: Policy) -> None:
        """The sweep re-emits the start of a session that no function has seen.

        On a channel that is not managed nothing was seen: it may be managed before the session
        ends.
        """
        if policy.managed and request.by == "stream start" and request.stream_id is not None:
            session = held.remembered.heard(request.stream_id, started_at=request.since)
            held.note(session=session)

    def _decide(self, request: Request, held: Held, policy: Policy) -> Decision:
        live = live_session(self._ivs, request)
        remembered = held.remembered
        past = past_sessions(
            self._ivs,
            request,
            live,
            was_stopped=lambda stream_id: remembered.stop_of(stream_id) is not None,
        )
        facts = Facts(policy, remembered, self._clock(), live, past, self._has_key(request, held))
        return decide(request, facts)

    def _has_key(self, request: Request, held: Held) -> bool:
        """Asked where the channel is blocked, and somebody may have made a key since."""
        if held.remembered.blocked is None or request.by not in (VERIFY_BLOCK, VERIFY_STOP):
            return False
        return self._ivs.stream_keys.of(request.channel_arn) is not None

    def _carry_out(
        self, decision: Decision, request: Request, held: Held, channel: Channel, policy: Policy
    ) -> list[Outcome]:
        match decision:
            case Stop():
                return self._stop(self._sparing(decision, request, held), request, held, channel)
            case Unblock():
                unblocked = ChannelUnblocked(
                    **request.told(request.reason, "enforce", self._clock())
                )
                return self._stopper.unblock(held, channel, unblocked, issued_at=request.since)
            case Repeat(outcomes):
                return [*outcomes]
            case Refuse(reason, is_answer):
                refused = objection(request, reason, mode=policy.mode, at=self._clock())
                if is_answer:
                    held.write(causes=held.remembered.with_answer(refused))
                return [refused]
        return [self._left_alone(decision, request, held, channel, policy)]

    def _left_alone(
        self,
        decision: Keep | Back | Wait,
        request: Request,
        held: Held,
        channel: Channel,
        policy: Policy,
    ) -> Outcome:
        told = request.told(decision.reason, policy.mode, self._clock())
        match decision:
            case Wait(due, purpose, _):
                return WillLookAgain(**told, purpose=purpose, due=due)
            case Back():
                return StreamBack(**told)
            case Keep():
                if held.remembered.blocked is not None and policy.hands_off is None:
                    self._stopper.tag_as_blocked(channel)
                return self._answered(request, held, StreamKept(**told))

    def _sparing(self, stop: Stop, request: Request, held: Held) -> Stop:
        """The stop, without a new key where somebody else made the key and it is to be left."""
        asked = request.is_command and request.then == "rotate"
        if stop.then != "rotate" or asked or self._environment.keys.adopt != "leave":
            return stop
        return replace(stop, then="lockout") if self._may_be_theirs(request, held) else stop

    def _may_be_theirs(self, request: Request, held: Held) -> bool:
        """Whether somebody else made the key, or IVS cannot say: the cut waits for no answer."""
        try:
            key = self._ivs.stream_keys.of(request.channel_arn)
        except (Refused, Unavailable):
            return True
        return key is not None and not held.remembered.made(key.arn)

    def _stop(self, stop: Stop, request: Request, held: Held, channel: Channel) -> list[Outcome]:
        is_kick = stop.then == "kick" and request.by != VERIFY_STOP
        why = {"cause": _cause(stop, request), "reason": stop.reason, "stream_id": stop.stream_id}
        stopping = Stopping(
            **request.why() | why,
            at=self._clock(),
            then=stop.then,
            by="command" if request.is_command else "policy",
            again=stop.again,
            verify=VERIFY_KICK if is_kick else VERIFY_STOP,
        )
        blocked = self._block(stop, request, held)
        done = self._stopper.stop(held, channel, stopping, blocked=blocked)
        reason = "the channel is blocked, and has no key any more"
        return done or [StreamKept(**request.told(reason, "enforce", self._clock()))]

    def _block(self, stop: Stop, request: Request, held: Held) -> Blocked | None:
        """What is to block the channel; a channel that is blocked is so by what blocked it."""
        if stop.then != "block":
            return None
        asked = request.by == "block" or (request.by == "stop" and request.then == "block")
        if held.remembered.blocked is not None and not asked:
            return None
        issued_at = request.since if request.is_command else self._clock()
        return Blocked(command_id=request.cause, issued_at=issued_at, forced=request.is_forced)

    def _answered(self, request: Request, held: Held, answer: Outcome) -> Outcome:
        """A person is answered once: the same command read twice must not act the second time."""
        if request.is_command:
            causes = held.remembered.with_answer(answer)
            held.write(causes=causes, unblocked_at=self._unblocked_at(request, held))
        return answer

    @staticmethod
    def _unblocked_at(request: Request, held: Held) -> datetime | None:
        """When the channel was unblocked last: a block that is older must not act any more."""
        known = held.remembered.unblocked_at
        if request.by != "unblock":
            return known
        return request.since if known is None else max(known, request.since)

    def _reports(self, request: Request, held: Held, policy: Policy) -> list[Any]:
        told = request.told("", policy.mode, self._clock())
        occasion = f"{request.by}: {request.cause}"
        return bad_tags.report(held, policy, occasion=occasion, told=told)


def _cause(stop: Stop, request: Request) -> str:
    """A look at one session that stops another is a cause of its own; a command stays one."""
    if request.is_command or None in (stop.stream_id, request.stream_id):
        return request.cause
    is_other = stop.stream_id != request.stream_id
    return f"{request.cause}: {stop.stream_id}" if is_other else request.cause
