"""Whether the restriction of a channel's playback changes, decided on the facts of the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ivskit import quotas
from ivskit.arns import resource_id
from ivskit.automation.questions import ChannelQuestion
from ivskit.automation.restriction_records import Answered, Changing, Restricted
from ivskit.commands import RestrictPlayback, TakeDown
from ivskit.policy import Policy
from ivskit.policy.restrictions import Policies, Unclear, by_tags, named
from ivskit.restrictions import Restriction

IN_ORDER: Final = "the channel is restricted as it should be"
PRIVATE: Final = "the channel is private, and IVS ignores restrictions there: tokens say who is in"


@dataclass(frozen=True, kw_only=True)
class Question(ChannelQuestion):
    """What asks for a decision: a command, the end of a stream, or a look at the channel."""

    by: Literal["restrict", "lift", "stream end", "look"]
    # A late command is not acted on; what it began is finished, and its answer repeated.
    is_late: bool = False
    # Part of a take-down, or of its end.
    is_part: bool = False

    @property
    def is_command(self) -> bool:
        """Whether a person asks, who wants one answer."""
        return self.by in ("restrict", "lift")


@dataclass(frozen=True)
class Listed:
    """A restriction policy that IVS has; is_ours: whether this stage made it.

    content: None for one that restricts nothing; is_used: whether a channel uses it, as far as that
    matters.
    """

    arn: str
    name: str
    content: Restriction | None
    is_ours: bool
    is_used: bool = True


@dataclass(frozen=True)
class Facts:
    """What is known now; attached: the policy that the channel has in IVS."""

    now: datetime
    policy: Policy
    known: Restricted
    named: Policies
    listed: Sequence[Listed]
    attached: str | None = None
    private: bool = False

    def of(self, arn: str | None) -> Listed | None:
        """The listed policy of this ARN."""
        return next((each for each in self.listed if each.arn == arn), None)

    def like(self, content: Restriction) -> Listed | None:
        """Our policy with this content."""
        ours = [each for each in self.listed if each.is_ours and each.content == content]
        return min(ours, key=lambda each: each.arn, default=None)

    @property
    def is_theirs(self) -> bool:
        """Whether somebody else has attached a policy to the channel."""
        of_ivs = self.of(self.attached)
        return self.attached is not None and not (of_ivs is not None and of_ivs.is_ours)

    @property
    def has_ours(self) -> bool:
        """Whether a policy of ours is attached."""
        return self.attached is not None and not self.is_theirs


@dataclass(frozen=True)
class Change:
    """Attach a policy with this content, or what the channel had before where it is None."""

    change: Changing


@dataclass(frozen=True)
class Skip:
    """Leave the channel alone; of_tags: what its tags ask for, where they cannot have it."""

    reason: str
    of_tags: str | None = None


@dataclass(frozen=True)
class Refuse:
    """Refuse the command."""

    reason: str


@dataclass(frozen=True)
class Repeat:
    """Repeat what this cause led to before, and do nothing."""

    answers: Sequence[Answered]


Decision = Change | Skip | Refuse | Repeat


def decide(question: Question, facts: Facts) -> Decision:
    """What to do about the channel's restriction, and why."""
    changing = facts.known.changing
    if changing is not None and (changing.cause == question.cause or not question.is_command):
        return _go_on(changing, question, facts)
    answers = facts.known.answers_to(question.cause)
    if answers:
        return Repeat(answers)
    if question.is_command:
        return _commanded(question, facts)
    return _by_tags(question, facts)


def _go_on(changing: Changing, question: Question, facts: Facts) -> Decision:
    """Finish what was begun; what tags asked for, only where they still do."""
    if changing.by == "command" or _is_made(changing, facts):
        return Change(changing)
    decision = _by_tags(question, facts)
    if isinstance(decision, Change) and decision.change.wanted == changing.wanted:
        return Change(changing)
    return decision


def _is_made(changing: Changing, facts: Facts) -> bool:
    """Whether IVS has the change already, which only its outcome does not say yet."""
    current = facts.of(facts.attached) if facts.has_ours else None
    return (current.content if current is not None else None) == changing.wanted


# Commands.


def _commanded(question: Question, facts: Facts) -> Decision:
    objection = facts.policy.objection_to_command(force=question.is_forced)
    if objection is not None:
        return Refuse(f"{objection}; the restriction of the channel would change")
    newest = facts.known.commanded_at
    if newest is not None and newest > question.since:
        return Refuse("a newer command changed the restriction of the channel")
    if question.by == "lift":
        return _on_lift(question, facts)
    try:
        wanted = _asked_for(question, facts)
    except Unclear as unclear:
        return Refuse(f"policy: {unclear}")
    return _on_restrict(wanted, question, facts)


def _asked_for(question: Question, facts: Facts) -> Restriction:
    command = question.command
    if not isinstance(command, RestrictPlayback | TakeDown):
        raise TypeError("only Restrict Playback and Take Down ask for a restriction")
    return command.restriction or named(command.policy or "", facts.named)


