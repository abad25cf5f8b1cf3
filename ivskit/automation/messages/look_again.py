"""A message to the same function, due later, on which it decides again with fresh facts.

`ivskit.automation.messages.delivery` sends it. Its name is a hash of its content, so that sending
it twice is harmless.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit import formats, names
from ivskit.arns import ChannelArn, StreamId

# Why a function looks again, or another function asks it to.
Purpose = Literal[
    # Of rotate_stream_key.
    "grace over",
    "verify key",
    "check key",
    "check stored key",
    "finish rotation",
    # Of stop_stream.
    "max duration",
    "starvation",
    "verify stop",
    "verify kick",
    "verify block",
    "max idle",
    # Of plan_revocation.
    "audience leaves",
    # Of queue_metadata.
    "welcome",
]


class LookAgain(BaseModel):
    """What to look at again, why, and when.

    since: the time of what asked for it; event_id: the event that began it.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    channel_arn: ChannelArn
    stream_id: StreamId | None = None
    purpose: Purpose
    cause: str
    since: AwareDatetime
    due: AwareDatetime
    event_id: str

    @property
    def name(self) -> str:
        """The same for the same channel, cause, purpose and due time; 64 characters at most."""
        about = (self.channel_arn, self.cause, self.purpose, self.due.isoformat())
        return hashlib.sha256("\n".join(about).encode()).hexdigest()

    def message(self) -> str:
        """The body of the queue's message, in the shape of an event."""
        envelope = {
            "v": formats.MESSAGE,
            "id": self.name,
            "source": names.LOOK_AGAIN_SOURCE,
            "detail-type": names.LOOK_AGAIN,
            "detail": self.model_dump(mode="json", exclude_none=True),
        }
        return json.dumps(envelope)


def parse_look_again(event: Mapping[str, Any]) -> LookAgain:
    """The LookAgain in a message shaped like an event; raises pydantic's ValidationError."""
    return LookAgain.model_validate(event["detail"])
