"""What was done, or why nothing was, as frozen models: each a log line, a metric and an event."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, computed_field

from ivskit import names
from ivskit.arns import ChannelArn, StreamId, StreamKeyArn
from ivskit.policy.values import Mode

By = Literal["command", "policy"]
# What follows a stop, from the mildest to the strictest.
Ending = Literal["kick", "lockout", "rotate", "block"]
_NAMESPACE = UUID("2c6d5c68-5d3f-5f0e-9a53-0d9c1f3c8a10")


def _plain(text: str) -> str:
    """Without the characters that break an input template of EventBridge, which escapes nothing."""
    return "".join(c if c.isprintable() else " " for c in text).translate(_UNQUOTED)


_UNQUOTED = str.maketrans({'"': "'", "\\": "/"})
Plain = Annotated[str, AfterValidator(_plain)]


class Outcome(BaseModel):
    """The fields of every outcome.

    cause: the stream id or command id that made ivskit act; event_id: the event that began it;
    sender: who sent the command, where a command is the cause.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    name: ClassVar[str]
    cause: str
    channel_arn: ChannelArn | None = None
    stream_id: StreamId | None = None
    reason: Plain
    mode: Mode
    at: AwareDatetime
    event_id: str
    sender: str | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy has no decorated properties
    @property
    def id(self) -> str:
        """The same for the same cause, channel and outcome, so that a repeat is recognized."""
        return str(uuid5(_NAMESPACE, "\n".join([self.name, *self._identity()])))

    def _identity(self) -> tuple[str, ...]:
        return (self.cause, self.channel_arn or "")


class _Nothing(Outcome):
    """Nothing was done, and why; one cause may meet several reasons over time."""

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.reason, self.mode)


class StreamKeyRotated(Outcome):
    """The channel has a new key and the store holds it; the outcome never carries its value."""

    name = names.STREAM_KEY_ROTATED
    stream_key_arn: StreamKeyArn
    version: str | None = None


class RotationSkipped(_Nothing):
    """The key was not replaced, or an open rotation was withdrawn as obsolete."""

    name = names.ROTATION_SKIPPED


class StreamKeyDelivered(Outcome):
    """The channel's existing key was delivered to the store; the key itself did not change."""

    name = names.STREAM_KEY_DELIVERED
    stream_key_arn: StreamKeyArn
    version: str | None = None


class StreamKeyNotDelivered(Outcome):
    """The store does not hold the channel's key, or no key could be made yet.

    The key is offered to the store again at growing intervals. stream_key_arn: None where the
    channel has no key at all.
    """

    name = names.STREAM_KEY_NOT_DELIVERED
    stream_key_arn: StreamKeyArn | None = None

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.stream_key_arn or "")


class StoredKeyOrphaned(Outcome):
    """The store still has the key of a channel that is gone; delete_at: None for never."""

    name = names.STORED_KEY_ORPHANED
    delete_at: AwareDatetime | None = None


class StoredKeyDeleted(Outcome):
    """The store deleted the key of a channel that is gone; a secret can be restored for 30 days."""

    name = names.STORED_KEY_DELETED


class StreamStopped(Outcome):
    """The session was disconnected.

    by: "command" if a command asked for this stop, "policy" if ivskit did it by itself. then: what
    keeps the encoder out: a new key (rotate), no key (block), cuts of all that it starts for a
    while (lockout), or nothing (kick). again: an encoder is back that an earlier stop or block was
    to keep out.
    """

    name = names.STREAM_STOPPED
    by: By = "command"
    then: Ending = "kick"
    again: bool = False


class StopSkipped(_Nothing):
    """The stream was not stopped; `limit` is the limit of IVS that it, or the account, exceeds."""

    name = names.STOP_SKIPPED
    limit: str | None = None


class StreamBack(Outcome):
    """A stopped stream is live again."""

    name = names.STREAM_BACK


class ChannelBlocked(Outcome):
    """The channel has no key and gets none until it is unblocked."""

    name = names.CHANNEL_BLOCKED


class ChannelUnblocked(Outcome):
    """The channel may stream again."""

    name = names.CHANNEL_UNBLOCKED


class RevocationPlanned(Outcome):
    """A bulk revocation begins: its distinct pairs, their calls, and the seconds that it will take.

    The job's id is the cause. rejected: rows that name no viewer; skipped: pairs that are
    skipped because of their channel.
    """

    name = names.REVOCATION_PLANNED
    pairs: int
    calls: int
    eta_seconds: float
    rejected: int = 0
    skipped: int = 0
    advice: tuple[str, ...] = ()


class RevocationCancelled(Outcome):
    """This job revokes no more viewers; `Viewers Revoked` follows with the counts."""

    name = names.REVOCATION_CANCELLED
    job: str


class RevocationResumed(Outcome):
    """The job goes on with the viewers that are not revoked yet."""

    name = names.REVOCATION_RESUMED
    job: str


