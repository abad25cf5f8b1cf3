"""The commands about a stream, or about a channel that is to stay down."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import ConfigDict, model_validator

from ivskit import names
from ivskit.arns import StreamId
from ivskit.commands.command import ChannelCommand, NeverTooOld, one_way


class StopStream(ChannelCommand):
    """Stop the session that is live when the command is issued, or the one that it names.

    then: auto replaces the key, so that the encoder stays out; where the policy never replaces
    keys, it cuts every session that starts within 15 minutes. rotate replaces the key whatever the
    policy says, kick lets the encoder reconnect, block keeps the whole channel down until it is
    unblocked, whichever session is named.
    """

    model_config = ConfigDict(
        json_schema_extra=one_way(
            {"channel_arn": "string"}, {"channel_arns": "array", "stream_id": "null"}
        )
    )
    detail_type = names.STOP_STREAM
    stream_id: StreamId | None = None
    then: Literal["auto", "rotate", "kick", "block"] = "auto"

    @model_validator(mode="after")
    def _session_of_one(self) -> Self:
        if self.stream_id is not None and self.channel_arn is None:
            raise ValueError("stream_id goes with one channel_arn")
        return self

    @property
    def longest_age(self) -> timedelta | None:
        """A stop that blocks is a block: it is never too old unless it sets max_age."""
        is_block = self.then == "block" and "max_age" not in self.model_fields_set
        return None if is_block else self.max_age


class BlockChannel(NeverTooOld):
    """Keep the channel down until it is unblocked; of two, the newer issued_at wins."""

    detail_type = names.BLOCK_CHANNEL


class UnblockChannel(NeverTooOld):
    """Let the channel stream again; of two, the newer issued_at wins."""

    detail_type = names.UNBLOCK_CHANNEL
