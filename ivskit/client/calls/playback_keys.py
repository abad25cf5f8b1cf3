"""Playback key pairs: the private half signs the tokens that let viewers into private channels.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas; 3 per region. They cannot be changed, only replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ivskit.arguments import pem
from ivskit.client.first_use import OnFirstUse

if TYPE_CHECKING:
    from ivskit.client import playback_keys as answers
    from ivskit.client.api import Api
    from ivskit.client.playback_keys import PlaybackKey, PlaybackKeySummary
else:
    answers = OnFirstUse("ivskit.client.playback_keys")


class PlaybackKeys:
    """Calls about playback key pairs."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add(
        self,
        public_key: str | bytes,
        *,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> PlaybackKey:
        """Import the public half of a key pair: an ECDSA key on P-384, in PEM.

        ImportPlaybackKeyPair, 3 calls a second. Raises NotSent for any other key, QuotaExceeded
        for the fourth of a region, Conflict.
        """
        from ivskit.client.public_keys import check_public_key

        public_key = pem(public_key)
        check_public_key(public_key)
        answer = self._api.call(
            "ImportPlaybackKeyPair",
            publicKeyMaterial=public_key,
            name=name,
            tags=tags,
        )
        return answers.PlaybackKey.said(answer["keyPair"])

    def get(self, arn: str) -> PlaybackKey:
        """The key pair, without any key.

        GetPlaybackKeyPair, 3 calls a second. Raises NotFound.
        """
        return answers.PlaybackKey.said(self._api.call("GetPlaybackKeyPair", arn=arn)["keyPair"])

    def list(self) -> Iterator[PlaybackKeySummary]:
        """All key pairs of the region.

        ListPlaybackKeyPairs, 3 calls a second, 100 pairs a call.
        """
        listed = self._api.pages("ListPlaybackKeyPairs", "keyPairs")
        return map(answers.PlaybackKeySummary.said, listed)

    def delete(self, arn: str) -> bool:
        """Delete the key, so that its tokens are refused; False when there was no such key.

        DeletePlaybackKeyPair, 3 calls a second. Playback that has begun continues.
        """
        return self._api.find("DeletePlaybackKeyPair", arn=arn) is not None
