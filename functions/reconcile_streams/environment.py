"""The function's environment variables."""

from pydantic import Field, Json

from ivskit.automation.environment import Environment as Common
from ivskit.durations import Duration
from ivskit.policy import KeySettings
from ivskit.policy.restrictions import RestrictionSettings


class Environment(Common):
    """The function's environment variables, checked at its start.

    index_queue_url, recordings: None where recordings are not indexed.
    """

    memory: str = Field(alias="IVSKIT_MEMORY")
    keys: Json[KeySettings] = Field(alias="IVSKIT_KEYS")
    overdue: Duration = Field(alias="IVSKIT_OVERDUE")
    rotation_queue_url: str = Field(alias="IVSKIT_ROTATION_QUEUE_URL")
    stop_queue_url: str = Field(alias="IVSKIT_STOP_QUEUE_URL")
    index_queue_url: str | None = Field(default=None, alias="IVSKIT_INDEX_QUEUE_URL")
    watch_quotas: bool = Field(default=False, alias="IVSKIT_WATCH_QUOTAS")
    recordings: str | None = Field(default=None, alias="IVSKIT_RECORDINGS")
    restriction_queue_url: str | None = Field(default=None, alias="IVSKIT_RESTRICTION_QUEUE_URL")
    restrictions: Json[RestrictionSettings] | None = Field(
        default=None, alias="IVSKIT_RESTRICTIONS"
    )
