"""Channels: configuration to stream with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ivskit.client.answers import Answer
from ivskit.errors import NotFound, translated

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient


class Channel(Answer):
    """One channel; `name` is empty for an unnamed one."""

    arn: str
    name: str = ""
    ingest_endpoint: str = ""
    tags: Mapping[str, str] = {}


class Channels:
    """Calls about channels."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def find(self, arn: str) -> Channel | None:
        """The channel, tags included, or None when there is none.

        GetChannel, 5 calls a second per account.
        """
        try:
            with translated("GetChannel"):
                return Channel.model_validate(self._client.get_channel(arn=arn)["channel"])
        except NotFound:
            return None
