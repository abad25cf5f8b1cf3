"""What the stack tells this function."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, Json

from ivskit.policy import PolicySettings


class Environment(BaseModel):
    """The function's environment variables, checked at its start."""

    model_config = ConfigDict(frozen=True)
    function: str = Field(alias="POWERTOOLS_SERVICE_NAME")
    stage: str = Field(alias="IVSKIT_STAGE")
    bus: str = Field(alias="IVSKIT_BUS")
    memory: str = Field(alias="IVSKIT_MEMORY")
    queue_url: str = Field(alias="IVSKIT_QUEUE_URL")
    queue_arn: str = Field(alias="IVSKIT_QUEUE_ARN")
    rotation_queue_url: str = Field(alias="IVSKIT_ROTATION_QUEUE_URL")
    schedule_group: str = Field(alias="IVSKIT_SCHEDULE_GROUP")
    schedule_role_arn: str = Field(alias="IVSKIT_SCHEDULE_ROLE")
    schedule_dead_letters_arn: str = Field(alias="IVSKIT_SCHEDULE_DEAD_LETTERS")
    policy: Json[PolicySettings] = Field(alias="IVSKIT_POLICY")

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """The environment of a running function."""
        return cls.model_validate(dict(variables))
