"""The function's environment variables."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from ivskit.automation.environment import Environment as Common
from ivskit.durations import Limit

Words = Annotated[tuple[str, ...], BeforeValidator(lambda text: text.split())]


class Environment(Common):
    """The function's environment variables, checked at its start.

    buckets: those that it may read; url_base: empty for the address of the bucket itself;
    forget_after: how long an item stays, None for ever.
    """

    memory: str = Field(alias="IVSKIT_MEMORY")
    recordings: str = Field(alias="IVSKIT_RECORDINGS")
    buckets: Words = Field(alias="IVSKIT_RECORDING_BUCKETS")
    url_base: str = Field(alias="IVSKIT_RECORDING_URL_BASE")
    forget_after: Limit = Field(alias="IVSKIT_FORGET_RECORDINGS_AFTER")
