"""Whether the playback key pair is replaced, decided on the facts of the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from ivskit import names, quotas
from ivskit.automation.messages.look_again import PlaybackPurpose
from ivskit.automation.playback_records import Playback, PlaybackPair
from ivskit.automation.questions import ID_OF_ANOTHER, AnyQuestion
from ivskit.automation.records import Remembered
from ivskit.commands import RotatePlaybackKey
from ivskit.durations import format_duration
from ivskit.outcomes import CommandRefused, Outcome, PlaybackKeyRotated, PlaybackRotationSkipped
from ivskit.policy import WHILE_PAUSED, Policy
from ivskit.policy.playback import PlaybackSettings

IN_ORDER: Final = "the store holds the current pair, and IVS has it"
# When to look again at a former pair that observe mode keeps.
WHILE_OBSERVED = timedelta(hours=1)
NONE_DUE: Final = "no former pair is due to be deleted"


@dataclass(frozen=True, kw_only=True)
class Question(AnyQuestion):
    """What asks for a decision: a command, the clock, or a look."""

    by: Literal["command", "late command", "age"] | PlaybackPurpose

    @property
    def is_emergency(self) -> bool:
        """Whether every pair of ivskit is to be deleted first."""
        return isinstance(self.command, RotatePlaybackKey) and self.command.emergency


@dataclass(frozen=True)
class Listed:
    """A pair that IVS has; made_for: the version of the secret, where this stage made the pair."""

    arn: str
    made_for: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is known now.

    policy: that of a managed channel without tags; stored: the version that readers of the secret
    get.
    """

    now: datetime
    policy: Policy
    remembered: Remembered
    settings: PlaybackSettings
    pairs: Sequence[Listed]
    stored: str | None = None

    @property
    def playback(self) -> Playback:
        """What is remembered of the pairs."""
        return self.remembered.playback or Playback()

    @property
    def deletable(self) -> Sequence[str]:
        """The pairs that ivskit may delete: its own, and those that the settings name."""
        named = self.settings.replaces
        return [pair.arn for pair in self.pairs if pair.made_for or pair.arn in named]

    @property
    def current_is_there(self) -> bool:
        """Whether IVS has the current pair."""
        current = self.playback.current
        return current is not None and any(pair.arn == current.arn for pair in self.pairs)


@dataclass(frozen=True)
class Rotate:
    """Make a new pair; the former is deleted when its tokens are over."""

    reason: str
    cause: str


@dataclass(frozen=True)
class Cut:
    """Delete every pair of ivskit now, then make a new one."""

    reason: str
    pairs: Sequence[str]


@dataclass(frozen=True)
class Restore:
    """Let readers of the secret get the current pair again."""

    pair: PlaybackPair


@dataclass(frozen=True)
class Skip:
    """Leave the pairs alone."""

    reason: str


@dataclass(frozen=True)
class Refuse:
    """Refuse the command; is_answer: whether a repeat of its cause gets the same answer."""

    reason: str
    is_answer: bool = True


@dataclass(frozen=True)
class Repeat:
    """Repeat what this cause led to before, and do nothing."""

    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Wait:
    """Decide again when this is due."""

    due: datetime
    reason: str
    purpose: PlaybackPurpose


Decision = Rotate | Cut | Restore | Skip | Refuse | Repeat | Wait


def decide(question: Question, facts: Facts) -> Decision:
    """What to do about the pairs, and why."""
    match question.by:
        case "command" | "late command":
            return _on_command(question, facts)
        case "age":
            return _on_verification(question, facts) or _on_age(question, facts)
        case "verify playback key":
            return _on_verification(question, facts) or Skip(IN_ORDER)
        case "retire playback key":
            return _on_retirement(question, facts)
        case "finish playback rotation":
            return Skip("no rotation is open")


def due_to_be_deleted(facts: Facts) -> Sequence[PlaybackPair]:
    """The former pairs whose tokens are over, as far as ivskit may act on them now.

    A rotation that was forced is finished where its command acted too.
    """
    may = facts.policy.hands_off is None
    return [pair for pair in _over(facts) if may or (pair.forced and not facts.policy.paused)]


def _over(facts: Facts) -> Sequence[PlaybackPair]:
    old = facts.playback.old
    return [pair for pair in old if pair.delete_at is not None and pair.delete_at <= facts.now]


def cause_of_retirement(cause: str, pair: str) -> str:
    """The cause of deleting a former pair; cause: that of the rotation that replaced it."""
    return f"{cause}: former pair {pair}"


# Commands.


