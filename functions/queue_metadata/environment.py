"""The function's environment variables."""

from pydantic import Field, Json

from ivskit.automation.environment import LookingEnvironment
from ivskit.policy.welcomes import Welcomes


class Environment(LookingEnvironment):
    """The function's environment variables, checked at its start."""

    memory: str = Field(alias="IVSKIT_MEMORY")
    metadata_queue_url: str = Field(alias="IVSKIT_METADATA_QUEUE_URL")
    welcomes: Json[Welcomes] = Field(alias="IVSKIT_WELCOMES")
