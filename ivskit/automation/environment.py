"""The environment variables of a function, checked at its start."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, Json

from ivskit.policy import CommandChannels, KeySettings, Policy, PolicySettings
from ivskit.policy.tags import is_ours


class Environment(BaseModel):
    """The variables of every function; a function's subclass adds its own."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    function: str = Field(alias="POWERTOOLS_SERVICE_NAME")
    stage: str = Field(alias="IVSKIT_STAGE")
    bus: str = Field(alias="IVSKIT_BUS")
    queue_url: str = Field(alias="IVSKIT_QUEUE_URL")
    policy: Json[PolicySettings] = Field(alias="IVSKIT_POLICY")
    command_channels: CommandChannels = Field(alias="IVSKIT_COMMAND_CHANNELS")

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """The environment of a running function."""
        return cls.model_validate(dict(variables))

    def policy_of(self, tags: Mapping[str, str]) -> Policy:
        """The policy of the channel that carries these tags."""
        ours = frozenset((tag, value) for tag, value in tags.items() if is_ours(tag))
        return _policy(self.policy, ours, self.stage, self.command_channels)


# Most channels carry the same tags.
@lru_cache(maxsize=128)
def _policy(
    settings: PolicySettings,
    tags: frozenset[tuple[str, str]],
    stage: str,
    command_channels: CommandChannels,
) -> Policy:
    return settings.of(dict(tags), stage=stage, command_channels=command_channels)


class LookingEnvironment(Environment):
    """The variables of a function that may look again later."""

    queue_arn: str = Field(alias="IVSKIT_QUEUE_ARN")
    schedule_group: str = Field(alias="IVSKIT_SCHEDULE_GROUP")
    schedule_role_arn: str = Field(alias="IVSKIT_SCHEDULE_ROLE")
    schedule_dead_letters_arn: str = Field(alias="IVSKIT_SCHEDULE_DEAD_LETTERS")


class ChannelEnvironment(LookingEnvironment):
    """The variables of a function that acts on one channel at a time, and may look again later."""

    memory: str = Field(alias="IVSKIT_MEMORY")
    keys: Json[KeySettings] = Field(alias="IVSKIT_KEYS")
