"""From a question about a channel's key to its outcomes, under the channel's lease."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ivskit.automation.command_refusals import objection
from ivskit.automation.keys.rotation import PATIENCE, Rotation
from ivskit.automation.keys.store.copies import StoreFails, StoreRefused
from ivskit.automation.memory import Held, LeaseLost, Memory
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.records import Intent
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import FROM_BOTOCORE, IvsError, LeaseHeld, NotFound
from ivskit.outcomes import Outcome, RotationSkipped, StreamKeyNotDelivered, WillLookAgain
from ivskit.policy import WHILE_PAUSED, Policy
from ivskit.policy.values import Mode
from rotate_stream_key.decide import (
    AS_DELIVERED,
    Agree,
    Decision,
    Facts,
    Offer,
    Question,
    Refuse,
    Repeat,
    Restore,
    Rotate,
    Skip,
    Wait,
    decide,
)
from rotate_stream_key.environment import Environment

# How long after its last try an open rotation is tried again.
TRY_AGAIN_AFTER = timedelta(minutes=10)
_BY_PEOPLE = ("command", "late command", "finish rotation")
_BY_AGE = ("grace over", "check key")
# When to look again at a channel whose lease was held at every try.
SHORTLY = timedelta(minutes=1)


class Reacting:
    """Decides under the channel's lease, and carries the decision out."""

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        memory: Memory,
        rotation: Rotation,
        on_channel: OnChannel,
        *,
        is_last_try: Callable[[], bool],
        first_received: Callable[[], datetime],
        clock: Callable[[], datetime],
    ) -> None:
        self._is_last_try = is_last_try
        self._first_received = first_received
        self._environment = environment
        self._ivs = ivs
        self._memory = memory
        self._rotation = rotation
        self._on_channel = on_channel
        self._clock = clock

    def to(self, question: Question) -> list[Outcome]:
        """The outcomes of the question, and of what else was done under the lease."""
        try:
            with self._memory.lease(question.channel_arn) as held:
                try:
                    outcomes = self._answer(question, held)
                except (IvsError, *FROM_BOTOCORE) as error:
                    outcomes = self._after_error(question, held, error)
        except LeaseHeld as error:
            if question.is_command or not self._is_last_try():
                raise
            outcomes = [self._ask_later(question, str(error), SHORTLY)]
        return self._on_channel.look_again(question, outcomes)

    def _after_error(self, question: Question, held: Held, error: Exception) -> list[Outcome]:
        """An open rotation outlives any outage: its record never goes to the dead-letter queue."""
        if isinstance(error, NotFound):
            return [self._gone(question)]
        intent = held.remembered.intent
        if intent is None or isinstance(error, LeaseLost) or not self._is_last_try():
            raise error
        return self._still_open(question, intent, str(error))

    def _still_open(self, question: Question, intent: Intent, error: str) -> list[Outcome]:
        now = self._clock()
        fields = {
            **intent.why().model_dump(),
            "reason": f"no key could be made yet: {error}",
            "channel_arn": question.channel_arn,
            "mode": "enforce",
            "at": now,
        }
        due = now + TRY_AGAIN_AFTER
        return [
            StreamKeyNotDelivered(**fields),
            WillLookAgain(**fields, purpose="finish rotation", due=due),
        ]

    def _ask_later(self, question: Question, reason: str, after: timedelta) -> Outcome:
        now = self._clock()
        fields = question.outcome_fields(reason, "enforce", now)
        return WillLookAgain(**fields, purpose=_anew(question), due=now + after)

    def _answer(self, question: Question, held: Held) -> list[Outcome]:
        answer = self._at_once(question, held)
        if answer:
            return answer
        channel = self._on_channel.find(question.channel_arn, held)
        if channel is None:
            return [self._gone(question)]
        # Before anything else: a channel must not stay without the key that it is owed.
        mended = self._rotation.mend(held, channel)
        if question.by == "late command" or (mended and question.by == "finish rotation"):
            return [*mended, *self._known(question, held)]
        policy = self._on_channel.policy(question, channel, held)
        decision = self._decide(question, held, policy)
        adopted = self._adopt(decision, question, held, channel, policy.mode)
        if isinstance(decision, Rotate | Restore | Agree | Offer):
            done = self._act(decision, question, held, channel)
        else:
            done = [self._answer_to(decision, question, held, policy.mode)]
        occasion = f"{question.by}: {question.cause}"
        invalid = self._on_channel.invalid_tags(question, occasion, held, policy)
        return [*mended, *invalid, *adopted, *done]

    @staticmethod
    def _known(question: Question, held: Held) -> list[Outcome]:
        """The answer that a late command got before, if any."""
        if question.by != "late command":
            return []
        known = held.remembered.answer_to(question.cause, question.channel_arn)
        return [] if known is None else [known]

    def _at_once(self, question: Question, held: Held) -> list[Outcome]:
        """The answer where it does not take the channel's configuration."""
        remembered, mode = held.remembered, self._environment.policy.mode
        match question.by:
            case "verify key" if self._is_as_delivered(question, held):
                return [self._skipped(question, AS_DELIVERED, mode)]
            case "finish rotation" if remembered.intent and remembered.intent.ingest_endpoint:
                return self._rotation.finish(held, question.channel_arn)
            case "stream end":
                self._note(question, held)
                known = remembered.answer_to(question.cause, question.channel_arn)
                if known is not None:
                    return [known]
                if remembered.intent is not None and remembered.intent.cause == question.cause:
                    return [self._skipped(question, "a stop already replaces the key", mode)]
        return []

    def _gone(self, question: Question) -> Outcome:
        return self._on_channel.gone(question, RotationSkipped, is_command=question.is_command)

    def _is_as_delivered(self, question: Question, held: Held) -> bool:
        remembered = held.remembered
        if remembered.intent is not None:
            return False
        return self._rotation.key_is_there(question.channel_arn, remembered.key)

    def _adopt(
        self, decision: Decision, question: Question, held: Held, channel: Channel, mode: Mode
    ) -> list[Outcome]:
        """Adopt a key that ivskit did not create and sees for the first time."""
        if not isinstance(decision, Skip) or decision.adopt is None:
            return []
        if mode == "observe":
            self._rotation.remember(held, decision.adopt)
            return []
        cause = f"{question.cause}: key met"
        met = self._rotation.agree(held, channel, cause=cause, event_id=question.event_id)
        return [met] if met is not None else []

    @staticmethod
    def _note(question: Question, held: Held) -> None:
        """Note the end of the session, or the sweep would re-emit it."""
        if question.by == "stream end" and question.stream_id is not None:
            held.note(
                session=held.remembered.with_session(question.stream_id, ended_at=question.since)
            )

    def _decide(self, question: Question, held: Held, policy: Policy) -> Decision:
        adopt = self._environment.keys.adopt
        facts = Facts(self._clock(), policy, held.remembered, adopt=adopt)
        if question.by == "verify key":
            there = self._rotation.key_is_there(question.channel_arn, held.remembered.key)
            facts = replace(facts, key_is_there=there)
        elif question.by not in ("stream end", "finish rotation"):
            live = self._ivs.streams.live_stream_id(question.channel_arn)
            facts = replace(facts, live_stream_id=live)
        facts = replace(facts, key_arn=self._current_key_arn(question, facts))
        return decide(question, facts)

    def _current_key_arn(self, question: Question, facts: Facts) -> str | None:
        """The channel's key, read only where it matters that ivskit may not have created it."""
        by_age = isinstance(facts.policy.rotate, timedelta) and question.by in _BY_AGE
        if question.by in _BY_PEOPLE or not (by_age or facts.adopt == "leave"):
            return None
        key = self._ivs.stream_keys.of(question.channel_arn)
        return key.arn if key else None

    def _answer_to(
        self,
        decision: Wait | Repeat | Refuse | Skip,
        question: Question,
        held: Held,
        mode: Mode,
    ) -> Outcome:
        """The answer where nothing is done."""
        match decision:
            case Wait(due, reason, purpose):
                fields = question.outcome_fields(reason, mode, self._clock())
                return WillLookAgain(**fields, purpose=purpose, due=due)
            case Repeat(outcome):
                return outcome
            case Refuse(reason, is_answer):
                return self._refuse(question, held, reason, mode, is_answer=is_answer)
            case Skip(reason):
                return self._skip(question, held, reason, mode)

    def _act(
        self,
        decision: Rotate | Restore | Agree | Offer,
        question: Question,
        held: Held,
        channel: Channel,
    ) -> list[Outcome]:
        intent = Intent(**question.why(), at=self._clock())
        why = {"cause": question.cause, "event_id": question.event_id}
        match decision:
            case Rotate():
                return self._rotate(question, held, channel, intent)
            case Restore(reason):
                lost = {"cause": f"{question.cause}: key lost", "reason": reason}
                return self._rotation.restore(held, channel, intent.model_copy(update=lost))
            case Agree():
                done = self._rotation.agree(held, channel, **why)
            case Offer():
                done = self._rotation.offer(held, channel, **why)
        return [done or self._skipped(question, "key, memory and store agree", "enforce")]

    def _rotate(
        self, question: Question, held: Held, channel: Channel, intent: Intent
    ) -> list[Outcome]:
        try:
            return self._rotation.rotate(held, channel, intent)
        except StoreRefused as refused:
            return [self._unstored(question, held, refused)]
        except StoreFails as failure:
            if self._clock() - self._first_received() < PATIENCE:
                raise
            if question.is_command:
                return [self._unstored(question, held, failure)]
            return [self._ask_later(question, str(failure), WHILE_PAUSED)]

    def _unstored(
        self, question: Question, held: Held, error: StoreRefused | StoreFails
    ) -> Outcome:
        reason = f"the key stays, since a new one could not be delivered: {error}"
        if question.is_command:
            return self._refuse(question, held, reason, "enforce")
        return self._skipped(question, reason, "enforce")

    def _refuse(
        self, question: Question, held: Held, reason: str, mode: Mode, *, is_answer: bool = True
    ) -> Outcome:
        refused = objection(question, reason, mode=mode, at=self._clock())
        if is_answer:
            held.write(causes=held.remembered.with_answer(refused))
        return refused

    def _skip(self, question: Question, held: Held, reason: str, mode: Mode) -> Outcome:
        skipped = self._skipped(question, reason, mode)
        if question.is_command:
            # A person is answered once: the same command read twice must not act later.
            held.write(causes=held.remembered.with_answer(skipped))
        return skipped

    def _skipped(self, question: Question, reason: str, mode: Mode) -> Outcome:
        return RotationSkipped(**question.outcome_fields(reason, mode, self._clock()))


def _anew(question: Question) -> str:
    """The purpose of looking again with the same question."""
    return "grace over" if question.by == "stream end" else question.by
