"""A world in which a scenario takes place, and the scenario's own names for what is in it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

from ivs_emulator import EncoderRefused
from ivs_emulator.stream_keys import StreamKey
from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit.arns import resource_id
from ivskit.jobs.table import Jobs
from ivskit.policy import PolicySettings
from ivskit.recordings.table import RecordingTable
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.channels import ChannelSpec as ChannelSpec
from ivskit_local.scenarios.channels import add
from ivskit_local.scenarios.viewers import Viewers
from ivskit_local.scenarios.words import ChannelName

# The fields of IVS events that distinguish events of one detail type.
_NAMING = ("event_name", "recording_status", "limit_name", "limit")


# What is expected, and what was found instead: None if the expectation holds.
Found = tuple[str, str | None]


@dataclass(frozen=True)
class Finding:
    """One expectation; `found`: what was found instead, None if it holds."""

    at: datetime
    what: str
    found: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the expectation holds."""
        return self.found is None


@dataclass(frozen=True)
class Note:
    """Something that was done or happened, other than an event on a bus."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Parameter:
    """A parameter in SSM that the app publishes for applications."""

    name: str
    value: str


@dataclass(frozen=True)
class Worn:
    """The tags that people gave a channel, and since when."""

    at: datetime
    tags: Mapping[str, str]


class NotThere(Exception):
    """A step names something that does not exist, or not yet."""


class Handling:
    """How the channel's next events of one name travel to the bus: lost, late or repeated."""

    def __init__(
        self, channel_arn: str, event_name: str, *, times: int, arrivals: Sequence[timedelta]
    ) -> None:
        self.left = times
        self.arrivals = arrivals
        self._about = (channel_arn, event_name)

    def suits(self, event: Event) -> bool:
        """Whether this handling applies to the event."""
        channel_arn, event_name = self._about
        named = (event["detail"].get(field) for field in _NAMING)
        return self.left > 0 and channel_arn in event["resources"] and event_name in named


@dataclass
class LateMessage:
    """What comes late, once: a look at a channel for a purpose, or the sweep."""

    channel: ChannelName | None
    purpose: str | None
    session: int | None
    by: timedelta
    is_over: bool = False


