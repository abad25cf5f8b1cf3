"""Playback key pairs: the private half signs the tokens that let viewers into private channels.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas; 3 per region. They cannot be changed, only replaced.
"""

from collections.abc import Mapping

from ivskit.client.answers import Answer


class PlaybackKeySummary(Answer):
    """A playback key pair as lists return it; names need not be unique."""

    arn: str
    name: str | None = None
    tags: Mapping[str, str] = {}


class PlaybackKey(PlaybackKeySummary):
    """One playback key pair; the fingerprint is that of its public key."""

    fingerprint: str | None = None
