"""What ivskit remembers of a channel, as frozen records; `memory` stores them in a table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import AwareDatetime, model_validator

from ivskit import names
from ivskit.automation.acted import Acted
from ivskit.automation.messages.look_again import Purpose
from ivskit.automation.playback_records import Playback
from ivskit.automation.record import Record, Why
from ivskit.automation.restriction_records import Restricted
from ivskit.outcomes import By, Ending, Outcome

# How many answers are remembered, at least, of each kind that is about no session, or changed
# nothing. Every write pays for the whole item.
_OTHERS_KEPT = 3
# A command may arrive again for an hour, unless it says otherwise, and must not act again.
_REPEATED_WITHIN = timedelta(hours=1)
# A function that dies before it publishes an outcome does so at its next try, three minutes later.
# An encoder that is locked out begins and ends a session every few seconds meanwhile.
_PUBLISHED_WITHIN = timedelta(minutes=10)
_RECENT_KEPT = 20
_SKEW = timedelta(seconds=2)
# From connecting to Stream Start: 3 to 7 s according to IVS, where no event says more.
STARTING = timedelta(seconds=10)


class Intent(Record):
    """A key is about to be replaced, and why: written before the old one is deleted.

    ingest_endpoint: the channel's, for the copy in the store, where a stop knew it; also: the
    causes of an earlier open intent, which the same key answers.
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
        """The fields that its outcomes carry."""
        return Why(**self.model_dump(include=set(Why.model_fields)))

    @property
    def everybody(self) -> tuple[Why, ...]:
        """All causes that the new key answers."""
        return (self.why(), *self.also)


class Stopping(Record):
    """A stream is about to be stopped: written before anything is done about it.

    stream_id: None where a channel is blocked that is not live; verify: the purpose for which
    stop_stream looks again; by: whether a command asked for this stop; again: whether an earlier
    stop or block was to keep this stream out; also: the causes of an earlier open stop, which this
    one completes.
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
        """The fields that its outcomes carry."""
        return Why(**self.model_dump(include=set(Why.model_fields)))

    @property
    def everybody(self) -> tuple[Why, ...]:
        """All causes that the stop answers."""
        return (self.why(), *self.also)


class Key(Record):
    """The newest key that ivskit created or found; `version` is the store's.

    delivered: False for a key that ivskit did not create, and remembers only for its age;
    refused_at: since when the store has refused the key; ask_at: when to offer it again.
    """

    arn: str
    made_at: AwareDatetime
    version: str | None = None
    delivered: bool = True
    refused_at: AwareDatetime | None = None
    ask_at: AwareDatetime | None = None


class Blocked(Record):
    """The command that blocked the channel; forced: even where commands are held back.

    taken_down: whether it was Take Down.
    """

    command_id: str
    issued_at: AwareDatetime
    forced: bool = False
    taken_down: bool = False


# The tag ivskit:blocked, where memory has no block: older than any command. Not validated, for
# which pydantic would build the model at every cold start.
BLOCKED_BY_TAG = Blocked.model_construct(
    command_id="tag ivskit:blocked", issued_at=datetime(1970, 1, 1, tzinfo=UTC)
)


class Lockout(Record):
    """Every session that starts before `until` is cut: a stop that lasts without a new key.

    by: whether a command asked for it, or a policy, which modes and pauses hold back.
    """

    cause: str
    until: AwareDatetime
    sender: str | None = None
    by: By = "command"
    at: AwareDatetime | None = None

    def is_older_than(self, moment: datetime) -> bool:
        """Whether a request of this moment may end it; clocks differ by seconds."""
        return self.at is None or moment >= self.at - _SKEW

    def ended_by_key(self, now: datetime) -> Self:
        """The lockout once a new key is there: who is connecting by then has the old one."""
        return self.model_copy(update={"until": min(self.until, now + STARTING)})


class Session(Record):
    """The newest session seen, with the times of its Stream Start and Stream End as seen."""

    stream_id: str
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether ivskit has seen its start, but not its end."""
        return self.started_at is not None and self.ended_at is None

    def is_newer_than(self, moment: datetime) -> bool:
        """Whether an event of this moment belongs to an older session."""
        seen_at = self.ended_at or self.started_at
        return seen_at is not None and seen_at > moment