def _on_command(question: Question, facts: Facts) -> Decision:
    known = facts.remembered.answer_to(question.cause, None)
    if known is not None:
        if not _suits(known):
            return Refuse(ID_OF_ANOTHER, is_answer=False)
        return Repeat(facts.remembered.answers_to(question.cause, None))
    objection = facts.policy.objection_to_command(force=question.is_forced)
    if objection is not None:
        return Refuse(f"{objection}; the playback key pair would be replaced")
    full = _no_room(facts, is_emergency=question.is_emergency)
    if full is not None:
        return Refuse(full)
    if question.is_emergency:
        return Cut(f"{question.reason}; {_everybody_out(facts)}", facts.deletable)
    return Rotate(question.reason, question.cause)


def _suits(answer: Outcome) -> bool:
    if isinstance(answer, CommandRefused):
        return answer.command == names.ROTATE_PLAYBACK_KEY
    return isinstance(answer, PlaybackKeyRotated | PlaybackRotationSkipped)


def _everybody_out(facts: Facts) -> str:
    """What an emergency does to viewers, and which pairs it cannot touch."""
    others = len(facts.pairs) - len(facts.deletable)
    said = "every token of the deleted pairs is void: who is to stay needs a new one"
    if others:
        said += f"; {others} pair(s) that ivskit did not make still work: see playback.replaces"
    return said


def _no_room(facts: Facts, *, is_emergency: bool = False) -> str | None:
    """Why no pair can be imported, or None."""
    freed = len(facts.deletable) if is_emergency else 0
    if len(facts.pairs) - freed < quotas.PLAYBACK_KEY_PAIRS:
        return None
    dues = [pair.delete_at for pair in facts.playback.old if pair.delete_at is not None]
    when = f"; the next is deleted at {min(dues)}" if dues else ""
    others = len(facts.pairs) - len(facts.deletable)
    return (
        f"the region has {len(facts.pairs)} playback key pairs, of which {others} are not of"
        f" ivskit, and IVS allows {quotas.PLAYBACK_KEY_PAIRS}{when}"
    )


# The clock, and looks.


def _on_age(question: Question, facts: Facts) -> Rotate | Skip:
    age, current = facts.settings.rotate, facts.playback.current
    if age is None:
        return Skip("playback.rotate is off")
    if current is not None and facts.now - current.made_at < age:
        return Skip(f"the pair is younger than {format_duration(age)}")
    reason = "ivskit has made no pair yet"
    if current is not None:
        reason = f"the pair is older than {format_duration(age)}"
    return _unless_hands_off(reason, question.cause, facts)


def _on_verification(question: Question, facts: Facts) -> Rotate | Restore | Skip | None:
    """What is to be repaired, or None."""
    current = facts.playback.current
    if current is None:
        return None
    if not facts.current_is_there:
        lost = "the current pair was deleted elsewhere"
        return _unless_hands_off(lost, f"{question.cause}: pair lost", facts)
    if facts.stored is None:
        lost = "the store lost the current pair"
        return _unless_hands_off(lost, f"{question.cause}: pair lost", facts)
    if facts.stored == current.version:
        return None
    if facts.policy.hands_off is not None:
        return Skip(f"{facts.policy.hands_off}: the store would get the current pair again")
    return Restore(current)


def _unless_hands_off(reason: str, cause: str, facts: Facts) -> Rotate | Skip:
    if facts.policy.hands_off is not None:
        return Skip(f"{facts.policy.hands_off}: the pair would be replaced, since {reason}")
    full = _no_room(facts)
    return Skip(full) if full is not None else Rotate(reason, cause)


def _too_early(question: Question, facts: Facts) -> Wait | None:
    """Look again where the clock of the look was ahead."""
    old = facts.playback.old
    dues = [pair.delete_at for pair in old if pair.cause == question.cause and pair.delete_at]
    return (
        Wait(min(dues), "the former pair is not due yet", "retire playback key") if dues else None
    )


def _on_retirement(question: Question, facts: Facts) -> Repeat | Skip | Wait:
    """What is left to say once all is deleted that may be."""
    known = facts.remembered.answers_under(cause_of_retirement(question.cause, ""), None)
    if known:
        return Repeat(known)
    if not _over(facts):
        return _too_early(question, facts) or Skip(NONE_DUE)
    reason = f"{facts.policy.hands_off}: the former pair would be deleted"
    # Nobody else looks at it, and its tokens let viewers in as long as it is there.
    after = WHILE_OBSERVED if facts.policy.paused is None else WHILE_PAUSED
    return Wait(facts.now + after, reason, "retire playback key")
