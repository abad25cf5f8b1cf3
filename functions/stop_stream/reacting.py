"""From a question about a channel's stream to its outcomes, under the channel's lease."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ivskit.automation.command_refusals import objection
from ivskit.automation.memory import Held, Memory
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.records import Blocked, Stopping
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.commands import TakeDown
from ivskit.errors import Refused, Unavailable
from ivskit.outcomes import ChannelUnblocked, Outcome, StopSkipped, StreamBack, WillLookAgain
from ivskit.policy import Policy
from stop_stream.decide import decide
from stop_stream.decisions import (
    Back,
    Decision,
    Facts,
    Question,
    Refuse,
    Repeat,
    Skip,
    Stop,
    Unblock,
    Wait,
)
from stop_stream.environment import Environment
from stop_stream.live import live_session, past_sessions
from stop_stream.stopping import Stopper


class Reacting:
    """Decides under the channel's lease, and carries the decision out.

    A person's stop comes first; only then are open stops of other invocations finished.
    """

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        memory: Memory,
        stopper: Stopper,
        on_channel: OnChannel,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._ivs = ivs
        self._memory = memory
        self._stopper = stopper
        self._on_channel = on_channel
        self._clock = clock

    def to(self, question: Question) -> list[Outcome]:
        """The outcomes of the question, and of what else was done under the lease."""
        with self._memory.lease(question.channel_arn, urgent=question.is_command) as held:
            outcomes = self._answer(question, held)
        return self._on_channel.look_again(question, outcomes)

    def _answer(self, question: Question, held: Held) -> list[Outcome]:
        # An unblock asks for the key that the channel then needs.
        ends_block = question.by != "unblock"
        channel = self._on_channel.find(question.channel_arn, held, ends_block=ends_block)
        if channel is None:
            return [self._on_channel.gone(question, StopSkipped, is_command=question.is_command)]
        policy = self._on_channel.policy(question, channel, held)
        decision: Decision | None = self._urgent_stop(question, held, policy)
        finished: list[Outcome] = []
        if decision is None:
            is_lifted = self._is_lifted(question, held)
            finished = [] if is_lifted else self._stopper.finish(held, channel)
            if any(_is_of(one, question) for one in finished):
                # The retry of what died: the answer needs no look at what is live.
                return finished
            if question.is_late:
                known = held.remembered.answers_to(question.cause, question.channel_arn)
                return [*finished, *known]
            self._note(question, held, policy)
            decision = self._decide(question, held, policy)
        done = self._carry_out(decision, question, held, channel, policy)
        occasion = f"{question.by}: {question.cause}"
        invalid = self._on_channel.invalid_tags(question, occasion, held, policy)
        return [*finished, *invalid, *done]

    def _urgent_stop(self, question: Question, held: Held, policy: Policy) -> Stop | None:
        """A person's stop, which comes before open stops of other invocations."""
        stopping = held.remembered.stopping
        is_open = stopping is not None and stopping.cause == question.cause
        if not question.is_urgent or is_open:
            return None
        decision = self._decide(question, held, policy)
        return decision if isinstance(decision, Stop) else None

    @staticmethod
    def _is_lifted(question: Question, held: Held) -> bool:
        """Whether an open block is about to be lifted, and so need not be finished."""
        stopping = held.remembered.stopping
        return question.by == "unblock" and stopping is not None and stopping.then == "block"

    def _note(self, question: Question, held: Held, policy: Policy) -> None:
        """Note the start of the session, or the sweep would re-emit it.

        Not on an unmanaged channel, which may become managed before the session ends.
        """
        if policy.managed and question.by == "stream start" and question.stream_id is not None:
            session = held.remembered.with_session(question.stream_id, started_at=question.since)
            held.note(session=session)

    def _decide(self, question: Question, held: Held, policy: Policy) -> Decision:
        remembered = held.remembered
        is_cut = remembered.blocked is not None or remembered.lockout is not None
        # A start is judged by its time alone, unless whatever is live is to be cut.
        live = live_session(self._ivs, question) if is_cut or not question.is_start else None
        past = past_sessions(
            self._ivs,
            question,
            live,
            was_stopped=remembered.has_stopped,
        )
        facts = Facts(policy, remembered, self._clock(), live, past, self._has_key(question, held))
        return decide(question, facts)

    def _has_key(self, question: Question, held: Held) -> bool:
        """Whether a blocked channel has a key, which a person may have created since."""
        if held.remembered.blocked is None or question.by not in ("verify block", "verify stop"):
            return False
        return self._ivs.stream_keys.of(question.channel_arn) is not None

    def _carry_out(
        self, decision: Decision, question: Question, held: Held, channel: Channel, policy: Policy
    ) -> list[Outcome]:
        match decision:
            case Stop():
                stop = self._sparing(decision, question, held)
                stopping, blocked = (
                    self._stopping(stop, question),
                    self._block(stop, question, held),
                )
                done = self._stopper.stop(held, channel, stopping, blocked=blocked)
                # With an open stop, what it answers may be all that is in `done`.
                own = (stopping.cause, f"{stopping.cause}: block")
                is_answered = any(one.cause in own for one in done)
                return done if is_answered else [*done, self._is_shut(question)]
            case Unblock():
                fields = question.outcome_fields(question.reason, "enforce", self._clock())
                unblocked = ChannelUnblocked(**fields)
                return self._stopper.unblock(held, channel, unblocked, issued_at=question.since)
            case Repeat(outcomes):
                return [*outcomes]
            case Refuse(reason, is_answer):
                refused = objection(question, reason, mode=policy.mode, at=self._clock())
                if is_answer:
                    held.write(causes=held.remembered.with_answer(refused))
                return [refused]
        return [self._left_alone(decision, question, held, channel, policy)]

    def _left_alone(
        self,
        decision: Skip | Back | Wait,
        question: Question,
        held: Held,
        channel: Channel,
        policy: Policy,
    ) -> Outcome:
        fields = question.outcome_fields(decision.reason, policy.mode, self._clock())
        match decision:
            case Wait(due, purpose, _):
                return WillLookAgain(**fields, purpose=purpose, due=due)
            case Back():
                return StreamBack(**fields)
            case Skip():
                if held.remembered.blocked is not None and policy.hands_off is None:
                    self._stopper.tag_as_blocked(channel)
                return self._answered(question, held, StopSkipped(**fields))

    def _sparing(self, stop: Stop, question: Question, held: Held) -> Stop:
        """The stop, without a new key where ivskit did not create the key and is to leave it."""
        asked = question.is_command and question.then == "rotate"
        if stop.then != "rotate" or asked or self._environment.keys.adopt != "leave":
            return stop
        return replace(stop, then="lockout") if self._may_be_theirs(question, held) else stop

    def _may_be_theirs(self, question: Question, held: Held) -> bool:
        """Whether ivskit may not have created the key; the cut does not wait for IVS to answer."""
        try:
            key = self._ivs.stream_keys.of(question.channel_arn)
        except (Refused, Unavailable):
            return True
        return key is not None and not held.remembered.made(key.arn)

    def _stopping(self, stop: Stop, question: Question) -> Stopping:
        is_kick = stop.then == "kick" and question.by != "verify stop"
        why = {"cause": _cause(stop, question), "reason": stop.reason, "stream_id": stop.stream_id}
        return Stopping(
            **question.why() | why,
            at=self._clock(),
            then=stop.then,
            by="command" if question.is_command else "policy",
            again=stop.again,
            verify="verify kick" if is_kick else "verify stop",
        )

    def _is_shut(self, question: Question) -> Outcome:
        reason = "the channel is blocked, and has no key any more"
        return StopSkipped(**question.outcome_fields(reason, "enforce", self._clock()))

    def _block(self, stop: Stop, question: Question, held: Held) -> Blocked | None:
        """What blocks the channel from now on; None where an earlier block stays."""
        if stop.then != "block":
            return None
        asked = question.by == "block" or (question.by == "stop" and question.then == "block")
        if held.remembered.blocked is not None and not asked:
            return None
        issued_at = question.since if question.is_command else self._clock()
        return Blocked(
            command_id=question.cause,
            issued_at=issued_at,
            forced=question.is_forced,
            taken_down=isinstance(question.command, TakeDown),
        )

    def _answered(self, question: Question, held: Held, answer: Outcome) -> Outcome:
        """Remember the answer to a command: read twice, it must not act the second time."""
        if question.command is not None:
            command = question.command.detail_type
            causes = held.remembered.with_answer(answer, command=command)
            held.write(causes=causes, unblocked_at=self._unblocked_at(question, held))
        return answer

    @staticmethod
    def _unblocked_at(question: Question, held: Held) -> datetime | None:
        """When the channel was last unblocked: an older block must not act any more."""
        known = held.remembered.unblocked_at
        if question.by != "unblock":
            return known
        return question.since if known is None else max(known, question.since)


def _is_of(outcome: Outcome, question: Question) -> bool:
    """Whether it answers the command of this message, and no other under the same id."""
    causes = (question.cause, f"{question.cause}: block")
    is_its_own = outcome.event_id == question.event_id and outcome.cause in causes
    return question.is_command and is_its_own


def _cause(stop: Stop, question: Question) -> str:
    """A look at one session that stops another is a new cause; a command is always one."""
    if question.is_command or None in (stop.stream_id, question.stream_id):
        return question.cause
    is_other = stop.stream_id != question.stream_id
    return f"{question.cause}: {stop.stream_id}" if is_other else question.cause