class RevocationStalled(Outcome):
    """No viewer could be revoked for a while; the job continues by itself once IVS serves it again.

    The job's id is the cause. since: when the last viewer was revoked, or the first call failed;
    error: what the last call failed with.
    """

    name = names.REVOCATION_STALLED
    since: AwareDatetime
    error: Plain

    def _identity(self) -> tuple[str, ...]:
        # A job may stall more than once.
        return (*super()._identity(), self.since.isoformat())


class ViewersRevoked(Outcome):
    """A bulk revocation is over; `report` is the s3:// address of the failures and their reasons.

    The job's id is the cause.
    """

    name = names.VIEWERS_REVOKED
    revoked: int
    failed: int
    rejected: int = 0
    skipped: int = 0
    report: str | None = None

    def _identity(self) -> tuple[str, ...]:
        # A job that was cancelled and resumed ends twice.
        return (*super()._identity(), str(self.revoked), str(self.failed))


class RevocationSkipped(_Nothing):
    """No viewers were revoked after a stream."""

    name = names.REVOCATION_SKIPPED


class MetadataQueued(Outcome):
    """Metadata was queued, once for each of `channels` channels."""

    name = names.METADATA_QUEUED
    channels: int


class WelcomeSkipped(_Nothing):
    """Viewers of a stream were not welcomed."""

    name = names.WELCOME_SKIPPED


class MetadataPushed(Outcome):
    """Metadata was inserted into the stream; `seq` is its number, where it went in an envelope."""

    name = names.METADATA_PUSHED
    seq: str | None = None


class MetadataExpired(Outcome):
    """Metadata was too old to be inserted."""

    name = names.METADATA_EXPIRED


class MetadataDropped(Outcome):
    """Metadata was not inserted, or may not have been, and is not retried."""

    name = names.METADATA_DROPPED


class StreamsReconciled(Outcome):
    """The sweep compared live streams with the events seen, and re-emitted the missed ones.

    live: live streams; postponed: those of them that the sweep had no time for; unfinished: open
    rotations and stops; unshut: blocked channels that were live or had a key; idle: streams without
    viewers for longer than their limit; keys: of the channels visited, those whose key is too old,
    lost, or different from memory or store. Other functions handle the last four. orphaned: stored
    keys whose channels are gone. calls: calls to IVS, by operation.
    """

    name = names.STREAMS_RECONCILED
    live: int
    postponed: int = 0
    missed_starts: int
    missed_ends: int
    unfinished: int
    unshut: int
    idle: int
    visited: int
    keys: int
    orphaned: int = 0
    calls: Mapping[str, int]


class SweepSkipped(_Nothing):
    """The sweep did nothing: another one is running, or has run since."""

    name = names.SWEEP_SKIPPED


class WillLookAgain(Outcome):
    """The function decides again when this is due."""

    name = names.WILL_LOOK_AGAIN
    purpose: str
    due: AwareDatetime

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.purpose, self.due.isoformat(), self.reason, self.mode)


class CommandRefused(_Nothing):
    """A command was refused: every error, and what was sent (32 KB, no secrets)."""

    name = names.COMMAND_REFUSED
    command: str
    errors: tuple[str, ...]
    original: str

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.command)


class TagRefused(Outcome):
    """The channel has invalid tags: the settings apply instead, or the channel is only observed."""

    name = names.TAG_REFUSED
    errors: tuple[str, ...]

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), *self.errors, self.mode)


_MODELS: tuple[type[Outcome], ...] = (
    StreamKeyRotated,
    RotationSkipped,
    StreamKeyDelivered,
    StreamKeyNotDelivered,
    StoredKeyOrphaned,
    StoredKeyDeleted,
    StreamStopped,
    StopSkipped,
    StreamBack,
    ChannelBlocked,
    ChannelUnblocked,
    RevocationPlanned,
    RevocationCancelled,
    RevocationResumed,
    RevocationStalled,
    ViewersRevoked,
    RevocationSkipped,
    MetadataQueued,
    WelcomeSkipped,
    MetadataPushed,
    MetadataExpired,
    MetadataDropped,
    StreamsReconciled,
    SweepSkipped,
    WillLookAgain,
    CommandRefused,
    TagRefused,
)
BY_NAME: Mapping[str, type[Outcome]] = {model.name: model for model in _MODELS}
# As the last release names them. Memory still holds them, and gets them: the last reads no others.
FORMER_NAMES: Mapping[str, str] = {
    "Stream Key Kept": names.ROTATION_SKIPPED,
    "Stream Kept": names.STOP_SKIPPED,
    "Viewers Kept": names.REVOCATION_SKIPPED,
}


def parse_outcome(name: str, detail: Mapping[str, Any]) -> Outcome:
    """An outcome as its model, read from the detail of its event."""
    return BY_NAME[FORMER_NAMES.get(name, name)].model_validate(detail)
