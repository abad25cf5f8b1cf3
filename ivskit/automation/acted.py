"""The outcomes that the memory of a channel keeps, to answer the same cause alike."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, field_serializer, model_validator

from ivskit import names
from ivskit.automation.record import Record
from ivskit.outcomes import FORMER_NAMES, Outcome, parse_outcome

_NAMES_OF_THE_LAST_RELEASE = {name: former for former, name in FORMER_NAMES.items()}
# Outcomes of acts on a key or a stream.
_ACTS = frozenset(
    {
        names.STREAM_KEY_ROTATED,
        names.STREAM_KEY_NOT_DELIVERED,
        names.STREAM_STOPPED,
        names.CHANNEL_BLOCKED,
        names.PLAYBACK_KEY_ROTATED,
    }
)
# What every answer has in fields of its own, or computes again.
_IN_FIELDS = {"id", "cause", "channel_arn", "at", "event_id", "stream_id"}


class Acted(Record):
    """A cause that was answered, with its outcome; detail: what no other field holds.

    stream_id: the session that it was about; command: the name of the command that changed nothing,
    where the outcome does not say which it answers.
    """

    cause: str
    outcome: str
    at: AwareDatetime
    event_id: str
    stream_id: str | None = None
    command: str | None = None
    detail: Mapping[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_release(cls, said: Any) -> Any:
        """The first release stored whole outcomes: move what is a field of its own now."""
        detail = said.get("detail", {}) if isinstance(said, dict) else {}
        found = {name: detail[name] for name in ("at", "event_id", "stream_id") if name in detail}
        return {**found, **said} if found else said

    @field_serializer("outcome", when_used="json")
    def _named_as_before(self, outcome: str) -> str:
        """By the name that the last release knows it by."""
        return _NAMES_OF_THE_LAST_RELEASE.get(outcome, outcome)

    @property
    def acted(self) -> bool:
        """Whether something was done, not only answered."""
        return self.outcome in _ACTS

    @classmethod
    def of(cls, outcome: Outcome, command: str | None = None) -> "Acted":
        """What is remembered of this outcome."""
        detail = outcome.model_dump(
            mode="json", exclude=_IN_FIELDS, exclude_none=True, exclude_defaults=True
        )
        return cls(
            cause=outcome.cause,
            outcome=outcome.name,
            at=outcome.at,
            event_id=outcome.event_id,
            stream_id=outcome.stream_id,
            command=command,
            detail=detail,
        )

    def as_outcome(self, channel_arn: str | None) -> Outcome:
        """The outcome again."""
        fields = self.model_dump(include={"cause", "at", "event_id", "stream_id"})
        return parse_outcome(self.outcome, {**fields, "channel_arn": channel_arn, **self.detail})
