"""The function's environment variables."""

from pydantic import Field, Json

from ivskit.automation.environment import LookingEnvironment
from ivskit.policy.restrictions import RestrictionSettings


class Environment(LookingEnvironment):
    """The function's environment variables, checked at its start."""

    memory: str = Field(alias="IVSKIT_MEMORY")
    restrictions: Json[RestrictionSettings] = Field(alias="IVSKIT_RESTRICTIONS")
