"""The content of a stored stream key, and the errors of stores."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey
from ivskit.errors import FROM_BOTOCORE, Refused, Unavailable, kind_of


@dataclass(frozen=True)
class StoredKeys:
    """A page of what the store holds: the channels' ARNs; token: of the next page, if any."""

    channel_arns: tuple[str, ...] = ()
    token: str | None = None


class StoreRefused(Refused):
    """The store refuses a key."""


class StoreFails(Unavailable):
    """The store is unavailable for now."""


# Codes that stores answer with status 400, though a retry would succeed.
_NO_ANSWER = 503
_BUSY = frozenset({"TooManyUpdates", "LimitExceeded", "RequestLimitExceeded"})


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise permanent errors of the service as StoreRefused, temporary ones as StoreFails.

    Only the code of the service's answer is passed on: its text may quote the key.
    """
    try:
        yield
    except FROM_BOTOCORE as error:
        response: Mapping[str, Any] = getattr(error, "response", {})
        code = response.get("Error", {}).get("Code", type(error).__name__)
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", _NO_ANSWER)
        if code in _BUSY or issubclass(kind_of(code, status), Unavailable):
            raise StoreFails(f"{name}: the store fails with {code}") from error
        raise StoreRefused(f"{name}: the store answers {code}") from error


def arn_of_channel(kept: str, channel_id: str) -> str:
    """The channel whose key is stored under this ARN, in the same region and account."""
    _, partition, _, region, account, *_ = kept.split(":")
    return f"arn:{partition}:ivs:{region}:{account}:channel/{channel_id}"


def copy_of(channel: Channel, key: StreamKey) -> str:
    """The JSON text `{"channelArn", "streamKeyArn", "streamKey", "ingestEndpoint"}`."""
    text = {
        "channelArn": channel.arn,
        "streamKeyArn": key.arn,
        "streamKey": key.value.get_secret_value(),
        "ingestEndpoint": channel.ingest_endpoint,
    }
    return json.dumps(text)
