"""Playback key pairs: whose private half signs the tokens that let viewers into private channels.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas; 3 per region. They cannot be changed, only replaced.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ivskit.client.answers import Answer

if TYPE_CHECKING:
    from ivskit.client.api import Api


class PlaybackKeySummary(Answer):
    """A playback key pair as lists have it; names need not be unique."""

    arn: str
    name: str | None = None
    tags: Mapping[str, str] = {}


class PlaybackKey(PlaybackKeySummary):
    """One playback key pair; the fingerprint is that of its public key."""

    fingerprint: str | None = None


class PlaybackKeys:
    """Calls about playback key pairs."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    def add(
        self,
        public_key: str,
        *,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> PlaybackKey:
        """Import the public half of a key pair: an ECDSA key on P-384, in PEM.

        ImportPlaybackKeyPair, 3 calls a second. Raises NotSent for any other key, QuotaExceeded
        for the fourth of a region, Conflict.
        """
        from ivskit.client.public_keys import check_public_key

        check_public_key(public_key)
        answer = self._api.call(
            "ImportPlaybackKeyPair",
            publicKeyMaterial=public_key,
            name=name,
            tags=tags and dict(tags),
        )
        return PlaybackKey.said(answer["keyPair"])

    def get(self, arn: str) -> PlaybackKey:
        """The key pair, without any key.

        GetPlaybackKeyPair, 3 calls a second. Raises NotFound.
        """
        return PlaybackKey.said(self._api.call("GetPlaybackKeyPair", arn=arn)["keyPair"])

    def list(self) -> Iterator[PlaybackKeySummary]:
        """All key pairs of the region.

        ListPlaybackKeyPairs, 3 calls a second, 100 pairs a call.
        """
        listed = self._api.pages("ListPlaybackKeyPairs", "keyPairs")
        return map(PlaybackKeySummary.said, listed)

    def delete(self, arn: str) -> bool:
        """Have tokens signed with the key let nobody in any more; False when there was no such key.

        DeletePlaybackKeyPair, 3 calls a second. Who is watching goes on.
        """
        return self._api.gone("DeletePlaybackKeyPair", arn=arn)
