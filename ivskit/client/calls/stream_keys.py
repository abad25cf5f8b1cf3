"""Stream keys: what an encoder presents to go live; IVS allows one per channel.

Source: IVS Low-Latency Streaming API reference and service quotas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ivskit import quotas
from ivskit.arguments import texts
from ivskit.client.bulk import Bulk, in_bulk, refusals
from ivskit.client.first_use import OnFirstUse
from ivskit.errors import IvsError

if TYPE_CHECKING:
    from ivskit.client import stream_keys as answers
    from ivskit.client.api import Api
    from ivskit.client.stream_keys import StreamKey, StreamKeySummary
else:
    answers = OnFirstUse("ivskit.client.stream_keys")


class StreamKeys:
    """Calls about stream keys."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def of(self, channel_arn: str) -> StreamKeySummary | None:
        """The channel's key, or None when it has none.

        ListStreamKeys, 5 calls a second; reads may lag behind writes. Raises NotFound for an
        unknown channel.
        """
        return next(self.list(channel_arn), None)

    def list(self, channel_arn: str) -> Iterator[StreamKeySummary]:
        """The channel's keys, without their values.

        ListStreamKeys, 5 calls a second, 50 keys a call. Raises NotFound for an unknown channel.
        """
        listed = self._api.pages("ListStreamKeys", "streamKeys", channelArn=channel_arn)
        return map(answers.StreamKeySummary.said, listed)

    def get(self, arn: str) -> StreamKey:
        """The key with its value.

        GetStreamKey, 5 calls a second. Raises NotFound.
        """
        return answers.StreamKey.said(self._api.call("GetStreamKey", arn=arn)["streamKey"])

    def find(self, arn: str) -> StreamKey | None:
        """The key with its value, or None when there is none.

        GetStreamKey, 5 calls a second.
        """
        answer = self._api.find("GetStreamKey", arn=arn)
        return None if answer is None else answers.StreamKey.said(answer["streamKey"])

    def get_many(self, arns: str | Iterable[str]) -> Bulk[str, StreamKey]:
        """Any number of keys with their values, each once and in the order given.

        BatchGetStreamKey, 5 calls a second, 50 keys a call. Failures are NotFound for an unknown
        key, NotSent for a malformed ARN, and whatever a whole call failed with.
        """
        return in_bulk(
            texts(arns),
            size=quotas.STREAM_KEYS_PER_BATCH,
            check=lambda chunk: self._api.check("BatchGetStreamKey", {"arns": chunk}),
            call=self._get_batch,
        )

    def create(self, channel_arn: str, *, tags: Mapping[str, str] | None = None) -> StreamKey:
        """A new key for a channel that has none.

        CreateStreamKey, 5 calls a second, at most 50 tags. Raises QuotaExceeded while the channel
        has a key, NotFound for an unknown channel.
        """
        answer = self._api.call("CreateStreamKey", channelArn=channel_arn, tags=tags)
        return answers.StreamKey.said(answer["streamKey"])

    def delete(self, arn: str) -> bool:
        """Delete the key, so that no encoder can go live with it; False when there was no such key.

        DeleteStreamKey, 5 calls a second. A stream that is live on the key continues.
        """
        return self._api.find("DeleteStreamKey", arn=arn) is not None

    def _get_batch(self, arns: Sequence[str]) -> Mapping[str, StreamKey | IvsError]:
        answer = self._api.send("BatchGetStreamKey", {"arns": arns})
        found = {said["arn"]: answers.StreamKey.said(said) for said in answer.get("streamKeys", ())}
        return refusals("BatchGetStreamKey", answer) | found
