"""The function's environment variables."""

from pydantic import Field

from ivskit.automation.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """The function's environment variables, checked at its start.

    urgent_lanes: the concurrent invocations that take commands; takes_down: whether the stage has
    Take Down and Restore.
    """

    rotation_queue_url: str = Field(alias="IVSKIT_ROTATION_QUEUE_URL")
    urgent_queue_url: str = Field(alias="IVSKIT_URGENT_QUEUE_URL")
    takes_down: bool = Field(alias="IVSKIT_TAKES_DOWN")
    urgent_lanes: int = Field(alias="IVSKIT_URGENT_LANES", ge=1)
