"""The settings of playback key pairs, which stacks pass to the function as JSON."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from ivskit import names
from ivskit.arns import PlaybackKeyArn
from ivskit.durations import Duration, Limit, format_duration

# Another application that signs tokens may take a while to read the new pair.
READ_WITHIN = timedelta(seconds=names.PLAYBACK_READ_SECONDS)
_SHORTEST_AGE, _LONGEST_TOKEN = timedelta(hours=1), timedelta(days=30)


def _not_too_often(age: timedelta | None) -> timedelta | None:
    if age is not None and age < _SHORTEST_AGE:
        shortest = format_duration(_SHORTEST_AGE)
        raise ValueError(f"should be at least {shortest}, or off; not {format_duration(age)}")
    return age


def _not_too_long(life: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= life <= _LONGEST_TOKEN:
        raise ValueError(f"should be 1m to 30d, not {format_duration(life)}")
    return life


class PlaybackSettings(BaseModel):
    """When the playback key pair is replaced, and how long the former one stays.

    rotate: the age at which a pair is replaced, or off. longest_token: the longest life of a token
    that your applications sign. replaces: key pairs that ivskit did not make, by their ARNs, which
    a rotation deletes as if it had.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    enabled: bool = True
    rotate: Annotated[Limit, AfterValidator(_not_too_often)] = None
    longest_token: Annotated[Duration, AfterValidator(_not_too_long)] = timedelta(minutes=10)
    replaces: tuple[PlaybackKeyArn, ...] = ()

    @property
    def outlives(self) -> timedelta:
        """How long after a rotation the former pair is deleted."""
        return self.longest_token + READ_WITHIN
