"""What is known of each part of a take-down, or of its end, and when that is reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivskit import names
from ivskit.automation.records import Remembered
from ivskit.automation.restriction_records import Answered
from ivskit.commands import Restore, TakeDown
from ivskit.outcomes.take_down import RecordingPlace, Step, StepName, StepState

# After how long it looks: nothing of it delays the cut, and most is done within a minute.
LOOKS = (
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
_PENDING_WHILE = "it takes longer than this report waits"
JobState = Literal["running", "done", "cancelled"]


@dataclass(frozen=True)
class Audience:
    """The job that revokes the audience; state: None where there is no such job."""

    state: JobState | None = None
    revoked: int = 0
    of: int = 0


@dataclass(frozen=True)
class Recorded:
    """The recording of the newest session, or the newest one that was unmarked.

    is_indexed: whether the index of recordings has it, so that it can be marked; will_be: whether
    there is an index that marks it later; marked_by: the command that has taken it down.
    """

    place: RecordingPlace
    is_indexed: bool = True
    will_be: bool = False
    marked_by: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is known now; audience: None where the stage records none.

    has_restrictions: whether the stage has a function that restricts playback.
    """

    now: datetime
    since: datetime
    remembered: Remembered
    is_live: bool
    has_key: bool
    is_private: bool
    audience: Audience | None = None
    recorded: Recorded | None = None
    has_restrictions: bool = True

    @property
    def is_settled(self) -> bool:
        """Whether what comes within seconds, if at all, has come."""
        return self.now - self.since >= LOOKS[1]

    @property
    def next_look(self) -> datetime | None:
        """When to look again, or None where this is the last look."""
        ahead = [self.since + each for each in LOOKS if self.since + each > self.now]
        return min(ahead, default=None)


def steps_of(command: TakeDown | Restore, facts: Facts) -> Sequence[Step]:
    """Each part of the command, and what is known of it."""
    if isinstance(command, TakeDown):
        return [
            _block(command, facts),
            _stream(facts),
            _no_key(facts),
            _audience(command, facts),
            _restriction(command, facts),
            _recording(command, facts),
        ]
    return [
        _unblock(command, facts),
        _key(facts),
        _audience_restored(),
        _lifted(command, facts),
        _unmarked(command, facts),
    ]


def concluded(steps: Sequence[Step], facts: Facts) -> Sequence[Step] | None:
    """The steps as they are reported, or None where to look again first.

    At the last look, what is not done has failed; what has an outcome of its own goes on. Nothing
    more is done where a newer command decided otherwise.
    """
    if not any(step.state == "pending" for step in steps):
        return steps
    is_over = any(step.step == "block" and step.state == "failed" for step in steps)
    if facts.next_look is not None and not is_over:
        return None
    return [_failed_by_now(step) for step in steps]


def _failed_by_now(step: Step) -> Step:
    if step.state != "pending" or step.step == "audience":
        return step
    return step.model_copy(update={"state": "failed", "why": f"{step.why}: {_PENDING_WHILE}"})


def _step(name: StepName, state: StepState, why: str) -> Step:
    return Step(step=name, state=state, why=why)


def is_superseded(command: TakeDown | Restore, known: Remembered) -> bool:
    """Whether a newer command has decided about the block."""
    if isinstance(command, TakeDown):
        return known.unblocked_at is not None and known.unblocked_at >= command.issued_at
    return known.blocked is not None and known.blocked.issued_at > command.issued_at


# Take Down.


def _block(command: TakeDown, facts: Facts) -> Step:
    if facts.remembered.blocked is not None:
        return _step("block", "done", "the channel gets no key until it is restored or unblocked")
    if is_superseded(command, facts.remembered):
        return _step("block", "failed", "a newer command unblocked the channel")
    return _step("block", "pending", "the channel is not blocked yet")


def _stream(facts: Facts) -> Step:
    if facts.is_live:
        return _step("stream", "pending", "a stream is live")
    return _step("stream", "done", "no stream is live, which ends playback for everybody")


def _no_key(facts: Facts) -> Step:
    if facts.has_key:
        return _step("key", "pending", "the channel has a key")
    return _step("key", "done", "the channel has no key")


