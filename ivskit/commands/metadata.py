"""The command about timed metadata."""

import hashlib
import json
from typing import Annotated, Self

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from ivskit import envelope, formats, names, quotas
from ivskit.arns import ChannelArn
from ivskit.commands.command import Command
from ivskit.metadata_text import metadata_text


class PushMetadata(Command):
    """Insert timed metadata into live streams; JSON is serialized compactly (1 to 1,024 bytes).

        send_all(sqs, queue_url, command.messages())  # of ivskit.queues

    On the bus, commands may overtake each other; sent directly to the metadata queue, those for
    one channel keep their order.
    """

    detail_type = names.PUSH_METADATA
    channel_arns: Annotated[tuple[ChannelArn, ...], Field(min_length=1)]
    metadata: Annotated[
        str,
        BeforeValidator(metadata_text),
        WithJsonSchema({"description": "Text, or JSON that is serialized compactly"}),
        Field(repr=False),
    ]
    expires_at: AwareDatetime | None = None
    coalesce: bool = False

    @model_validator(mode="after")
    def _fits_its_envelope(self) -> Self:
        size = envelope.size_alone(self.metadata) if self.coalesce else 0
        if size > quotas.METADATA_BYTES:
            raise ValueError(
                f"metadata: with coalesce it takes {quotas.METADATA_BYTES} bytes of UTF-8, "
                f"envelope included, not {size}"
            )
        return self

    def messages(self, *, event_id: str | None = None) -> list[dict[str, str]]:
        """One message per channel, as entries of SQS's SendMessageBatch, which takes ten a call.

        SQS ignores a repeat within five minutes. event_id: the event that carried the command, if
        any.
        """
        arns = dict.fromkeys(self.channel_arns)
        return [self._message(str(n), arn, event_id) for n, arn in enumerate(arns)]

    def _message(self, entry_id: str, channel_arn: str, event_id: str | None) -> dict[str, str]:
        of_one = self.model_copy(update={"channel_arns": (channel_arn,)})
        body = {
            "v": formats.MESSAGE,
            "id": event_id or self.command_id,
            "source": names.COMMAND,
            "detail-type": self.detail_type,
            "detail": of_one.model_dump(mode="json", exclude_defaults=True),
        }
        about = f"{self.command_id}\n{channel_arn}"
        return {
            "Id": entry_id,
            "MessageBody": json.dumps(body),
            "MessageGroupId": channel_arn,
            "MessageDeduplicationId": hashlib.sha256(about.encode()).hexdigest(),
        }
