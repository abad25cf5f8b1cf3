"""The command about a stream key."""

from typing import Literal

from ivskit import names
from ivskit.commands.command import ChannelCommand


class RotateStreamKey(ChannelCommand):
    """Give the channel a new stream key; a live channel only where `if_live` is proceed."""

    detail_type = names.ROTATE_STREAM_KEY
    if_live: Literal["refuse", "proceed"] = "refuse"