class Idle(Record):
    """Since when a session has no viewers, and the limit of its channel once that was read."""

    since: AwareDatetime
    longest: timedelta | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_the_first_release(cls, said: Any) -> Any:
        """The first release stored only the time."""
        return {"since": said} if isinstance(said, str) else said


class Episode(Record):
    """How a metric of a stream stands; number: of the stream's episodes so far.

    since: when the one began in which it is unhealthy; None while it is healthy.
    """

    number: int
    since: AwareDatetime | None = None


class Unpublished(Record):
    """An outcome that is about to be published, and what its event will say."""

    name: str
    detail: Mapping[str, Any]


class Orphaned(Record):
    """Since when the channel is known to be gone, and when its stored key was deleted."""

    since: AwareDatetime
    deleted_at: AwareDatetime | None = None

    def is_due(self, after: timedelta | None, *, now: datetime) -> bool:
        """Whether to delete the stored key now; after: how long it outlives its channel."""
        return after is not None and self.deleted_at is None and now - self.since >= after


class Round(Record):
    """The newest sweep over all channels, by its scheduled time.

    first_swept_at: the first sweep of this deployment; idle: since when a session has no viewers;
    looked_at: the last blocked channel whose keys were checked; asked_after: the last channel whose
    ended session was looked up; unmanaged, unlimited: live streams that need no look, packed; page,
    visited: the progress of the visit of all channels; verified_from: the sweep that last began to
    verify all of them; verifying: whether that goes on; stored: the progress of the look at all
    stored keys; stored_from: the sweep that last began it; health: the episodes of each
    live stream, by metric; unpublished: outcomes that are about to be published; points:
    how many streams and viewers each sweep of the last hour found; quotas_from: the sweep that last
    compared the quotas; near: the quotas that were nearly full, and when that was last said;
    counted, channels: channels counted in this visit of all, and in the last that was whole.
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
    verified_from: AwareDatetime | None = None
    verifying: bool = False
    stored: str | None = None
    stored_from: AwareDatetime | None = None
    health: Mapping[str, Mapping[str, Episode]] = {}
    unpublished: tuple[Unpublished, ...] = ()
    points: tuple[tuple[AwareDatetime, int, int], ...] = ()
    quotas_from: AwareDatetime | None = None
    near: Mapping[str, AwareDatetime] = {}
    counted: int = 0
    channels: int | None = None


class BadTags(Record):
    """The channel's bad tags as last reported, and the occasion of that report."""

    occasion: str
    errors: tuple[str, ...]


