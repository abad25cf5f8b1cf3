"""What ivskit remembers of a channel, as frozen records; `memory` keeps it in a table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_serializer, model_validator

from ivskit.automation.messages.look_again import Purpose
from ivskit.outcomes import (
    FORMER_NAMES,
    By,
    ChannelBlocked,
    Ending,
    Outcome,
    StreamKeyNotDelivered,
    StreamKeyRotated,
    StreamStopped,
    parse_outcome,
)

# Answers that changed nothing, or are about older sessions: of these, the newest are kept.
_OTHERS_KEPT = 8
_NAMES_OF_THE_LAST_RELEASE = {name: former for former, name in FORMER_NAMES.items()}
_SKEW = timedelta(seconds=2)


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Why(Record):
    """For whom something is done."""

    cause: str
    reason: str
    event_id: str
    stream_id: str | None = None
    sender: str | None = None


class Intent(Record):
    """A key is about to be replaced, and for whom: written before the old one is deleted.

    ingest_endpoint: where the channel streams to, for the store's copy, where a stop knew it; also:
    those for whom an earlier intent was open, which the same key answers.
    """

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    stream_id: str | None = None
    sender: str | None = None
    old_key_arn: str | None = None
    tags: Mapping[str, str] = {}
    ingest_endpoint: str | None = None
    also: tuple[Why, ...] = ()

    def why(self) -> Why:
        """What an outcome says of it."""
        return Why(**self.model_dump(include=set(Why.model_fields)))

    @property
    def everybody(self) -> tuple[Why, ...]:
        """All whom the new key answers."""
        return (self.why(), *self.also)


class Stopping(Record):
    """A stream is about to be stopped: written before anything is done about it.

    stream_id: None where a channel is blocked that is not live; verify: the purpose for which
    stop_stream looks again; by: whether a command asked for just this; again: whether it is what
    an earlier stop or block was to keep out; also: those whose earlier
    stop was open, and is done with this one.
    """

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    then: Ending
    verify: Purpose
    by: By = "command"
    again: bool = False
    stream_id: str | None = None
    sender: str | None = None
    also: tuple[Why, ...] = ()

    def why(self) -> Why:
        """What an outcome says of it."""
        return Why(**self.model_dump(include=set(Why.model_fields)))

    @property
    def everybody(self) -> tuple[Why, ...]:
        """All whom it answers."""
        return (self.why(), *self.also)


class Key(Record):
    """The key that ivskit made or met last; `version` is the store's.

    delivered: False for a key that somebody else made and that is remembered for its age alone;
    refused_at: since when the store has refused to take the key; ask_at: when to offer it again.
    """

    arn: str
    made_at: AwareDatetime
    version: str | None = None
    delivered: bool = True
    refused_at: AwareDatetime | None = None
    ask_at: AwareDatetime | None = None


class Acted(Record):
    """A cause that was answered, by which outcome, and what no other field says of it.

    stream_id: the session that it was about.
    """

    cause: str
    outcome: str
    at: AwareDatetime
    event_id: str
    stream_id: str | None = None
    detail: Mapping[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_release(cls, said: Any) -> Any:
        """It kept whole outcomes: what has a field of its own now is found in there."""
        detail = said.get("detail", {}) if isinstance(said, dict) else {}
        found = {name: detail[name] for name in ("at", "event_id", "stream_id") if name in detail}
        return {**found, **said} if found else said

    @field_serializer("outcome", when_used="json")
    def _named_as_before(self, outcome: str) -> str:
        """By the name that the last release knows it by."""
        return _NAMES_OF_THE_LAST_RELEASE.get(outcome, outcome)

    @property
    def acted(self) -> bool:
        """Whether something was done, and not only answered."""
        return self.outcome in _ACTS


class Blocked(Record):
    """The command that blocked the channel; forced: also where commands are held back."""

    command_id: str
    issued_at: AwareDatetime
    forced: bool = False


# The tag ivskit:blocked, where memory says nothing of a block: older than any command.
BLOCKED_BY_TAG = Blocked(
    command_id="tag ivskit:blocked", issued_at=datetime(1970, 1, 1, tzinfo=UTC)
)


class Lockout(Record):
    """Whatever goes live until then is cut: a stop that keeps the key, and holds all the same.

    by: whether a command asked for it; what a policy wants is held back as policies are.
    """

    cause: str
    until: AwareDatetime
    sender: str | None = None
    by: By = "command"
    at: AwareDatetime | None = None

    def is_older_than(self, moment: datetime) -> bool:
        """Whether what was asked for then may end it; clocks differ by seconds."""
        return self.at is None or moment >= self.at - _SKEW


class Session(Record):
    """The newest session seen, with the times of its Stream Start and Stream End as seen."""

    stream_id: str
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether its start was seen, and its end was not."""
        return self.started_at is not None and self.ended_at is None

    def is_newer_than(self, moment: datetime) -> bool:
        """Whether something that happened then belongs to an older session."""
        seen_at = self.ended_at or self.started_at
        return seen_at is not None and seen_at > moment


class Idle(Record):
    """Since when nobody watches a session, and the limit of its channel once that was read."""

    since: AwareDatetime
    longest: timedelta | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_release(cls, said: Any) -> Any:
        """It kept the time alone."""
        return {"since": said} if isinstance(said, str) else said


class Orphaned(Record):
    """Since when the channel is known to be gone, and when the store gave up its key."""

    since: AwareDatetime
    deleted_at: AwareDatetime | None = None

    def is_due(self, after: timedelta | None, *, now: datetime) -> bool:
        """Whether to delete the stored key now; after: how long it outlives its channel."""
        return after is not None and self.deleted_at is None and now - self.since >= after


