"""What encoders and people do: each kind of step has a sentence, and acts on a run."""

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ivs_emulator import EncoderRefused
from ivs_emulator.ingest import Video
from ivs_emulator.takeovers import HIGHEST_PRIORITY
from ivskit import names
from ivskit.commands import PushMetadata
from ivskit.redaction import redacted_errors
from ivskit_local.errors import WrongUsage
from ivskit_local.scenarios.expectations import Expect, findings
from ivskit_local.scenarios.run import Run, Worn
from ivskit_local.scenarios.words import (
    AnySpan,
    ChannelName,
    CommandName,
    SessionNumber,
    Span,
    Strict,
    Text,
    format_span,
)

# The fields of commands in which the scenario's names stand for ARNs.
_NAMING = {"channel_arn", "channel_arns", "audience_of"}

_WITH_KEY = {"current": "", "first": " with its first key", "wrong": " with a wrong key"}
_DOES = {
    "hang up": "hangs up",
    "starve": "starves",
    "recover": "recovers",
    "exceed": "sends more than its channel may take",
    "fail": "cannot be processed by IVS",
}
# More than any channel takes.
_TOO_MUCH = Video(bitrate=100_000_000)
_EACH_SECOND = timedelta(seconds=1)
# No channel has it.
_NO_KEY = "a wrong key"


class Step(Strict):
    """What every step has: its moment, and whether it may fail without failing the scenario."""

    at: Span
    may_fail: bool = False

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the step names."""
        return ()

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What the timeline shows for the step."""

    @abstractmethod
    def carry_out(self, run: Run) -> None:
        """Do it; raises EncoderRefused, NotThere or botocore's ClientError."""


class OnChannel(Step):
    """A step that is about one channel."""

    channel: ChannelName

    @property
    def channels(self) -> tuple[str, ...]:
        return (self.channel,)


class GoLive(OnChannel):
    """An encoder connects, with the channel's current key, the first one, or one that is wrong.

    reconnect_after: when cut off, it reconnects after this long, with the same key, up to 5 times.
    patience: while the channel has another stream, it tries again each second for this long.
    priority: with one that is higher than that of whoever is live, it takes the stream over.
    """

    do: Literal["go live"]
    reconnect_after: Span | None = None
    patience: Span | None = None
    key: Literal["current", "first", "wrong"] = "current"
    priority: Annotated[int, Field(ge=1, le=HIGHEST_PRIORITY, strict=True)] | None = None

    @property
    def sentence(self) -> str:
        with_priority = "" if self.priority is None else f" with priority {self.priority}"
        return f"{self.channel} goes live{_WITH_KEY[self.key]}{with_priority}"

    def carry_out(self, run: Run) -> None:
        key = _NO_KEY if self.key == "wrong" else run.key_for(self.channel, self.key).value
        self._connect(run, key, run.world.now, patience=self.patience or timedelta())

    def _connect(self, run: Run, key: str, at: datetime, *, patience: timedelta) -> None:
        after = None if self.reconnect_after is None else self.reconnect_after.total_seconds()
        arn = run.arns[self.channel]

        def again(due: datetime) -> None:
            with suppress(EncoderRefused):
                self._connect(run, key, due, patience=patience - _EACH_SECOND)

        try:
            run.world.ivs.connect(key, after, priority=self.priority)
        except EncoderRefused:
            if patience < _EACH_SECOND or run.world.ivs.open_session(arn) is None:
                raise
            run.world.ivs.agenda.add(at + _EACH_SECOND, again, arn, "reconnect")


class EncoderAct(OnChannel):
    """The encoder disconnects, starves, recovers, or sends more than its channel may take; or IVS
    cannot process the stream.
    """

    do: Literal["hang up", "starve", "recover", "exceed", "fail"]

    @property
    def sentence(self) -> str:
        return f"{self.channel} {_DOES[self.do]}"

    def carry_out(self, run: Run) -> None:
        ivs = run.world.ivs
        act: Mapping[str, Callable[[str], None]] = {
            "hang up": ivs.disconnect,
            "starve": ivs.starve,
            "recover": ivs.recover,
            "exceed": partial(ivs.send, video=_TOO_MUCH),
            "fail": ivs.fail,
        }
        act[self.do](run.arns[self.channel])


