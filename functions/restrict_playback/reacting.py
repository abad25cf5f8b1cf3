"""From a question about the restriction of a channel to its outcomes, under the channel's lease."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit.automation.command_refusals import objection
from ivskit.automation.memory import Held, Memory
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.messages.sweep import Sweep
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.restriction_records import Answered, Changing, Restricted
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import Conflict, Unavailable
from ivskit.outcomes import (
    Outcome,
    PlaybackRestricted,
    PlaybackRestrictionLifted,
    PlaybackRestrictionPostponed,
    PlaybackRestrictionSkipped,
    RestrictionPolicyDeleted,
    parse_outcome,
)
from ivskit.policy import Policy
from restrict_playback.decide import (
    Change,
    Facts,
    Listed,
    Question,
    Refuse,
    Repeat,
    Skip,
    decide,
)
from restrict_playback.environment import Environment
from restrict_playback.policies import RestrictionPolicies

# How often a change is tried again that waits for the end of a stream, should its event be missed.
WAITING = timedelta(minutes=30)
# How long a stream takes to start, or to end.
STARTING = timedelta(seconds=15)
_FROM_NEXT_START = "the channel is live, and IVS changes no live channel: from the next start"
_SUPERSEDED = "a newer command changed the restriction before this was done"


class Reacting:
    """Decides under the lease of the channel and of the region's policies, and carries it out."""

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        memory: Memory,
        policies: RestrictionPolicies,
        on_channel: OnChannel,
        look_agains: LookAgains,
        *,
        first_received: Callable[[], datetime],
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._ivs = ivs
        self._memory = memory
        self._policies = policies
        self._on_channel = on_channel
        self._look_agains = look_agains
        self._first_received = first_received
        self._clock = clock

    def to(self, question: Question) -> list[Outcome]:
        """The outcomes of the question."""
        if question.by == "stream end" and not self._waits(question.channel_arn):
            return []
        with self._memory.lease(question.channel_arn) as held:
            outcomes = self._answer(question, held)
        return self._on_channel.look_again(question, outcomes)

    def tidy(self, sweep: Sweep, policy: Policy) -> list[Outcome]:
        """Delete the policies that no channel uses any more, as after a channel was deleted.

        Also where ivskit only observes, since that changes no channel.
        """
        if policy.paused is not None:
            return []
        with self._memory.lease(names.RESTRICTIONS_ITEM, urgent=True):
            gone = self._policies.tidy(self._policies.listed())
        why = {"cause": sweep.id, "event_id": sweep.id}
        return self._deleted(why, gone)

    def _waits(self, channel_arn: str) -> bool:
        """Whether a change waits for the end of the stream; most streams end without one."""
        known = self._memory.recall([channel_arn]).get(channel_arn)
        restricted = known.restricted if known is not None else None
        return restricted is not None and restricted.changing is not None

    def _answer(self, question: Question, held: Held) -> list[Outcome]:
        channel = self._on_channel.find(question.channel_arn, held)
        if channel is None:
            return [
                self._on_channel.gone(
                    question, PlaybackRestrictionSkipped, is_command=question.is_command
                )
            ]
        policy = self._on_channel.policy(question, channel, held)
        known = _known(held)
        if question.is_late and (known.changing is None or known.changing.cause != question.cause):
            return _repeated(known.answers_to(question.cause))
        with self._memory.lease(names.RESTRICTIONS_ITEM, urgent=True):
            facts = Facts(
                now=self._clock(),
                policy=policy,
                known=known,
                named=self._environment.restrictions.policies,
                listed=self._policies.listed(),
                attached=channel.playback_restriction_policy_arn,
                private=bool(channel.authorized),
            )
            outcomes = self._carry_out(question, held, channel, facts)
        occasion = f"{question.by}: {question.cause}"
        invalid = self._on_channel.invalid_tags(question, occasion, held, policy)
        return [*invalid, *outcomes]

    def _carry_out(
        self, question: Question, held: Held, channel: Channel, facts: Facts
    ) -> list[Outcome]:
        decision = decide(question, facts)
        match decision:
            case Change(changing):
                return self._change(changing, question, held, channel, facts)
            case Refuse(reason):
                refused = self._refused(question, reason, facts)
                self._note(held, refused)
                return [refused]
            case Skip():
                return self._skip(decision, question, held, facts)
            case Repeat(answers):
                return _repeated(answers)

    # Leave it.

    def _refused(self, question: Question, reason: str, facts: Facts) -> Outcome:
        """The report on a take-down says what failed of it; the command itself is not refused."""
        if question.is_part:
            return self._skipped(question, reason, facts)
        mode = self._environment.policy.mode
        return objection(question, reason, mode=mode, at=self._clock())

    def _skip(self, decision: Skip, question: Question, held: Held, facts: Facts) -> list[Outcome]:
        """Say why, once for the same tags and reason."""
        known = _known(held)
        declined = None if decision.of_tags is None else (decision.of_tags, decision.reason)
        if question.is_command:
            skipped = self._skipped(question, decision.reason, facts)
            # An older command that comes later must not act any more.
            changes = {"commanded_at": question.since, "answers": known.with_answers(skipped)}
            held.write(restricted=known.model_copy(update=changes))
            return [skipped]
        is_news = declined is not None and declined != known.declined
        outcomes = [self._skipped(question, decision.reason, facts)] if is_news else []
        if declined != known.declined or known.changing is not None:
            answers = known.with_answers(*outcomes)
            changes = {"declined": declined, "changing": None, "answers": answers}
            held.write(restricted=known.model_copy(update=changes))
        return outcomes

    def _skipped(self, question: Question, reason: str, facts: Facts) -> Outcome:
        fields = question.outcome_fields(reason, facts.policy.mode, facts.now)
        return PlaybackRestrictionSkipped(**fields)

    @staticmethod
    def _note(held: Held, *outcomes: Outcome) -> None:
        known = _known(held)
        answers = known.with_answers(*outcomes)
        held.write(restricted=known.model_copy(update={"answers": answers}))

    # Change it.

    def _change(
        self, changing: Changing, question: Question, held: Held, channel: Channel, facts: Facts
    ) -> list[Outcome]:
        """Carry the change out, or leave it open until the stream ends."""
        superseded = self._open(changing, question, held, facts)
        if self._ivs.streams.get(channel.arn) is not None:
            return [*superseded, self._postponed(changing, held, channel.arn)]
        try:
            done = self._done(changing, held, channel, facts)
        except Conflict as error:
            # An encoder that is cut again and again is starting nearly all the time.
            if self._clock() - self._first_received() >= STARTING:
                return [*superseded, self._postponed(changing, held, channel.arn)]
            raise Unavailable(f"the channel is just starting, or just ending: {error}") from error
        return [*superseded, *done]

    def _open(
        self, changing: Changing, question: Question, held: Held, facts: Facts
    ) -> list[Outcome]:
        known = _known(held)
        former = known.changing
        if former == changing:
            return []
        superseded: list[Outcome] = []
        if former is not None and former.cause != changing.cause:
            fields = self._fields(former, question.channel_arn) | {"reason": _SUPERSEDED}
            superseded = [PlaybackRestrictionSkipped(**fields)]
        changes: dict[str, Any] = {"changing": changing, "declined": None}
        if question.is_command:
            changes["commanded_at"] = question.since
        if facts.is_theirs:
            changes["former"] = facts.attached
        if changing.taken_down and not known.taken_down and known.by == "command":
            changes["beneath"] = known.content
        changes["answers"] = known.with_answers(*superseded)
        held.write(restricted=known.model_copy(update=changes))
        return superseded

    def _postponed(self, changing: Changing, held: Held, channel_arn: str) -> Outcome:
        now = self._clock()
        look = LookAgain(
            channel_arn=channel_arn,
            purpose="change restriction",
            cause=changing.cause,
            since=changing.at,
            due=now + WAITING,
            event_id=changing.event_id,
        )
        self._look_agains.ask(look, now=now)
        why = self._fields(changing, channel_arn)
        why["reason"] = f"{changing.reason}; {_FROM_NEXT_START}"
        return PlaybackRestrictionPostponed(**why)

    def _done(
        self, changing: Changing, held: Held, channel: Channel, facts: Facts
    ) -> list[Outcome]:
        listed, attached = facts.listed, channel.playback_restriction_policy_arn
        gone = self._policies.tidy(listed) if _is_full(changing, facts) else []
        listed = [each for each in listed if each.arn not in gone]
        arn = self._target(changing, held, listed)
        if (arn or None) != attached:
            self._policies.attach(channel.arn, arn)
        left = [each for each in listed if each.arn != arn]
        gone = [*gone, *self._policies.tidy(left)]
        known = _known(held)
        if known.policy_arn not in {None, arn, *(each.arn for each in facts.listed)}:
            # An invocation that died had deleted it.
            gone = [*gone, known.policy_arn or ""]
        done = self._outcome(changing, channel.arn, arn)
        deleted = self._deleted(changing.why().model_dump(), gone)
        held.write(
            restricted=known.model_copy(
                update={
                    "by": changing.by if changing.wanted is not None else None,
                    "content": changing.wanted,
                    "policy_arn": arn if changing.wanted is not None else None,
                    "former": known.former if changing.wanted is not None else None,
                    "taken_down": changing.taken_down,
                    "beneath": known.beneath if changing.taken_down else None,
                    "changing": None,
                    "answers": known.with_answers(done, *deleted),
                }
            )
        )
        return [done, *deleted]

    def _target(self, changing: Changing, held: Held, listed: Sequence[Listed]) -> str:
        """The policy to attach: of ours, or the one that was there before; empty for none."""
        if changing.wanted is not None:
            return self._policies.with_content(changing.wanted, listed)
        former = _known(held).former
        return former if former in {each.arn for each in listed} and former else ""

    def _outcome(self, changing: Changing, channel_arn: str, arn: str) -> Outcome:
        fields = {**self._fields(changing, channel_arn), "by": changing.by}
        wanted = changing.wanted
        if wanted is None:
            return PlaybackRestrictionLifted(**fields, policy_arn=arn or None)
        return PlaybackRestricted(**fields, policy_arn=arn, **wanted.model_dump())

    def _fields(self, changing: Changing, channel_arn: str) -> dict[str, Any]:
        why = changing.why().model_dump()
        return {**why, "channel_arn": channel_arn, "mode": "enforce", "at": self._clock()}

    def _deleted(self, why: dict[str, Any], arns: Sequence[str]) -> list[Outcome]:
        said = {"reason": "no channel uses it any more", "mode": "enforce", "at": self._clock()}
        return [RestrictionPolicyDeleted(**why | said, policy_arn=arn) for arn in arns]


def _known(held: Held) -> Restricted:
    return held.remembered.restricted or Restricted()


def _is_full(changing: Changing, facts: Facts) -> bool:
    """Whether unused policies have to make room first."""
    wanted = changing.wanted
    is_new = wanted is not None and facts.like(wanted) is None
    return is_new and any(not each.is_used for each in facts.listed)


def _repeated(answers: Sequence[Answered]) -> list[Outcome]:
    return [parse_outcome(each.outcome, each.detail) for each in answers]
