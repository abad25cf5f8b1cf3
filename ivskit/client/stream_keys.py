"""Stream keys: what an encoder presents to go live; IVS allows one per channel.

Source: IVS Low-Latency Streaming API reference and service quotas.
"""

from collections.abc import Mapping

from pydantic import SecretStr

from ivskit.client.answers import Answer


class StreamKeySummary(Answer):
    """A stream key without its value. IVS keeps no creation time."""

    arn: str
    channel_arn: str
    tags: Mapping[str, str] = {}


class StreamKey(StreamKeySummary):
    """A stream key; the value is a password, shown only by `value.get_secret_value()`."""

    value: SecretStr
