"""A limit of IVS that a stream, or the account, exceeds."""

from typing import Literal

from pydantic import AliasChoices, Field

from ivskit.arns import StreamId
from ivskit.changes.envelope import Envelope, Fact


class Breach(Fact):
    """A limit and by how much it is exceeded; the two Concurrent limits have no stream.

    The User Guide names the limit `limit_name`, the EventBridge schema registry `limit`.
    """

    limit_name: Literal[
        "Ingest Bitrate", "Ingest Resolution", "Concurrent Broadcasts", "Concurrent Viewers"
    ] = Field(validation_alias=AliasChoices("limit_name", "limit"))
    limit_value: float
    exceeded_by: float
    limit_unit: str
    channel_name: str | None = None
    stream_id: StreamId | None = None


class LimitBreach(Envelope):
    """IVS Limit Breach; account-wide ones have empty `resources`."""

    detail_type: Literal["IVS Limit Breach"] = Field(alias="detail-type")
    detail: Breach

    @property
    def channel_arn(self) -> str | None:
        """The channel that exceeds the limit, or None where the whole account does."""
        return self.resources[0] if self.resources else None
