"""A change whose event never came."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ivskit.arns import ChannelArn, StreamId
from ivskit.changes.envelope import Fact


class MissedChange(Fact):
    """A missed Stream State Change, rebuilt from what IVS still knows of it."""

    event_name: Literal["Stream Start", "Stream End"]
    channel_arn: ChannelArn
    channel_name: str
    stream_id: StreamId
    at: AwareDatetime

    # The fields that are the detail of its event, as of the one that IVS did not deliver.
    DETAIL: ClassVar[tuple[str, ...]] = ("event_name", "channel_name", "stream_id")

    @property
    def detail(self) -> dict[str, str]:
        """The detail as IVS would have sent it."""
        return self.model_dump(include={*self.DETAIL})
