"""What the stack tells this function."""

from pydantic import Field

from ivskit.environment import Environment as Common


class Environment(Common):
    """The function's environment variables, checked at its start."""

    metadata_queue_url: str = Field(alias="IVSKIT_METADATA_QUEUE_URL")
