"""`Ivs(client)`: Amazon IVS by resource, saying what we mean.

    ivs = Ivs(boto3.client("ivs", config=CONFIG))
    ivs.streams.is_live(channel_arn)

Each resource is a module of its own, loaded when it is first used: a function that only rotates
keys does not pay at its cold start for the models of ad configurations.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

    from ivskit.client.channels import Channels
    from ivskit.client.stream_keys import StreamKeys
    from ivskit.client.streams import Streams

# Few attempts and short waits: what fails for longer is the queue's to retry.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
)


class Ivs:
    """The `ivs` API of one account and region, through any botocore or boto3 client."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    @cached_property
    def channels(self) -> "Channels":
        """Channels: configuration to stream with."""
        from ivskit.client.channels import Channels

        return Channels(self._client)

    @cached_property
    def stream_keys(self) -> "StreamKeys":
        """Stream keys: what an encoder presents to go live; one per channel."""
        from ivskit.client.stream_keys import StreamKeys

        return StreamKeys(self._client)

    @cached_property
    def streams(self) -> "Streams":
        """Streams: live video on a channel, and the sessions of the last 60 days."""
        from ivskit.client.streams import Streams

        return Streams(self._client)