def _audience(command: TakeDown, facts: Facts) -> Step:
    out = _why_no_audience(command, facts)
    if out is not None:
        return _step("audience", "left out", out)
    job = facts.audience or Audience()
    if job.state is None:
        return _step("audience", "pending", "the revocation is not planned yet")
    counts = f"{job.revoked} of {job.of} viewer session(s) are revoked"
    if job.state == "cancelled":
        return _step("audience", "failed", f"the revocation was cancelled: {counts}")
    if job.state == "running":
        return _step("audience", "pending", f"{counts}: see ivskit jobs")
    return _step("audience", "done", counts)


def _why_no_audience(command: TakeDown, facts: Facts) -> str | None:
    if not command.revoke_audience:
        return "not asked"
    if not facts.is_private:
        return "the channel is public: nobody needs a token"
    if facts.audience is None:
        return "the stage records no audience: see the setting revocation.audience"
    if facts.audience.state is None and facts.is_settled:
        return "no viewer with a token is recorded, or the outcome Revocation Skipped says why"
    return None


def _restriction(command: TakeDown, facts: Facts) -> Step:
    if not command.restricts:
        return _step("restriction", "left out", "not asked")
    if not facts.has_restrictions:
        return _step("restriction", "failed", "the setting restrictions.enabled is false")
    return _by_answer(command, facts, done=names.PLAYBACK_RESTRICTED, state_of_skip="failed")


def _by_answer(
    command: TakeDown | Restore, facts: Facts, *, done: str, state_of_skip: StepState
) -> Step:
    """What restrict_playback answered last."""
    answer = _answer(command, facts)
    if answer is None:
        return _step("restriction", "pending", "the restriction is not changed yet")
    reason = str(answer.detail["reason"])
    if answer.outcome == names.PLAYBACK_RESTRICTION_POSTPONED:
        return _step("restriction", "pending", reason)
    if answer.outcome == names.PLAYBACK_RESTRICTION_SKIPPED:
        return _step("restriction", state_of_skip, reason)
    return _step("restriction", "done", reason if answer.outcome == done else answer.outcome)


def _answer(command: TakeDown | Restore, facts: Facts) -> Answered | None:
    restricted = facts.remembered.restricted
    cause = names.restriction_cause(command.command_id)
    answers = restricted.answers_to(cause) if restricted is not None else ()
    return next((each for each in reversed(answers) if each.outcome != _DELETED), None)


_DELETED = names.RESTRICTION_POLICY_DELETED


def _recording(command: TakeDown, facts: Facts) -> Step:
    recorded = facts.recorded
    if recorded is None:
        return _step("recording", "left out", "the channel records nothing")
    where = f"s3://{recorded.place.bucket}/{recorded.place.prefix}"
    if recorded.will_be:
        return _step("recording", "done", f"it is under {where}, and marked once the index has it")
    if not recorded.is_indexed:
        return _step("recording", "done", f"it is under {where}, and not marked: no index has it")
    if recorded.marked_by is None:
        return _step("recording", "pending", f"{where} is not marked yet")
    return _step("recording", "done", f"{where} is marked as taken down")


# Restore.


def _unblock(command: Restore, facts: Facts) -> Step:
    if facts.remembered.blocked is None:
        return _step("block", "done", "the channel may stream again")
    if is_superseded(command, facts.remembered):
        return _step("block", "failed", "a newer command blocked the channel")
    return _step("block", "pending", "the channel is still blocked")


def _key(facts: Facts) -> Step:
    if facts.has_key and facts.remembered.intent is None:
        return _step("key", "done", "the channel has a key")
    return _step("key", "pending", "the channel has no key yet")


def _audience_restored() -> Step:
    return _step("audience", "left out", "who was revoked needs a new token")


def _lifted(command: Restore, facts: Facts) -> Step:
    if not facts.has_restrictions:
        return _step("restriction", "left out", "the setting restrictions.enabled is false")
    return _by_answer(
        command, facts, done=names.PLAYBACK_RESTRICTION_LIFTED, state_of_skip="left out"
    )


def _unmarked(command: Restore, facts: Facts) -> Step:
    if facts.recorded is None and is_superseded(command, facts.remembered):
        return _step("recording", "left out", "a newer command blocked the channel")
    if facts.recorded is None:
        return _step("recording", "left out", "no recording is marked as taken down")
    place = facts.recorded.place
    return _step("recording", "done", f"s3://{place.bucket}/{place.prefix} is marked no more")