class Command(Step):
    """Somebody sends a command over the ivskit bus.

    channel and session become its channel_arn and stream_id; in `detail`, its other fields, the
    names of channels and manifests stand for their ARNs and URLs. issued: a moment of the scenario,
    which may lie before its start; now by default. The same id twice repeats the command.
    to: metadata may also go straight to its queue, which preserves its order.
    """

    do: Literal["command"]
    command: CommandName
    channel: ChannelName | None = None
    session: SessionNumber | None = None
    detail: Mapping[str, Any] = {}
    issued: AnySpan | None = None
    id: Text | None = None
    to: Literal["bus", "metadata queue"] = "bus"

    @model_validator(mode="after")
    def _only_metadata_is_queued(self) -> Self:
        if self.to == "metadata queue" and self.command != names.PUSH_METADATA:
            raise ValueError(f"only Push Metadata goes to the metadata queue, not {self.command}")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        return (self.channel,) if self.channel else ()

    @property
    def sentence(self) -> str:
        said = [*self.channels, *(f"{name}: {_said(one)}" for name, one in self.detail.items())]
        if self.issued is not None:
            said.append(f"issued at {format_span(self.issued)}")
        if self.to != "bus":
            said.append(f"straight to the {self.to}")
        return f"command {self.command}" + (f" ({', '.join(said)})" if said else "")

    def carry_out(self, run: Run) -> None:
        run.commands += 1
        ivs = run.world.ivs
        event = {
            "version": "0",
            "id": ivs.identifiers.event_id(),
            "detail-type": self.command,
            "source": names.COMMAND,
            "account": ivs.account_id,
            "time": f"{run.world.now:%Y-%m-%dT%H:%M:%SZ}",
            "region": ivs.region_name,
            "resources": [],
            "detail": self._detail(run),
        }
        if self.to == "bus":
            run.world.deliver(event)
        else:
            _queue(event, run)

    def _detail(self, run: Run) -> dict[str, Any]:
        issued = self.at if self.issued is None else self.issued
        detail: dict[str, Any] = {
            "command_id": self.id or f"command-{run.commands}",
            "issued_at": (run.start + issued).isoformat(),
            **_with_arns(self.detail, run),
        }
        if self.channel is not None:
            detail["channel_arn"] = run.arns[self.channel]
        if self.channel is not None and self.session is not None:
            detail["stream_id"] = run.session(self.channel, self.session).stream_id
        return detail


def _said(value: Any) -> str:
    """A list of texts as people write it; anything else as it is."""
    is_plain = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return ", ".join(value) if is_plain else str(value)


def _queue(event: Mapping[str, Any], run: Run) -> None:
    """Send to the queue as an application does, which validates the command first."""
    try:
        messages = PushMetadata.model_validate(event["detail"]).messages()
    except ValidationError as error:
        raise WrongUsage(f"Push Metadata: {'; '.join(redacted_errors(error))}") from error
    run.world.send(event, run.parameter("metadata-queue").value, messages)


