"""The function's environment variables."""

from pydantic import Field

from ivskit.automation.environment import Environment as EveryEnvironment


class Environment(EveryEnvironment):
    """The function's environment variables, checked at its start."""

    jobs: str = Field(alias="IVSKIT_JOBS")
    single_queue_url: str = Field(alias="IVSKIT_SINGLE_QUEUE_URL")
    plan_queue_url: str = Field(alias="IVSKIT_PLAN_QUEUE_URL")
