"""The function's environment variables."""

from pydantic import Field

from ivskit.automation.environment import Environment as Common


class Environment(Common):
    """The function's environment variables, checked at its start."""

    memory: str = Field(alias="IVSKIT_MEMORY")
    dead_letters_url: str = Field(alias="IVSKIT_DEAD_LETTERS_URL")
