"""Outcomes about stream keys."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.arns import StreamKeyArn
from ivskit.outcomes.outcome import Nothing, Outcome


class StreamKeyRotated(Outcome):
    """The channel has a new key and the store holds it; the outcome never carries its value."""

    name = names.STREAM_KEY_ROTATED
    stream_key_arn: StreamKeyArn
    version: str | None = None


class RotationSkipped(Nothing):
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
        # What keeps a key from being made differs from try to try.
        return (*super()._identity(), self.stream_key_arn or self.reason)


class StoredKeyOrphaned(Outcome):
    """The store still has the key of a channel that is gone; delete_at: None for never."""

    name = names.STORED_KEY_ORPHANED
    delete_at: AwareDatetime | None = None


class StoredKeyDeleted(Outcome):
    """The store deleted the key of a channel that is gone; a secret can be restored for 30 days."""

    name = names.STORED_KEY_DELETED
