"""Stream keys: what an encoder presents to go live; IVS allows one per channel."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ivskit.client.answers import Answer
from ivskit.errors import NotFound, translated

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient


class StreamKeySummary(Answer):
    """A stream key without its value. IVS keeps no creation time."""

    arn: str
    channel_arn: str
    tags: Mapping[str, str] = {}


class StreamKey(StreamKeySummary):
    """A stream key; the value is a password, shown only by `value.get_secret_value()`."""

    value: SecretStr


class StreamKeys:
    """Calls about stream keys; 5 a second per account and operation."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def of(self, channel_arn: str) -> StreamKeySummary | None:
        """The channel's key, or None when it has none.

        ListStreamKeys; reads may lag behind writes. Raises NotFound for an unknown channel.
        """
        with translated("ListStreamKeys"):
            listed = self._client.list_stream_keys(channelArn=channel_arn)["streamKeys"]
        return StreamKeySummary.model_validate(listed[0]) if listed else None

    def get(self, arn: str) -> StreamKey:
        """The key with its value.

        GetStreamKey. Raises NotFound.
        """
        with translated("GetStreamKey"):
            return StreamKey.model_validate(self._client.get_stream_key(arn=arn)["streamKey"])

    def create(self, channel_arn: str, *, tags: Mapping[str, str]) -> StreamKey:
        """A new key for a channel that has none.

        CreateStreamKey, at most 50 tags. Raises QuotaExceeded while the channel has a key,
        NotFound for an unknown channel.
        """
        with translated("CreateStreamKey"):
            answer = self._client.create_stream_key(channelArn=channel_arn, tags=dict(tags))
            return StreamKey.model_validate(answer["streamKey"])

    def delete(self, arn: str) -> bool:
        """Make the key useless for going live; False when there was no such key.

        DeleteStreamKey. A stream that is live on the key goes on.
        """
        try:
            with translated("DeleteStreamKey"):
                self._client.delete_stream_key(arn=arn)
        except NotFound:
            return False
        return True