class Remembered(Record):
    """All that is remembered of one channel.

    Only the sweep's own item has `round`, and only that of the key pairs has `playback`.
    """

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
    playback: Playback | None = None
    restricted: Restricted | None = None

    @property
    def is_watched(self) -> bool:
        """Whether every sweep has to look at the channel, since something is under way on it."""
        live = self.session is not None and self.session.is_open
        owed = self.key is not None and self.key.refused_at is not None
        return live or owed or (self.intent or self.stopping or self.blocked) is not None

    @property
    def offer_key_at(self) -> datetime | None:
        """When to offer the store again the key that it has refused, or None.

        None where a rotation or stop under way will deliver another key, and on a blocked channel.
        """
        if self.key is None or self.intent or self.stopping or self.blocked:
            return None
        return self.key.ask_at if self.key.refused_at is not None else None

    def made(self, key_arn: str) -> bool:
        """Whether ivskit created this key, or was to deliver it."""
        return self.key is not None and self.key.arn == key_arn and self.key.delivered

    def with_session(self, stream_id: str, **times: datetime) -> Session:
        """The newest session, after the start or the end of this one was seen."""
        known = self.session
        if known is not None and known.stream_id == stream_id:
            return known.model_copy(update=times)
        if known is not None and known.is_newer_than(max(times.values())):
            return known
        return Session.model_validate({"stream_id": stream_id, **times})

    def acted_on(self, cause: str) -> Acted | None:
        """The answer that this cause got, or None."""
        return next((acted for acted in self.causes if acted.cause == cause), None)

    def answer_to(self, cause: str, channel_arn: str | None) -> Outcome | None:
        """The outcome that answered this cause, or None."""
        acted = self.acted_on(cause)
        return acted.as_outcome(channel_arn) if acted else None

    def answers_to(self, cause: str, channel_arn: str | None) -> tuple[Outcome, ...]:
        """That outcome, after all others of the same event."""
        known = self.acted_on(cause)
        if known is None:
            return ()
        others = [o for o in self.causes if o.event_id == known.event_id and o != known]
        return tuple(each.as_outcome(channel_arn) for each in (*others, known))

    def answers_under(self, beginning: str, channel_arn: str | None) -> tuple[Outcome, ...]:
        """The outcomes that answered causes with this beginning."""
        known = (acted for acted in self.causes if acted.cause.startswith(beginning))
        return tuple(each.as_outcome(channel_arn) for each in known)

    def stop_of(self, stream_id: str) -> Acted | None:
        """The last stop of this session, or None."""
        stops = (
            acted
            for acted in reversed(self.causes)
            if acted.outcome == names.STREAM_STOPPED and acted.stream_id == stream_id
        )
        return next(stops, None)

    def has_stopped(self, stream_id: str) -> bool:
        """Whether this session was stopped, or cut by a stop that is still open."""
        everybody = self.stopping.everybody if self.stopping is not None else ()
        is_cut = any(why.stream_id == stream_id for why in everybody)
        return is_cut or self.stop_of(stream_id) is not None

    def stopped_since(self, moment: datetime) -> bool:
        """Whether a session was stopped after this moment."""
        return any(
            acted.outcome == names.STREAM_STOPPED and acted.at > moment for acted in self.causes
        )

    def re_keyed_since(self, moment: datetime) -> bool:
        """Whether the channel got a new key after this moment."""
        return any(
            acted.outcome == names.STREAM_KEY_ROTATED and acted.at > moment for acted in self.causes
        )

    def with_answer(self, *outcomes: Outcome, command: str | None = None) -> tuple[Acted, ...]:
        """The causes to remember after these outcomes.

        They are all acts on the newest two sessions, what began a lockout, the acts of the last
        minutes, those of the last hour that no session called for, or the newest few, and the
        newest few answers that changed nothing. What is forgotten is decided anew: the end of an
        older session changes no key that is newer, and a stop of it finds it over.
        """
        answered = {outcome.cause for outcome in outcomes}
        known = [each for each in self.causes if each.cause not in answered]
        every = [*known, *(Acted.of(outcome, command) for outcome in outcomes)]
        sessions = self._newest_sessions(every)
        kept = [each for each in every if each.acted and each.stream_id in sessions]
        # What began a lockout comes again minutes later, behind the stops of many sessions.
        kept += [each for each in every if self.lockout and each.cause == self.lockout.cause]
        of_none = [each for each in every if each.acted and each.stream_id is None]
        idle = [each for each in every if not each.acted]
        recent = [
            *_recent([each for each in every if each.acted], _PUBLISHED_WITHIN),
            *_recent(of_none, _REPEATED_WITHIN),
        ]
        chosen = [*kept, *recent, *of_none[-_OTHERS_KEPT:], *idle[-_OTHERS_KEPT:]]
        return tuple(each for each in every if each in chosen)

    def _newest_sessions(self, every: Sequence[Acted]) -> set[str]:
        named = [each.stream_id for each in reversed(every) if each.acted and each.stream_id]
        current = [self.session.stream_id] if self.session is not None else []
        return set(list(dict.fromkeys([*current, *named]))[:2])


def _recent(acts: Sequence[Acted], within: timedelta) -> Sequence[Acted]:
    """The newest of those that were done within this time of the last one."""
    return [each for each in acts if acts[-1].at - each.at <= within][-_RECENT_KEPT:]
