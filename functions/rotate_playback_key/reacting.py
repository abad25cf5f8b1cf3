"""From a question about the playback key pairs to its outcomes, under their lease."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ivskit import names
from ivskit.automation.command_refusals import objection
from ivskit.automation.keys.store.copies import StoreRefused
from ivskit.automation.memory import Held, LeaseLost, Memory
from ivskit.automation.pause import Pause
from ivskit.automation.playback_records import Playback
from ivskit.automation.record import Why
from ivskit.errors import FROM_BOTOCORE, IvsError
from ivskit.outcomes import Outcome, PlaybackRotationSkipped, WillLookAgain
from ivskit.policy import Policy
from rotate_playback_key.decide import (
    IN_ORDER,
    Cut,
    Decision,
    Facts,
    Listed,
    Question,
    Refuse,
    Repeat,
    Restore,
    Rotate,
    Skip,
    Wait,
    decide,
    due_to_be_deleted,
)
from rotate_playback_key.environment import Environment
from rotate_playback_key.rotation import PairRotation

# How long after its last try an open rotation is tried again.
TRY_AGAIN_AFTER = timedelta(minutes=10)


class Reacting:
    """Decides under the lease of the pairs, and carries the decision out."""

    def __init__(
        self,
        environment: Environment,
        memory: Memory,
        rotation: PairRotation,
        pause: Pause,
        *,
        is_last_try: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._memory = memory
        self._rotation = rotation
        self._pause = pause
        self._is_last_try = is_last_try
        self._clock = clock

    def to(self, question: Question) -> list[Outcome]:
        """The outcomes of the question, and of what else was done under the lease."""
        with self._memory.lease(names.PLAYBACK_ITEM, urgent=question.is_emergency) as held:
            try:
                outcomes = self._answer(question, held)
            except (IvsError, *FROM_BOTOCORE) as error:
                outcomes = self._after_error(held, error)
        return list({each.id: each for each in outcomes}.values())

    def _after_error(self, held: Held, error: Exception) -> list[Outcome]:
        """An open rotation outlives any outage: its record never goes to the dead-letter queue."""
        intent = (held.remembered.playback or Playback()).intent
        if intent is None or isinstance(error, LeaseLost) or not self._is_last_try():
            raise error
        now, why = self._clock(), intent.everybody[0]
        due = now + TRY_AGAIN_AFTER
        self._rotation.look("finish playback rotation", why, due)
        said = why.model_dump() | {"reason": f"no pair could be made yet: {error}"}
        later = WillLookAgain(
            **said, mode="enforce", at=now, purpose="finish playback rotation", due=due
        )
        return [*self._rotation.deleted_so_far(held), later]

    def _answer(self, question: Question, held: Held) -> list[Outcome]:
        if question.by == "late command":
            return [*self._rotation.mend(held), *self._known(question, held)]
        policy = self._policy()
        mended = [] if _overrides(question, held) else self._rotation.mend(held)
        facts = self._facts(question, held, policy)
        deleted: list[Outcome] = []
        due = due_to_be_deleted(facts)
        if due and not question.is_emergency:
            deleted = self._rotation.delete(held, due, facts.pairs)
            facts = self._facts(question, held, policy)
        before = [*mended, *deleted]
        return [*before, *self._carry_out(question, held, facts, is_alone=not before)]

    @staticmethod
    def _known(question: Question, held: Held) -> list[Outcome]:
        return [*held.remembered.answers_to(question.cause, None)]

    def _policy(self) -> Policy:
        policy = self._environment.policy_of({}).model_copy(update={"managed": True})
        return self._pause.over(policy)

    def _facts(self, question: Question, held: Held, policy: Policy) -> Facts:
        verifies = question.by in ("age", "verify playback key")
        return Facts(
            now=self._clock(),
            policy=policy,
            remembered=held.remembered,
            settings=self._environment.playback,
            pairs=self._rotation.pairs(),
            stored=self._rotation.stored() if verifies else None,
        )

    def _carry_out(
        self, question: Question, held: Held, facts: Facts, *, is_alone: bool
    ) -> list[Outcome]:
        decision = decide(question, facts)
        match decision:
            case Rotate():
                return self._rotate(decision, question, held, facts.pairs)
            case Cut(reason, pairs):
                return self._rotation.cut(held, question, pairs, reason=reason)
            case Restore(pair):
                self._rotation.restore(held, pair, cause=question.cause)
                return [self._skipped(question, "the store got the current pair again", facts)]
            case Repeat(outcomes):
                return [*outcomes]
            case _:
                return self._nothing(decision, question, held, facts, is_alone=is_alone)

    def _rotate(
        self, decision: Rotate, question: Question, held: Held, pairs: Sequence[Listed]
    ) -> list[Outcome]:
        try:
            return self._rotation.rotate(
                held, question, pairs, cause=decision.cause, reason=decision.reason
            )
        except StoreRefused as refused:
            is_open = (held.remembered.playback or Playback()).intent is not None
            if is_open or question.command is None:
                raise
            return [self._refuse(question, held, Refuse(f"the pair stays: {refused}"))]

    def _nothing(
        self,
        decision: Decision,
        question: Question,
        held: Held,
        facts: Facts,
        *,
        is_alone: bool,
    ) -> list[Outcome]:
        """The answer where nothing is done."""
        match decision:
            case Refuse():
                return [self._refuse(question, held, decision)]
            case Wait(due, reason, purpose):
                self._rotation.look(purpose, Why(**question.why()), due)
                fields = question.outcome_fields(reason, facts.policy.mode, facts.now)
                return [WillLookAgain(**fields, purpose=purpose, due=due)]
            case Skip(reason) if is_alone and not _is_idle(question, reason):
                return [self._skipped(question, reason, facts)]
            case _:
                return []

    def _refuse(self, question: Question, held: Held, decision: Refuse) -> Outcome:
        mode = self._environment.policy.mode
        refused = objection(question, decision.reason, mode=mode, at=self._clock())
        if decision.is_answer:
            held.write(causes=held.remembered.with_answer(refused))
        return refused

    @staticmethod
    def _skipped(question: Question, reason: str, facts: Facts) -> Outcome:
        fields = question.outcome_fields(reason, facts.policy.mode, facts.now)
        return PlaybackRotationSkipped(**fields)


def _overrides(question: Question, held: Held) -> bool:
    """Whether an emergency cuts what another rotation is about to make, and answers both."""
    intent = (held.remembered.playback or Playback()).intent
    return question.is_emergency and intent is not None and not intent.emergency


def _is_idle(question: Question, reason: str) -> bool:
    """Whether the clock found nothing to do, which nobody needs to read every hour."""
    return question.by == "age" and reason.startswith(("the pair is younger", IN_ORDER))
