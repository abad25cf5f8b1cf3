"""The commands that take a channel down, and undo that."""

from typing import Self

from pydantic import model_validator

from ivskit import names
from ivskit.commands.command import NeverTooOld
from ivskit.restrictions import Countries, Origins, PolicyName, Restriction, restriction_of


class TakeDown(NeverTooOld):
    """Block the channel, stop its stream, revoke its audience, and say where its recording is.

    revoke_audience: where the stage records the viewers of tokens. countries, origins, policy:
    restrict where a public channel plays as well, as Restrict Playback does. Of a take-down, a
    block and what ends them the newest issued_at wins.
    """

    detail_type = names.TAKE_DOWN
    revoke_audience: bool = True
    countries: Countries = ()
    origins: Origins = ()
    policy: PolicyName | None = None

    @model_validator(mode="after")
    def _one_restriction(self) -> Self:
        restriction_of(self.countries, self.origins, self.policy)
        return self

    @property
    def restriction(self) -> Restriction | None:
        """What it lists; None where it names a policy, or asks for no restriction."""
        return restriction_of(self.countries, self.origins, self.policy)

    @property
    def restricts(self) -> bool:
        """Whether it asks for a restriction."""
        return self.policy is not None or self.restriction is not None


class Restore(NeverTooOld):
    """Undo a take-down: unblock the channel, lift the restriction, unmark the recording.

    Who was revoked needs a new token. Of two commands, the newer issued_at wins.
    """

    detail_type = names.RESTORE
