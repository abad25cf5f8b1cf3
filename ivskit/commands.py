"""Requests to act, which applications and the CLI put on the ivskit bus, as frozen models.

    events.put_events(Entries=[RotateStreamKey.issue(channel_arn=arn).entry(bus_name)])

`command_id` makes a repeat harmless, `issued_at` gives the command an age; the sender sets both, as
`issue` does. An unknown field is refused: a typo must not change the meaning.
"""

import getpass
import hashlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from uuid import uuid4

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from ivskit import envelope, formats, names, quotas
from ivskit.arns import ChannelArn, StreamId
from ivskit.durations import Duration
from ivskit.metadata_text import metadata_text
from ivskit.redaction import redact

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_ID = 128
LONGEST_SENDER = 128
# A message with this many is well below EventBridge's limit.
MOST_CHANNELS = 1_000
# Free-text fields, into which a person may paste a stream key by mistake.
_WORDS = ("command_id", "reason", "sender")

# The id of the command, or of the stream, that began the revocation.
JobId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
ManyChannels = Annotated[tuple[ChannelArn, ...], Field(min_length=1, max_length=MOST_CHANNELS)]
ViewerId = Annotated[str, StringConstraints(min_length=1, max_length=quotas.VIEWER_ID_CHARACTERS)]


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


class RotateStreamKey(ChannelCommand):
    """Give the channel a new stream key; a live channel only where `if_live` is proceed."""

    detail_type = names.ROTATE_STREAM_KEY
    if_live: Literal["refuse", "proceed"] = "refuse"


class StopStream(ChannelCommand):
    """Stop the session that is live when the command is issued, or the one that it names.

    then: auto replaces the key, so that the encoder stays out; where the policy never replaces
    keys, it cuts every session that starts within 15 minutes. rotate replaces the key whatever the
    policy says, kick lets the encoder reconnect, block keeps the whole channel down until it is
    unblocked, whichever session is named.
    """

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


class _NeverTooOld(ChannelCommand):
    """A command whose newest instance counts, however late it arrives."""

    @property
    def longest_age(self) -> timedelta | None:
        """None unless the command sets max_age."""
        return self.max_age if "max_age" in self.model_fields_set else None


class BlockChannel(_NeverTooOld):
    """Keep the channel down until it is unblocked; of two, the newer issued_at wins."""

    detail_type = names.BLOCK_CHANNEL


class UnblockChannel(_NeverTooOld):
    """Let the channel stream again; of two, the newer issued_at wins."""

    detail_type = names.UNBLOCK_CHANNEL


def _no_truth(value: object) -> object:
    # Pydantic would read True as 1.
    if isinstance(value, bool):
        raise ValueError("takes a whole number, not True or False")  # noqa: TRY004 - pydantic passes on no TypeError
    return value


class Viewer(BaseModel):
    """A viewer session of a private channel: all versions up to the one given are revoked."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    channel_arn: ChannelArn
    viewer_id: ViewerId
    up_to_version: (
        Annotated[NonNegativeInt, Field(le=quotas.REVOCABLE_VERSION), BeforeValidator(_no_truth)]
        | None
    ) = None


class RevokeViewers(Command):
    """Revoke viewer sessions, named in one of four ways."""

    detail_type = names.REVOKE_VIEWERS
    viewers: Annotated[tuple[Viewer, ...], Field(min_length=1)] | None = None
    channel_arns: Annotated[tuple[ChannelArn, ...], Field(min_length=1)] | None = None
    viewer_ids: Annotated[tuple[ViewerId, ...], Field(min_length=1)] | None = None
    manifest: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]{3,63}/.+$")] | None = None
    audience_of: Annotated[tuple[ChannelArn, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.channel_arns is None) != (self.viewer_ids is None):
            raise ValueError("channel_arns and viewer_ids go together: each viewer on each channel")
        ways = {name: getattr(self, name) for name in self._WAYS}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ways)}, not {given or 'none'}")
        return self

    _WAYS: ClassVar[tuple[str, ...]] = ("viewers", "viewer_ids", "manifest", "audience_of")


class CancelRevocation(Command):
    """Stop a revocation: viewers that are not revoked yet are skipped."""

    detail_type = names.CANCEL_REVOCATION
    job: JobId


class ResumeRevocation(Command):
    """Resume a revocation that was cancelled, or whose messages are in the dead-letter queue."""

    detail_type = names.RESUME_REVOCATION
    job: JobId


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


AnyCommand = (
    RotateStreamKey
    | StopStream
    | BlockChannel
    | UnblockChannel
    | RevokeViewers
    | CancelRevocation
    | ResumeRevocation
    | PushMetadata
)
_MODELS: tuple[type[AnyCommand], ...] = get_args(AnyCommand)
BY_DETAIL_TYPE: Mapping[str, type[AnyCommand]] = {model.detail_type: model for model in _MODELS}


def parse_command(event: Mapping[str, Any]) -> AnyCommand:
    """The command that an event carries; raises pydantic's ValidationError."""
    return BY_DETAIL_TYPE[event["detail-type"]].read(event)


@dataclass(frozen=True)
class TooLate:
    """A command that is too late to act on, and why.

    What it began is still completed, and its earlier outcome is published again.
    """

    command: AnyCommand
    why: str


def too_late(command: Command, *, now: datetime, from_archive: bool) -> str | None:
    """Why a valid command is too late to act on, or None when it is not.

    A redrive or an archive replay must never cut a newer show.
    """
    if from_archive and not command.replayed:
        return "replayed: the command comes from an archive replay and does not set this field"
    if command.issued_at > now + CLOCK_SKEW:
        return f"issued_at: {command.issued_at.isoformat()} is more than {CLOCK_SKEW} ahead"
    age, longest = now - command.issued_at, command.longest_age
    if longest is not None and age > longest:
        return f"max_age: the command is {age} old, and the limit is {longest}"
    return None
