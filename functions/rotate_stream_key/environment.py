"""The function's environment variables."""

from pydantic import Field

from ivskit.automation.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """The variables of a function that acts on one channel at a time, and the key of its store."""

    customer_key: str | None = Field(default=None, alias="IVSKIT_CUSTOMER_KEY")