class Run:
    """Channels by their names, sessions by their numbers, and what was noted on the way."""

    def __init__(
        self,
        world: World,
        channels: Mapping[ChannelName, ChannelSpec],
        *,
        folder: Path,
        project_root: Path = Path(),
    ) -> None:
        self.world = world
        self.start = world.now
        self.folder = folder
        self.project_root = project_root
        # Stages of ivskit that were deployed beside the first.
        self.neighbours: list[Templates] = []
        self._specs = channels
        self.arns: dict[str, str] = {}
        for name, spec in channels.items():
            self.arns[name] = spec.arn or world.ivs.identifiers.arn("channel")
            if not spec.later:
                add(world, self.arns[name], name, spec)
        # Every set of tags that people gave a channel, in order.
        self.tags_worn = {
            name: [Worn(world.now, dict(spec.tags))] for name, spec in channels.items()
        }
        self.first_keys = {name: self.key(name) for name in channels}
        self.seen_keys = dict(self.first_keys)
        self.notes: list[Note] = []
        self.findings: list[Finding] = []
        self.handlings: list[Handling] = []
        self.late_messages: list[LateMessage] = []
        # What must have happened by the end, in words and as a check.
        self.promises: list[tuple[str, Callable[[], bool]]] = []
        self.commands = 0
        # When somebody made or deleted a channel's key behind ivskit's back.
        self.keys_by_hand: list[tuple[datetime, str]] = []
        # When somebody deleted or restored the secret of a channel's key.
        self.secrets_by_hand: list[tuple[datetime, str]] = []
        self.secrets_deleted: list[tuple[datetime, str]] = []
        self.secrets_restored: list[tuple[datetime, str]] = []
        # What was not at rest on the hour: what each invariant says, and of which channel.
        self.on_the_hour: list[tuple[datetime, Set[tuple[str, str]]]] = []
        # How many sessions and keys a channel had had when it was deleted.
        self._until_deleted: dict[str, tuple[int, int]] = {}
        # When somebody deleted a channel.
        self.deletions: list[datetime] = []
        # The policies that the first stage was deployed with later, and since when.
        self.policies: list[tuple[datetime, PolicySettings]] = []
        # How many streams the account may have, and since when.
        self.stream_limits = [(world.now, world.ivs.limits.concurrent_streams)]
        # When somebody paused automation.
        self.pauses: list[datetime] = []
        self.resumes: list[datetime] = []
        # The manifests' URLs, by name.
        self.manifests: dict[str, str] = {}
        world.transit = self._transit
        world.lateness = self._lateness

    # What there is.

    def key(self, channel: str) -> StreamKey | None:
        """The channel's key now."""
        return next(iter(self.world.ivs.keys_of(self.arns[channel])), None)

    def key_for(self, channel: str, which: Literal["current", "first"]) -> StreamKey:
        """The key that an encoder was given; raises EncoderRefused where there is none."""
        key = self.key(channel) if which == "current" else self.first_keys[channel]
        if key is None:
            raise EncoderRefused(f"{channel} has no stream key")
        return key

    def secret(self, channel: str) -> str:
        """The name of the secret of the channel's key; raises NotThere."""
        stage = self.parameter("pause").name.split("/")[2]
        return names.secret_prefix(stage) + resource_id(self.arns[channel])

    def session(self, channel: str, number: int) -> StreamSession:
        """The channel's nth session; raises NotThere if there were fewer."""
        sessions = self.world.ivs.sessions_of(self.arns[channel])
        if number > len(sessions):
            raise NotThere(f"{channel} has had {len(sessions)} session(s), not {number}")
        return sessions[number - 1]

    @cached_property
    def viewers(self) -> Viewers:
        """The viewers and their tokens."""
        table = self._parameters.get("audience")
        stage = self.parameter("pause").name.split("/")[2]
        return Viewers(self.world, stage=stage, audience=table.value if table else None)

    @property
    def tokens_issued(self) -> Sequence[str]:
        """All tokens that viewers were issued."""
        return self.viewers.tokens if "viewers" in vars(self) else ()

    def without_secret(self, channel: str) -> Iterator[tuple[datetime, datetime]]:
        """From when until when the secret of the channel's key was to be deleted."""
        restored = [at for at, name in self.secrets_restored if name == channel]
        for begun in (at for at, name in self.secrets_deleted if name == channel):
            yield begun, min([at for at in restored if at >= begun], default=self.world.now)

    def is_paused(self, since: datetime, until: datetime) -> bool:
        """Whether automation was paused throughout."""
        pauses = [at for at in self.pauses if at <= since]
        return bool(pauses) and not any(max(pauses) <= at <= until for at in self.resumes)

    def was_paused(self, since: datetime, until: datetime) -> bool:
        """Whether automation was paused at any time of these."""
        spans = ((at, [end for end in self.resumes if end >= at]) for at in self.pauses)
        return any(at <= until and min(ends, default=until) >= since for at, ends in spans)

    def deploy(self, templates: Templates) -> None:
        """Deploy another stage of ivskit in the same account; commands still go to the first."""
        self.parameter("bus")  # read the parameters now: later, each name exists twice
        self.world.deploy(templates)
        self.neighbours.append(templates)

    def change_policy(self, fields: Mapping[str, str]) -> None:
        """Deploy the first stage again with these settings of its policy."""
        stage = self.parameter("bus").name.split("/")[2]

        def changed(variables: Mapping[str, str]) -> Mapping[str, str]:
            if variables.get("IVSKIT_STAGE") != stage:
                return variables
            policy = {**json.loads(variables["IVSKIT_POLICY"]), **fields}
            found.append(policy)
            return {**variables, "IVSKIT_POLICY": json.dumps(policy)}

        found: list[Mapping[str, str]] = []
        self.world.reconfigure(changed)
        settings = PolicySettings.model_validate_json(json.dumps(found[0]))
        self.policies.append((self.world.now, settings))

    def parameter(self, what: str) -> Parameter:
        """The parameter of this name of whatever stage is deployed; raises NotThere."""
        if what not in self._parameters:
            raise NotThere(
                f"there is no parameter /ivskit/<stage>/{what}: the settings may not enable it"
            )
        return self._parameters[what]

    @cached_property
    def jobs(self) -> Jobs:
        """The revocations; raises NotThere."""
        return Jobs(self.world.client("dynamodb"), table=self.parameter("jobs").value)

    @cached_property
    def recordings(self) -> RecordingTable:
        """The index of recordings; raises NotThere."""
        table = self.parameter("recordings").value
        return RecordingTable(self.world.client("dynamodb"), table=table)

    @cached_property
    def _parameters(self) -> Mapping[str, Parameter]:
        """By the last part of their names, as they were at the first look."""
        pages = self.world.client("ssm").get_paginator("get_parameters_by_path")
        found = [
            Parameter(each["Name"], each["Value"])
            for page in pages.paginate(Path="/ivskit", Recursive=True)
            for each in page["Parameters"]
        ]
        return {each.name.rpartition("/")[2]: each for each in found}

    def names(self) -> Mapping[str, str]:
        """What the scenario calls each channel's ARN and each session's id."""
        sessions = {
            session.stream_id: f"session {number} of {name}"
            for name, arn in self.arns.items()
            for number, session in enumerate(self.world.ivs.sessions_of(arn), 1)
        }
        return {arn: name for name, arn in self.arns.items()} | sessions

    def named(self, text: str) -> str:
        """The text with the scenario's names in place of ARNs and ids."""
        return renamed(text, self.names())

    def sessions_and_keys(self, channel: str) -> tuple[int, int]:
        """How many of each the channel has had, until it was deleted."""
        arn = self.arns[channel]
        made = self.world.ivs.keys_made.get(arn)
        now = len(self.world.ivs.sessions_of(arn)), made.count if made else 0
        return self._until_deleted.get(channel, now)

    def key_named(self, channel: str) -> str:
        """Which of its keys the channel has now, counted from the first that it ever had."""
        key = self.key(channel)
        if key is None:
            return "no key"
        made = self.world.ivs.keys_made[self.arns[channel]]
        return f"key {made.count - len(made.arns) + list(made.arns).index(key.arn) + 1}"

    # What happens.

    def create(self, channel: str) -> None:
        """Create a channel that comes later; raises NotThere where it was created before."""
        if self.first_keys[channel] is not None or not self._specs[channel].later:
            raise NotThere(f"{channel} was created before")
        add(self.world, self.arns[channel], channel, self._specs[channel])
        self.first_keys[channel] = self.seen_keys[channel] = self.key(channel)

    def delete(self, channel: str) -> None:
        """Delete the channel; raises ClientError while it is live."""
        had = self.sessions_and_keys(channel)
        self.world.client("ivs").delete_channel(arn=self.arns[channel])
        self._until_deleted[channel] = had
        self.deletions.append(self.world.now)

    def note(self, text: str) -> None:
        """Add a note to the timeline."""
        self.notes.append(Note(self.world.now, text))

    def find(self, what: str, found: str | None = None) -> None:
        """Add a finding to the verdict."""
        self.findings.append(Finding(self.world.now, what, found))

    def _transit(self, event: Event) -> Sequence[timedelta]:
        handling = next((each for each in self.handlings if each.suits(event)), None)
        if handling is None:
            return (timedelta(),)
        handling.left -= 1
        return handling.arrivals

    def _lateness(self, event: Event) -> timedelta:
        for each in self.late_messages:
            if not each.is_over and self._is(each, event):
                each.is_over = True
                return each.by
        return timedelta()

    def _is(self, late: LateMessage, event: Event) -> bool:
        if late.channel is None:
            return event.get("source") == names.SCHEDULE
        detail = event.get("detail", {})
        about = detail.get("channel_arn"), detail.get("purpose")
        if about != (self.arns[late.channel], late.purpose):
            return False
        sessions = self.world.ivs.sessions_of(self.arns[late.channel])
        numbers = {session.stream_id: number for number, session in enumerate(sessions, 1)}
        return late.session in (None, numbers.get(detail.get("stream_id")))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other names in it."""
    for old, new in names.items():
        text = text.replace(old, new)
    return text
