"""The fields of every outcome."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, computed_field

from ivskit.arns import ChannelArn, StreamId
from ivskit.policy.values import Mode

By = Literal["command", "policy"]
# What follows a stop, from the mildest to the strictest.
Ending = Literal["kick", "lockout", "rotate", "block"]
_NAMESPACE = UUID("2c6d5c68-5d3f-5f0e-9a53-0d9c1f3c8a10")


def _plain(text: str) -> str:
    """Without the characters that break an input template of EventBridge, which escapes nothing."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.translate(_UNQUOTED)


_UNQUOTED = str.maketrans({'"': "'", "\\": "/"})
Plain = Annotated[str, AfterValidator(_plain)]


# The log, the bus and who removes repeats ask for it in turn.
@lru_cache(maxsize=128)
def _id(identity: str) -> str:
    return str(uuid5(_NAMESPACE, identity))


class Outcome(BaseModel):
    """The fields of every outcome.

    cause: the stream id or command id that made ivskit act; event_id: the event that began it;
    sender: who sent the command, where a command is the cause; tags: the channel's tags of ivskit
    that were read for the decision.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    name: ClassVar[str]
    cause: str
    channel_arn: ChannelArn | None = None
    stream_id: StreamId | None = None
    reason: Plain
    mode: Mode
    at: AwareDatetime
    event_id: str
    sender: str | None = None
    tags: Mapping[str, str] | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy has no decorated properties
    @property
    def id(self) -> str:
        """The same for the same cause, channel and outcome, so that a repeat is recognized."""
        return _id("\n".join([self.name, *self._identity()]))

    def _identity(self) -> tuple[str, ...]:
        return (self.cause, self.channel_arn or "")


class Nothing(Outcome):
    """Nothing was done, and why; one cause may meet several reasons, and sessions, over time."""

    def _identity(self) -> tuple[str, ...]:
        return (*super()._identity(), self.stream_id or "", self.reason, self.mode)
