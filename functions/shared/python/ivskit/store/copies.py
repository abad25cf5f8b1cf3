"""What a copy of a stream key says, wherever it is kept."""

import json

from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey
from ivskit.errors import Refused


class StoreRefused(Refused):
    """The store will not take a key; nothing was changed on the channel."""


def copy_of(channel: Channel, key: StreamKey) -> str:
    """The JSON text `{"channelArn", "streamKeyArn", "streamKey", "ingestEndpoint"}`."""
    text = {
        "channelArn": channel.arn,
        "streamKeyArn": key.arn,
        "streamKey": key.value.get_secret_value(),
        "ingestEndpoint": channel.ingest_endpoint,
    }
    return json.dumps(text)