def _on_restrict(wanted: Restriction, question: Question, facts: Facts) -> Decision:
    if facts.private:
        return Refuse(PRIVATE)
    if facts.is_theirs and not question.is_forced:
        return Refuse(f"{_theirs(facts)}: send the command with force to replace it until it ends")
    full = _no_room(wanted, facts)
    return Refuse(full) if full is not None else _changed(question, facts, wanted, by="command")


def _on_lift(question: Question, facts: Facts) -> Decision:
    if question.is_part:
        return _on_restore(question, facts)
    if facts.policy.managed and _asks(facts.policy):
        return _on_lift_above_tags(question, facts)
    if not facts.has_ours and facts.known.changing is None:
        return Skip(_theirs(facts) if facts.is_theirs else "ivskit does not restrict the channel")
    return _changed(question, facts, None, by="command")


def _on_restore(question: Question, facts: Facts) -> Decision:
    """A restriction that was there before the take-down comes back."""
    changing = facts.known.changing
    waits = changing is not None and changing.taken_down and changing.wanted is not None
    if not (facts.known.taken_down or waits):
        return Skip("no take-down restricted the channel")
    beneath = facts.known.beneath
    if beneath is None and facts.policy.managed and _asks(facts.policy):
        return _on_lift_above_tags(question, facts)
    return _changed(question, facts, beneath, by="command")


def _on_lift_above_tags(question: Question, facts: Facts) -> Decision:
    """What a command attached ends; what the tags ask for takes its place."""
    is_above = facts.known.by == "command" and facts.has_ours
    try:
        wanted = by_tags(facts.policy, facts.named) if is_above else None
    except Unclear:
        wanted = None
    if wanted is None or _no_room(wanted, facts) is not None:
        return Refuse("the tags of the channel ask for a restriction: remove them first")
    return _changed(question, facts, wanted, by="tag")


def _asks(policy: Policy) -> bool:
    return bool(policy.restriction or policy.countries or policy.origins)


# Tags.


def _by_tags(question: Question, facts: Facts) -> Change | Skip:
    policy = facts.policy
    if not policy.managed:
        return Skip("the channel is not managed by ivskit")
    if facts.known.by == "command" and facts.has_ours:
        return Skip("a command restricts the channel, until a command lifts that")
    try:
        wanted = by_tags(policy, facts.named)
    except Unclear as unclear:
        return Skip(f"{unclear}; the restriction stays as it is", of_tags=str(unclear))
    if wanted is None:
        return _without_tags(question, facts)
    return _with_tags(wanted, question, facts)


def _with_tags(wanted: Restriction, question: Question, facts: Facts) -> Change | Skip:
    current = facts.of(facts.attached)
    if facts.has_ours and current is not None and current.content == wanted:
        return Skip(IN_ORDER)
    why_not = _objection(facts) or _no_room(wanted, facts)
    if why_not is not None:
        return Skip(f"{why_not}; the tags ask for {wanted}", of_tags=wanted.fingerprint)
    return _changed(question, facts, wanted, by="tag")


def _objection(facts: Facts) -> str | None:
    """Why the tags of the channel cannot have what they ask for."""
    if facts.private:
        return PRIVATE
    if facts.is_theirs:
        return _theirs(facts)
    return _not_now(facts)


def _not_now(facts: Facts) -> str | None:
    """Why automation leaves the channel as it is."""
    if facts.has_ours and facts.policy.bad_tags:
        return "a tag of the channel is invalid"
    if facts.policy.held_at(facts.now):
        return f"the channel is held until {facts.policy.hold_until}: only commands act"
    return facts.policy.hands_off


def _without_tags(question: Question, facts: Facts) -> Change | Skip:
    """The tags are gone: so is the restriction that they asked for."""
    if facts.known.by != "tag" or not facts.has_ours:
        return Skip(IN_ORDER)
    why_not = _not_now(facts)
    if why_not is not None:
        return Skip(f"{why_not}; the restriction would be lifted", of_tags="none")
    return _changed(question, facts, None, by="tag")


# Both.


def _changed(
    question: Question, facts: Facts, wanted: Restriction | None, *, by: Literal["command", "tag"]
) -> Change:
    reason = question.reason
    if by == "tag" and wanted is None:
        reason = "the tags of the channel ask for it no more"
    why = {name: question.why()[name] for name in ("cause", "event_id", "sender")}
    return Change(
        Changing(
            **why,
            reason=reason,
            at=facts.now,
            by=by,
            wanted=wanted,
            taken_down=question.is_part and question.by == "restrict",
        )
    )


def _theirs(facts: Facts) -> str:
    return f"the policy {resource_id(facts.attached or '')}, which ivskit did not make, is attached"


def _no_room(wanted: Restriction, facts: Facts) -> str | None:
    """Why no policy can be made, or None."""
    kept = [each for each in facts.listed if each.is_used or not each.is_ours]
    if facts.like(wanted) is not None or len(kept) < quotas.PLAYBACK_RESTRICTION_POLICIES:
        return None
    each = "; ".join(f"{one.name or resource_id(one.arn)} ({one.content})" for one in kept)
    return (
        f"the region has {len(kept)} restriction policies, and IVS allows"
        f" {quotas.PLAYBACK_RESTRICTION_POLICIES}: {each}"
    )