def _with_arns(value: Any, run: Run, field: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _with_arns(inner, run, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_arns(inner, run, field) for inner in value]
    if field == "manifest":
        return run.manifests.get(value, value)
    return run.arns.get(value, value) if field in _NAMING else value


class Tag(OnChannel):
    """Somebody tags the channel; null removes a tag."""

    do: Literal["tag"]
    tags: Annotated[Mapping[str, str | None], Field(min_length=1)]

    @property
    def sentence(self) -> str:
        said = (f"{name} = {value}" if value else f"no {name}" for name, value in self.tags.items())
        return f"{self.channel} is tagged {', '.join(said)}"

    def carry_out(self, run: Run) -> None:
        client, arn = run.world.client("ivs"), run.arns[self.channel]
        put = {name: value for name, value in self.tags.items() if value is not None}
        gone = [name for name, value in self.tags.items() if value is None]
        if put:
            client.tag_resource(resourceArn=arn, tags=put)
        if gone:
            client.untag_resource(resourceArn=arn, tagKeys=gone)
        worn = {**run.tags_worn[self.channel][-1].tags, **put}
        left = {name: value for name, value in worn.items() if name not in gone}
        run.tags_worn[self.channel].append(Worn(run.world.now, left))


class Watch(OnChannel):
    """The viewer count from now on; -1 means that IVS could not count."""

    do: Literal["watch"]
    viewers: Annotated[int, Field(ge=-1, le=10_000_000, strict=True)]

    @property
    def sentence(self) -> str:
        return f"{self.viewers} viewer(s) watch {self.channel}"

    def carry_out(self, run: Run) -> None:
        run.world.ivs.watch(run.arns[self.channel], self.viewers)


class CreateChannel(OnChannel):
    """Somebody creates the channel, which is one that comes `later`."""

    do: Literal["create channel"]

    @property
    def sentence(self) -> str:
        return f"somebody creates {self.channel}"

    def carry_out(self, run: Run) -> None:
        run.create(self.channel)


class DeleteChannel(OnChannel):
    """Somebody deletes the channel, which must not be live."""

    do: Literal["delete channel"]

    @property
    def sentence(self) -> str:
        return f"somebody deletes {self.channel}"

    def carry_out(self, run: Run) -> None:
        run.delete(self.channel)


class DeleteBucket(Step):
    """Somebody deletes a bucket with recordings, and all that is in it."""

    do: Literal["delete bucket"]
    bucket: Text = "recordings"

    @property
    def sentence(self) -> str:
        return f"somebody deletes the bucket {self.bucket}"

    def carry_out(self, run: Run) -> None:
        s3, ivs = run.world.client("s3"), run.world.ivs
        buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
        for each in s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            s3.delete_object(Bucket=self.bucket, Key=each["Key"])
        s3.delete_bucket(Bucket=self.bucket)
        ivs.buckets = {each: ivs.region_name for each in buckets if each != self.bucket}


class SecretAct(OnChannel):
    """Somebody schedules the secret of the channel's key for deletion, or restores it."""

    do: Literal["delete secret", "restore secret"]

    @property
    def sentence(self) -> str:
        does = "deletes" if self.do == "delete secret" else "restores"
        return f"somebody {does} the secret of {self.channel}"

    def carry_out(self, run: Run) -> None:
        secrets, name = run.world.client("secretsmanager"), run.secret(self.channel)
        if self.do == "delete secret":
            secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
            run.secrets_deleted.append((run.world.now, self.channel))
        else:
            secrets.restore_secret(SecretId=name)
            run.secrets_restored.append((run.world.now, self.channel))
        run.secrets_by_hand.append((run.world.now, self.channel))


class KeyAct(OnChannel):
    """Somebody makes or deletes the channel's stream key behind ivskit's back."""

    do: Literal["create key", "delete key"]

    @property
    def sentence(self) -> str:
        does = "creates a" if self.do == "create key" else "deletes the"
        return f"somebody {does} key of {self.channel}"

    def carry_out(self, run: Run) -> None:
        client = run.world.client("ivs")
        if self.do == "create key":
            client.create_stream_key(channelArn=run.arns[self.channel])
        else:
            client.delete_stream_key(arn=run.key_for(self.channel, "current").arn)
        run.keys_by_hand.append((run.world.now, self.channel))


class Deliver(Step):
    """A recorded event arrives; file: relative to the scenario's file."""

    do: Literal["deliver"]
    file: Text

    @property
    def sentence(self) -> str:
        return f"the event in {self.file} arrives"

    def carry_out(self, run: Run) -> None:
        path = run.folder / self.file
        try:
            run.world.deliver(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WrongUsage(f"{path}: is not an event: {error}") from error


class Check(Step):
    """Expectations at this moment."""

    do: Literal["check"]
    expect: Expect

    @property
    def channels(self) -> tuple[str, ...]:
        return self.expect.channels_named

    @property
    def sentence(self) -> str:
        return "check"

    def carry_out(self, run: Run) -> None:
        run.world.settle(keep_time=True)
        for what, found in findings(self.expect, run):
            run.find(what, found)
        run.seen_keys = {channel: run.key(channel) for channel in run.arns}
