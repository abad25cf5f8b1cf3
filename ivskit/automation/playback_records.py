"""What ivskit remembers of the playback key pairs of the account and region."""

from pydantic import AwareDatetime

from ivskit.automation.record import Record, Why


class PlaybackPair(Record):
    """A playback key pair by its ARN; version: that of the secret, where its private key is.

    delete_at: when a pair that is no longer current is deleted; cause, event_id, sender: of the
    rotation that replaced it; forced: whether that acted even where commands are held back.
    """

    arn: str
    made_at: AwareDatetime
    version: str | None = None
    delete_at: AwareDatetime | None = None
    cause: str = ""
    event_id: str = ""
    sender: str | None = None
    forced: bool = False


class PlaybackIntent(Record):
    """A new playback key pair is being made, and why.

    pending: the version of the secret that holds the private key until the pair is imported;
    emergency: every other pair of ivskit is deleted first; cut: those; also: the causes of an
    earlier open intent, which this one completes.
    """

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    pending: str
    sender: str | None = None
    emergency: bool = False
    forced: bool = False
    cut: tuple[str, ...] = ()
    also: tuple[Why, ...] = ()

    @property
    def everybody(self) -> tuple[Why, ...]:
        """All causes that the new pair answers."""
        return (Why(**self.model_dump(include=set(Why.model_fields))), *self.also)


class Playback(Record):
    """The playback key pairs of ivskit: the current one, those to be deleted, what is under way."""

    current: PlaybackPair | None = None
    old: tuple[PlaybackPair, ...] = ()
    intent: PlaybackIntent | None = None
