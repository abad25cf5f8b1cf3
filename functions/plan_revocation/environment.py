"""The function's environment variables."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from ivskit.automation.environment import LookingEnvironment
from ivskit.policy import SessionVersions

Words = Annotated[tuple[str, ...], BeforeValidator(lambda text: text.split())]


class Environment(LookingEnvironment):
    """The function's environment variables, checked at its start.

    audience: empty where none is recorded; channels: the prefix of every channel's ARN.
    """

    channels: str = Field(alias="IVSKIT_CHANNELS")
    jobs: str = Field(alias="IVSKIT_JOBS")
    audience: str = Field(alias="IVSKIT_AUDIENCE")
    reports: str = Field(alias="IVSKIT_REPORTS")
    manifest_buckets: Words = Field(alias="IVSKIT_MANIFEST_BUCKETS")
    session_versions: SessionVersions = Field(alias="IVSKIT_SESSION_VERSIONS")
    batch_queue_url: str = Field(alias="IVSKIT_BATCH_QUEUE_URL")
    single_queue_url: str = Field(alias="IVSKIT_SINGLE_QUEUE_URL")
