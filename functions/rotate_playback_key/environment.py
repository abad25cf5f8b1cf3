"""The function's environment variables."""

from pydantic import Field, Json

from ivskit.automation.environment import LookingEnvironment
from ivskit.policy.playback import PlaybackSettings


class Environment(LookingEnvironment):
    """The function's environment variables, checked at its start."""

    memory: str = Field(alias="IVSKIT_MEMORY")
    playback: Json[PlaybackSettings] = Field(alias="IVSKIT_PLAYBACK")
    customer_key: str | None = Field(default=None, alias="IVSKIT_CUSTOMER_KEY")
