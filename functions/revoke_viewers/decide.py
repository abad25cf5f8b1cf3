"""What to do with a chunk, by what IVS answered about each of its pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ivskit.automation.messages.revocation import Chunk
from ivskit.errors import IvsError, Refused
from ivskit.jobs.records import Begun, Failed, State
from ivskit.policy.values import Mode
from ivskit.viewers import Viewer

# Seconds until the next try; 15 minutes is the longest delay that SQS takes.
PAUSES = (1, 5, 30, 120, 300, 900, 900, 900)
# How long a chunk waits for an outage of IVS to end before its pairs are reported as failed. Pairs
# that IVS fails one by one, in calls that succeed, are given up after the last pause: 53 minutes.
LONGEST_OUTAGE = timedelta(hours=24)
_LONGEST_MESSAGE = 200
# During a pause of any length: the stack lets this function send itself messages for ever.
WHILE_HELD = timedelta(minutes=5)


@dataclass(frozen=True)
class Call:
    """Revoke the chunk's pairs."""


@dataclass(frozen=True)
class Drop:
    """Leave the pairs alone."""

    reason: Literal["done already", "the job is cancelled", "the job is over"]


@dataclass(frozen=True)
class Hold:
    """Try again later, as often as needed."""

    reason: str


@dataclass(frozen=True)
class Count:
    """Every pair has a result: note the chunk as done with these failures."""

    failures: tuple[Failed, ...]


@dataclass(frozen=True)
class Retry:
    """Retry these pairs after a pause: the call succeeded, but IVS failed them."""

    chunk: Chunk
    after: timedelta
    error: IvsError


@dataclass(frozen=True)
class Postpone:
    """Call for the rest of the chunk after a pause; no error: there was no time left."""

    chunk: Chunk
    after: timedelta
    error: IvsError | None


@dataclass(frozen=True)
class Said:
    """The results of the pairs that IVS was called for.

    outage: the error that ended the calls, where they may succeed later.
    """

    answers: Mapping[Viewer, Viewer | IvsError] = field(default_factory=dict)
    outage: IvsError | None = None

    def of_kind(self, kind: Literal["done", "refused", "failed"]) -> dict[Viewer, Any]:
        """The pairs that were revoked, were refused for good, or may succeed later."""
        return {viewer: said for viewer, said in self.answers.items() if _kind(said) == kind}


@dataclass(frozen=True)
class Holds:
    """What holds revocations at the moment; mode: the deployment's."""

    mode: Mode
    paused: str | None = None
    commands_too: bool = False

    def over(self, begun: Begun) -> str | None:
        """Why the chunks of a job with this beginning must wait, or None.

        A pause holds jobs after streams, and commands only where it says so; a deployment that has
        been switched to observing since holds both. Nothing holds a command with force.
        """
        if begun.forced:
            return None
        if self.mode == "observe" and begun.mode == "enforce":
            return "observing only"
        return self.paused if begun.follows_stream or self.commands_too else None


def admit(state: State, *, is_done: bool, held: str | None) -> Call | Drop | Hold:
    """Whether the chunk is to be carried out now."""
    if state == "cancelled":
        return Drop("the job is cancelled")
    if is_done:
        return Drop("done already")
    if state == "done":
        return Drop("the job is over")
    return Call() if held is None else Hold(held)


def held_back(chunk: Chunk) -> Chunk:
    """The chunk after a hold, whose time does not count as an outage."""
    return chunk.model_copy(update={"waits": 0, "failing_since": None})


def decide(
    chunk: Chunk, said: Said, *, now: datetime, resumed_at: datetime | None = None
) -> Count | Retry | Postpone:
    """Retry what may succeed later; report what is refused, or has failed for too long.

    resumed_at: when a person last resumed the job; patience counts from then.
    """
    rest = _rest(chunk, said)
    if not rest.viewers:
        return Count(rest.failures)
    since = max(rest.failing_since or now, resumed_at or rest.failing_since or now)
    failing = rest.model_copy(update={"failing_since": since})
    if said.outage is not None:
        return _in_outage(failing, said.outage, now=now)
    errors = said.of_kind("failed")
    if len(errors) < len(rest.viewers):
        return Postpone(rest, timedelta(seconds=PAUSES[0]), None)
    return _failed_one_by_one(failing, errors)


def _rest(chunk: Chunk, said: Said) -> Chunk:
    """The pairs that are left, and the failures so far.

    The pair whose call failed goes to the end, so that it does not keep the others waiting.
    """
    unasked = [viewer for viewer in chunk.viewers if viewer not in said.answers]
    refused = said.of_kind("refused")
    changes: dict[str, Any] = {
        "viewers": (*unasked[1:], *unasked[:1], *said.of_kind("failed")),
        "failures": (*chunk.failures, *_failures(refused)),
    }
    if refused or said.of_kind("done"):
        changes |= {"waits": 0, "failing_since": None}
    return chunk.model_copy(update=changes)


def _in_outage(chunk: Chunk, outage: IvsError, *, now: datetime) -> Count | Postpone:
    if now - (chunk.failing_since or now) >= LONGEST_OUTAGE:
        return Count((*chunk.failures, *_failures(dict.fromkeys(chunk.viewers, outage))))
    seconds = PAUSES[min(chunk.waits, len(PAUSES) - 1)]
    waiting = chunk.model_copy(update={"waits": chunk.waits + 1})
    return Postpone(waiting, timedelta(seconds=seconds), outage)


def _failed_one_by_one(chunk: Chunk, errors: Mapping[Viewer, IvsError]) -> Count | Retry:
    if chunk.tries >= len(PAUSES):
        return Count((*chunk.failures, *_failures(errors)))
    again = chunk.model_copy(update={"tries": chunk.tries + 1})
    return Retry(again, timedelta(seconds=PAUSES[chunk.tries]), next(iter(errors.values())))


def _kind(said: Viewer | IvsError) -> Literal["done", "refused", "failed"]:
    if not isinstance(said, IvsError):
        return "done"
    return "refused" if isinstance(said, Refused) else "failed"


def _failures(errors: Mapping[Viewer, IvsError]) -> list[Failed]:
    return [
        Failed(
            channel_arn=viewer.channel_arn,
            viewer_id=viewer.viewer_id,
            code=error.code or type(error).__name__,
            message=error.message[:_LONGEST_MESSAGE],
        )
        for viewer, error in errors.items()
    ]
