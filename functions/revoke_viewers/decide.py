"""What becomes of a chunk, by what IVS said of each of its pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ivskit.errands import Chunk, Failed, Pair
from ivskit.errors import IvsError, Refused
from ivskit.jobs import State

# Pauses before a pair that failed is tried again, alone; after the last it is given up.
PAUSES = (1, 5, 30, 120)
_LONGEST_MESSAGE = 200
# While all is paused, however long: the stack lets this function send itself messages for ever.
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
    """Come back later, as often as need be."""

    reason: str


@dataclass(frozen=True)
class Count:
    """All is known: note the chunk as done with these failures."""

    failures: tuple[Failed, ...]


@dataclass(frozen=True)
class Retry:
    """Try what is left of the chunk after a pause."""

    chunk: Chunk
    after: timedelta


def admit(state: State, *, is_done: bool, hands_off: str | None) -> Call | Drop | Hold:
    """Whether the chunk is to be carried out now."""
    if state == "cancelled":
        return Drop("the job is cancelled")
    if is_done:
        return Drop("done already")
    if state == "done":
        return Drop("the job is over")
    return Call() if hands_off is None else Hold(hands_off)


def decide(chunk: Chunk, answers: Mapping[Pair, Pair | IvsError]) -> Count | Retry:
    """Retry what may work later; what is refused, or failed too often, is reported."""
    errors = {viewer: said for viewer, said in answers.items() if isinstance(said, IvsError)}
    last = chunk.tries >= len(PAUSES)
    later = tuple(v for v, error in errors.items() if not (last or isinstance(error, Refused)))
    failed = [_failed(viewer, error) for viewer, error in errors.items() if viewer not in later]
    failures = (*chunk.failures, *failed)
    if not later:
        return Count(failures)
    rest = {"viewers": later, "failures": failures, "tries": chunk.tries + 1}
    return Retry(chunk.model_copy(update=rest), timedelta(seconds=PAUSES[chunk.tries]))


def _failed(viewer: Pair, error: IvsError) -> Failed:
    return Failed(
        channel_arn=viewer.channel_arn,
        viewer_id=viewer.viewer_id,
        code=error.code or type(error).__name__,
        message=error.message[:_LONGEST_MESSAGE],
    )
