"""Outcomes about the playback key pairs of the account and region."""

from pydantic import AwareDatetime

from ivskit import names
from ivskit.arns import PlaybackKeyArn
from ivskit.outcomes.outcome import Nothing, Outcome


class PlaybackKeyRotated(Outcome):
    """The store holds a new pair, with which playback tokens are to be signed from now on.

    version: that of the secret. emergency: every other pair of ivskit was deleted first, so a
    viewer who is to stay needs a new token. delete_at: when the former pair is deleted.
    """

    name = names.PLAYBACK_KEY_ROTATED
    playback_key_arn: PlaybackKeyArn
    version: str
    emergency: bool = False
    delete_at: AwareDatetime | None = None


class PlaybackRotationSkipped(Nothing):
    """The pair was not replaced, or none was deleted."""

    name = names.PLAYBACK_ROTATION_SKIPPED


class PlaybackKeyDeleted(Outcome):
    """A pair was deleted: no token that it signed lets anybody in."""

    name = names.PLAYBACK_KEY_DELETED
    playback_key_arn: PlaybackKeyArn

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.playback_key_arn)
