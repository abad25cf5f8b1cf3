"""What ivskit remembers of a channel whose playback it restricts."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime

from ivskit.automation.record import Record, Why
from ivskit.outcomes.outcome import Outcome
from ivskit.restrictions import RestrictedBy, Restriction

# A command is repeated within minutes, if at all.
_ANSWERS_KEPT = 4


class Answered(Record):
    """An outcome of a cause, as the fields of its event."""

    cause: str
    outcome: str
    detail: Mapping[str, Any]


class Changing(Record):
    """The restriction is about to change: written before anything is done about it.

    wanted: what it will be, or None for none; taken_down: whether it is part of a take-down. It
    waits for the end of a live stream.
    """

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    by: RestrictedBy
    wanted: Restriction | None = None
    taken_down: bool = False
    sender: str | None = None

    def why(self) -> Why:
        """The fields that its outcomes carry."""
        return Why(**self.model_dump(include=set(Why.model_fields)))


class Restricted(Record):
    """How ivskit restricts the playback of a channel.

    content, policy_arn: what it has attached, and by whose wish; former: the policy that somebody
    else had attached before; taken_down: whether it is part of a take-down, and beneath: what a
    command had attached before that; commanded_at: the issue time of the newest command; declined:
    what its tags ask for and cannot have, and why; answers: the newest outcomes, so that a repeat
    of their causes repeats them.
    """

    by: RestrictedBy | None = None
    content: Restriction | None = None
    policy_arn: str | None = None
    former: str | None = None
    taken_down: bool = False
    beneath: Restriction | None = None
    commanded_at: AwareDatetime | None = None
    changing: Changing | None = None
    declined: tuple[str, str] | None = None
    answers: tuple[Answered, ...] = ()

    def answers_to(self, cause: str) -> tuple[Answered, ...]:
        """The outcomes of this cause so far."""
        return tuple(each for each in self.answers if each.cause == cause)

    def with_answers(self, *outcomes: Outcome) -> tuple[Answered, ...]:
        """The answers to remember after these outcomes."""
        new = [
            Answered(
                cause=each.cause,
                outcome=each.name,
                detail=each.model_dump(mode="json", exclude={"id", "tags"}, exclude_none=True),
            )
            for each in outcomes
        ]
        return (*self.answers, *new)[-_ANSWERS_KEPT:]
