"""The fields of every command."""

import getpass
import os
import socket
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Self
from uuid import uuid4

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from ivskit import names
from ivskit.arns import ChannelArn
from ivskit.durations import Duration
from ivskit.redaction import redact

LONGEST_ID = 128
LONGEST_SENDER = 128
# A message with this many is well below EventBridge's limit.
MOST_CHANNELS = 1_000
# Free-text fields, into which a person may paste a stream key by mistake.
_WORDS = ("command_id", "reason", "sender")

ManyChannels = Annotated[tuple[ChannelArn, ...], Field(min_length=1, max_length=MOST_CHANNELS)]


def one_way(*ways: Mapping[str, str]) -> dict[str, Any]:
    """What the JSON schema of a command says whose subject is named in exactly one of these ways.

    Each has the JSON types of its fields; null: a field that does not go with this way.
    """
    return {"oneOf": [_alone(way, ways) for way in ways]}


def _alone(way: Mapping[str, str], ways: Collection[Mapping[str, str]]) -> dict[str, Any]:
    fields = [name for each in ways for name, kind in each.items() if kind != "null"]
    types = {**dict.fromkeys(fields, "null"), **way}
    return {
        "properties": {name: {"type": kind} for name, kind in types.items()},
        "required": [name for name, kind in way.items() if kind != "null"],
    }


def this_program() -> str:
    """Who sends commands from here: the Lambda function, or the user and the host."""
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    return (function or f"{_user()}@{socket.gethostname()}")[:LONGEST_SENDER]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under an id that has no name
        return str(os.getuid())


class Command(BaseModel):
    """The fields of every command.

    sender: who sends it, for people to read; force: act even where the channel is only observed,
    or a pause holds commands too; max_age: how old the command may be when it is read (default 1h;
    a block or unblock is never too old); replayed: whether it may come from an EventBridge archive
    (default no).
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )
    detail_type: ClassVar[str]
    command_id: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
    issued_at: AwareDatetime
    reason: Annotated[str, StringConstraints(max_length=512)] = ""
    sender: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SENDER)] | None = None
    force: bool = False
    max_age: Duration = Field(default=timedelta(hours=1), json_schema_extra={"default": "1h"})
    replayed: bool = False

    @property
    def longest_age(self) -> timedelta | None:
        """How old the command may be when it is read; None: no limit."""
        return self.max_age

    @classmethod
    def issue(cls, **fields: Any) -> Self:
        """A new command, issued now by this program under a new id.

        Fields override that, such as `sender="moderation-bot"`.
        """
        identity = {
            "command_id": str(uuid4()),
            "issued_at": datetime.now(UTC),
            "sender": this_program(),
        }
        return cls.model_validate(identity | fields)

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """The command of this kind in an event's detail, with stream keys removed from its texts.

        Raises pydantic's ValidationError.
        """
        detail = event["detail"]
        words = {name: redact(detail[name]) for name in _WORDS if name in detail}
        return cls.model_validate({**detail, **words})

    def entry(self, bus_name: str) -> dict[str, Any]:
        """The command as an entry of EventBridge's PutEvents."""
        return {
            "EventBusName": bus_name,
            "Source": names.COMMAND,
            "DetailType": self.detail_type,
            "Detail": self.model_dump_json(exclude_defaults=True),
        }


class ChannelCommand(Command):
    """A command about one channel, or about many at once: give channel_arn or channel_arns."""

    model_config = ConfigDict(
        json_schema_extra=one_way({"channel_arn": "string"}, {"channel_arns": "array"})
    )
    channel_arn: ChannelArn | None = None
    channel_arns: ManyChannels | None = None

    @model_validator(mode="after")
    def _one_or_many(self) -> Self:
        if (self.channel_arn is None) == (self.channel_arns is None):
            raise ValueError("give exactly one of channel_arn and channel_arns")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that the command names, once."""
        named = self.channel_arns or (self.channel_arn,)
        return tuple(dict.fromkeys(arn for arn in named if arn is not None))

    def of_each(self) -> list[Self]:
        """The same command about each of its channels alone."""
        return [
            self.model_copy(update={"channel_arn": arn, "channel_arns": None})
            for arn in self.channels
        ]


class NeverTooOld(ChannelCommand):
    """A command whose newest instance counts, however late it arrives."""

    @property
    def longest_age(self) -> timedelta | None:
        """None unless the command sets max_age."""
        return self.max_age if "max_age" in self.model_fields_set else None
