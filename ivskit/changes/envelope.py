"""The fields of every event of Amazon IVS."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ivskit.arns import ChannelArn


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Envelope(Fact):
    id: str
    source: Literal["aws.ivs", "ivskit.reconcile"]
    account: str
    time: AwareDatetime
    region: str
    resources: tuple[ChannelArn, ...]


class ChannelChange(Envelope):
    resources: tuple[ChannelArn, ...] = Field(min_length=1)

    @property
    def channel_arn(self) -> str:
        """The channel of the event, which only `resources` names."""
        return self.resources[0]
