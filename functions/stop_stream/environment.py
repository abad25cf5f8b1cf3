"""What the stack tells this function."""

from pydantic import Field

from ivskit.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """The function's environment variables, checked at its start."""

    rotation_queue_url: str = Field(alias="IVSKIT_ROTATION_QUEUE_URL")
