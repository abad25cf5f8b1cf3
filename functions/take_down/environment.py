"""The function's environment variables."""

from pydantic import Field

from ivskit.automation.environment import Environment as Common


class Environment(Common):
    """The function's environment variables, checked at its start.

    restriction_queue_url, recordings: None where the stage has no such part; jobs: empty where it
    records no audience.
    """

    memory: str = Field(alias="IVSKIT_MEMORY")
    restriction_queue_url: str | None = Field(default=None, alias="IVSKIT_RESTRICTION_QUEUE_URL")
    jobs: str = Field(alias="IVSKIT_JOBS")
    recordings: str | None = Field(default=None, alias="IVSKIT_RECORDINGS")