class Round(Record):
    """The newest sweep over all channels, by the time for which it was scheduled.

    first_swept_at: the first sweep of this deployment; idle: since when nobody has watched a
    session; looked_at: the last blocked channel whose keys were looked at; asked_after: the last
    whose session that is not live any more was asked after; unmanaged, unlimited: live streams that
    need no look, packed; page, visited: how far the slow visit of all channels has come; stored:
    how far the slow look at all stored keys.
    """

    swept_at: AwareDatetime
    first_swept_at: AwareDatetime | None = None
    idle: Mapping[str, Idle] = {}
    looked_at: str = ""
    asked_after: str = ""
    unmanaged: str = ""
    unlimited: str = ""
    page: str | None = None
    visited: int = 0
    stored: str | None = None


class BadTags(Record):
    """The channel's bad tags as last reported, and the occasion on which they were."""

    occasion: str
    errors: tuple[str, ...]


class Remembered(Record):
    """All that is remembered of one channel; `round` is in the sweep's own item only."""

    intent: Intent | None = None
    key: Key | None = None
    causes: tuple[Acted, ...] = ()
    blocked: Blocked | None = None
    session: Session | None = None
    bad_tags: BadTags | None = None
    stopping: Stopping | None = None
    unblocked_at: AwareDatetime | None = None
    lockout: Lockout | None = None
    orphaned: Orphaned | None = None
    round: Round | None = None

    @property
    def is_watched(self) -> bool:
        """Whether the sweep has to look at the channel each time: something is under way on it."""
        live = self.session is not None and self.session.is_open
        owed = self.key is not None and self.key.refused_at is not None
        return live or owed or (self.intent or self.stopping or self.blocked) is not None

    @property
    def offer_key_at(self) -> datetime | None:
        """When to offer the store again the key that it has refused; None where that is no matter.

        What is under way delivers a key of its own, and a blocked channel has none.
        """
        if self.key is None or self.intent or self.stopping or self.blocked:
            return None
        return self.key.ask_at if self.key.refused_at is not None else None

    def made(self, key_arn: str) -> bool:
        """Whether ivskit made the channel's key, or was to deliver it."""
        return self.key is not None and self.key.arn == key_arn and self.key.delivered

    def with_session(self, stream_id: str, **times: datetime) -> Session:
        """The newest session, once the start or the end of this one was seen."""
        known = self.session
        if known is not None and known.stream_id == stream_id:
            return known.model_copy(update=times)
        if known is not None and known.is_newer_than(max(times.values())):
            return known
        return Session.model_validate({"stream_id": stream_id, **times})

    def acted_on(self, cause: str) -> Acted | None:
        """How this cause was answered, if it was."""
        return next((acted for acted in self.causes if acted.cause == cause), None)

    def answer_to(self, cause: str, channel_arn: str) -> Outcome | None:
        """The outcome that answered this cause, if it was."""
        acted = self.acted_on(cause)
        return _outcome(acted, channel_arn) if acted else None

    def answers_to(self, cause: str, channel_arn: str) -> tuple[Outcome, ...]:
        """The same, after all else that the same event led to."""
        known = self.acted_on(cause)
        if known is None:
            return ()
        others = [o for o in self.causes if o.event_id == known.event_id and o != known]
        return tuple(_outcome(each, channel_arn) for each in (*others, known))

    def stop_of(self, stream_id: str) -> Acted | None:
        """How this session was stopped last, if it was."""
        stops = (
            acted
            for acted in reversed(self.causes)
            if acted.outcome == StreamStopped.name and acted.stream_id == stream_id
        )
        return next(stops, None)

    def with_answer(self, *outcomes: Outcome) -> tuple[Acted, ...]:
        """The causes that are remembered once these outcomes have answered theirs.

        What was done about the newest two sessions is kept, and the newest few of the others.
        """
        answered = {outcome.cause for outcome in outcomes}
        known = [each for each in self.causes if each.cause not in answered]
        every = [*known, *map(_acted, outcomes)]
        sessions = self._newest_sessions(every)
        kept = [each for each in every if each.acted and each.stream_id in sessions]
        others = [each for each in every if each not in kept]
        chosen = [*kept, *others[-_OTHERS_KEPT:]]
        return tuple(each for each in every if each in chosen)

    def _newest_sessions(self, every: Sequence[Acted]) -> set[str]:
        named = [each.stream_id for each in reversed(every) if each.acted and each.stream_id]
        current = [self.session.stream_id] if self.session is not None else []
        return set(list(dict.fromkeys([*current, *named]))[:2])


# Outcomes of something that was done to a key or a stream.
_ACTS = frozenset(
    {StreamKeyRotated.name, StreamKeyNotDelivered.name, StreamStopped.name, ChannelBlocked.name}
)
# What every answer has in fields of its own, or says again by itself.
_IN_FIELDS = {"id", "cause", "channel_arn", "at", "event_id", "stream_id"}


def _acted(outcome: Outcome) -> Acted:
    detail = outcome.model_dump(
        mode="json", exclude=_IN_FIELDS, exclude_none=True, exclude_defaults=True
    )
    return Acted(
        cause=outcome.cause,
        outcome=outcome.name,
        at=outcome.at,
        event_id=outcome.event_id,
        stream_id=outcome.stream_id,
        detail=detail,
    )


def _outcome(acted: Acted, channel_arn: str) -> Outcome:
    fields = acted.model_dump(include={"cause", "at", "event_id", "stream_id"})
    return parse_outcome(acted.outcome, {**fields, "channel_arn": channel_arn, **acted.detail})
