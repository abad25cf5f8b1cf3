"""A message to the same function, due later, on which it decides again with fresh facts.

`ivskit.automation.messages.delivery` sends it. Its name is a hash of its content, so that sending
it twice is harmless.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit import formats, names
from ivskit.arns import ChannelArn, StreamId
from ivskit.policy.health import HealthMetric

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
    "unhealthy",
    # Of plan_revocation.
    "audience leaves",
    # Of queue_metadata.
    "welcome",
    # Of index_recordings.
    "missed recording",
    # Of restrict_playback.
    "check restriction",
    "change restriction",
]
# Why rotate_playback_key looks again: at the pairs of the region, and at no channel.
PlaybackPurpose = Literal["retire playback key", "verify playback key", "finish playback rotation"]

# Why take_down looks again: at what other functions made of its command.
TakeDownPurpose = Literal["report take-down", "report restore"]


class _Look(BaseModel):
    """What to look at again, why, and when.

    since: the time of what asked for it; event_id: the event that began it.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    purpose: str
    cause: str
    since: AwareDatetime
    due: AwareDatetime
    event_id: str

    @property
    def name(self) -> str:
        """The same for the same subject, cause, purpose and due time; 64 characters at most."""
        about = (*self._subject(), self.cause, self.purpose, self.due.isoformat())
        return hashlib.sha256("\n".join(about).encode()).hexdigest()

    def _subject(self) -> tuple[str, ...]:
        return ()

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


class LookAgain(_Look):
    """A look at a channel; metric: what makes its stream unhealthy."""

    channel_arn: ChannelArn
    stream_id: StreamId | None = None
    purpose: Purpose
    metric: HealthMetric | None = None

    def _subject(self) -> tuple[str, ...]:
        return (self.channel_arn,)


class LookAtPlayback(_Look):
    """A look at the playback key pairs of the region."""

    purpose: PlaybackPurpose


class LookAtTakeDown(_Look):
    """A look at a channel that a command takes down, or restores; command: its detail."""

    channel_arn: ChannelArn
    purpose: TakeDownPurpose
    command: Mapping[str, Any]

    def _subject(self) -> tuple[str, ...]:
        return (self.channel_arn,)


AnyLook = LookAgain | LookAtPlayback | LookAtTakeDown


def parse_look_again(event: Mapping[str, Any]) -> AnyLook:
    """The look in a message shaped like an event; raises pydantic's ValidationError."""
    purpose = event["detail"].get("purpose")
    model: type[AnyLook] = LookAgain
    if purpose in get_args(PlaybackPurpose):
        model = LookAtPlayback
    if purpose in get_args(TakeDownPurpose):
        model = LookAtTakeDown
    return model.model_validate(event["detail"])
