"""All that happened to one channel, from the records of a world."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, TypeVar

from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit.arns import resource_id
from ivskit.policy import CommandChannels, Policy, PolicySettings
from ivskit.policy.tags import is_blocked
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Reaction
from ivskit_local.scenarios.run import Run

Each = TypeVar("Each")
# A broken law, and the case that breaks it.
Breach = tuple[str, str]

# A schedule is up to a minute late, and a death is retried after three minutes.
PATIENCE = timedelta(minutes=15)
# An encoder that reconnects this soon belongs to the same show.
FLAP = timedelta(minutes=1)
# How long a stopped stream stays live.
LINGERS = timedelta(seconds=10)
# A call that takes longer holds up everybody who needs the channel.
SLOW = timedelta(seconds=1)
# Parts of the errors of AWS, or of a fault, that excuse a function.
_TROUBLE = (
    "killed", "Throttling", "TooMany", "ProvisionedThroughput", "Internal", "ServiceUnavailable",
    "StreamUnavailable", "LimitExceeded", "AccessDenied", "ServerError", "a fault",
    "Timeout", "timed out",
)  # fmt: skip


@dataclass(frozen=True)
class Deployed:
    """The settings of a deployment."""

    policy: PolicySettings
    stage: str = "dev"
    command_channels: CommandChannels = "all"
    store: Literal["secretsmanager", "ssm", "none"] = "secretsmanager"
    watches_quotas: bool = False

    def policy_of(self, tags: Mapping[str, str]) -> Policy:
        """The policy of a channel with these tags."""
        return self.policy.of(tags, stage=self.stage, command_channels=self.command_channels)


@dataclass(frozen=True)
class Stop:
    """A function's call that stopped a session."""

    at: datetime
    session: StreamSession


@dataclass(frozen=True)
class Commanded:
    """A command, when it arrived and when it was issued; channels: those that it names."""

    name: str
    at: datetime
    issued_at: datetime
    channels: Sequence[str]
    detail: Mapping[str, Any]
    is_routed: bool = True

    @property
    def id(self) -> str:
        """Its command_id."""
        return str(self.detail.get("command_id", ""))

    @property
    def blocks(self) -> bool:
        """Whether it blocks the channel."""
        blocks = (names.BLOCK_CHANNEL, names.TAKE_DOWN)
        return self.name in blocks or self.detail.get("then") == "block"


@dataclass(frozen=True)
class Answer:
    """An outcome; at: when it was published."""

    name: str
    at: datetime
    detail: Mapping[str, Any]

    @property
    def cause(self) -> str:
        """The cause that it answers."""
        return str(self.detail["cause"])

    @property
    def done_at(self) -> datetime:
        """When it was done, by a function's clock; it may be published again, or late."""
        return datetime.fromisoformat(self.detail["at"])


def answers(run: Run) -> Iterator[Answer]:
    """Every outcome, as often as it was published."""
    for put in run.world.published:
        if put.event["source"] == names.OUTCOME:
            yield Answer(put.event["detail-type"], put.at, put.event["detail"])


def commands(run: Run) -> Iterator[Commanded]:
    """Every command that arrived with a time of issue."""
    for delivery in run.world.deliveries:
        detail = delivery.event["detail"]
        if delivery.event["source"] == names.COMMAND and isinstance(detail.get("issued_at"), str):
            yield Commanded(
                delivery.event["detail-type"],
                delivery.at,
                datetime.fromisoformat(detail["issued_at"]),
                _named(detail),
                detail,
                bool(delivery.reactions),
            )


def _named(detail: Mapping[str, Any]) -> Sequence[str]:
    """The channels that a command names; what is malformed names none."""
    viewers = (each for each in _listed(detail, "viewers") if isinstance(each, dict))
    named = [
        detail.get("channel_arn"),
        *_listed(detail, "channel_arns"),
        *_listed(detail, "audience_of"),
        *(each.get("channel_arn") for each in viewers),
    ]
    return [arn for arn in named if isinstance(arn, str)]


def _listed(detail: Mapping[str, Any], field: str) -> Sequence[object]:
    value = detail.get(field)
    return value if isinstance(value, list) else []


def reactions(run: Run) -> Iterator[Reaction]:
    """Every attempt of a function at a record."""
    yield from run.world.unasked
    for delivery in run.world.deliveries:
        yield from delivery.reactions


def is_trouble(error: str) -> bool:
    """Whether this error of a call or a function comes of AWS, or of a death."""
    return any(word in error for word in _TROUBLE)


def in_trouble(run: Run, since: datetime, until: datetime) -> bool:
    """Whether a call of any function failed, or a function died, in this time."""
    return any(
        since <= call.at <= until and is_trouble(call.error)
        for call in run.world.calls
        if call.error is not None
    )


def is_hampered(run: Run, since: datetime, until: datetime) -> bool:
    """Whether AWS fails in this time, or is so slow that invocations wait for each other."""
    slow = (call.at for call in run.world.calls if call.ms >= SLOW / timedelta(milliseconds=1))
    return any(since <= at <= until for at in slow) or in_trouble(run, since, until)


@dataclass(frozen=True)
class Story:
    """All that happened to one channel, and every set of tags that it had."""

    run: Run
    channel: str
    deployed: Deployed

    @property
    def arn(self) -> str:
        return self.run.arns[self.channel]

    @property
    def channel_id(self) -> str:
        return resource_id(self.arn)

    @property
    def now(self) -> datetime:
        return self.run.world.now

    @property
    def sessions(self) -> Sequence[StreamSession]:
        return self.run.world.ivs.sessions_of(self.arn)

    @property
    def policies(self) -> Sequence[Policy]:
        """Every policy that the channel had."""
        return self.policies_between(self.run.start, self.now)

    def policies_between(self, since: datetime, until: datetime) -> Sequence[Policy]:
        """The policies that it had in this time, or may have had."""
        worn = [(each.at, each.tags) for each in self.run.tags_worn[self.channel]]
        deployed = [(self.run.start, self.deployed)]
        deployed += [(at, replace(self.deployed, policy=each)) for at, each in self.run.policies]
        return [
            settings.policy_of(tags)
            for settings in self._in_force(deployed, since, until)
            for tags in self._in_force(worn, since, until)
        ]

    def _in_force(
        self, dated: Sequence[tuple[datetime, Each]], since: datetime, until: datetime
    ) -> Sequence[Each]:
        """Those that were so, from their moment to the next one's, at some time of these."""
        ends = [*(at for at, _ in dated[1:]), self.now]
        both = zip(dated, ends, strict=True)
        return [one for (at, one), end in both if at <= until and end >= since]

    def calls(self, *operations: str) -> Iterator[tuple[datetime, str, str]]:
        """When a function called one of these operations on the channel, with success."""
        for call in self._calls:
            if call.operation in operations:
                yield call.at, call.operation, call.function

    @cached_property
    def _calls(self) -> Sequence[Call]:
        return [call for call in self.run.world.calls if not call.error and self.is_about(call)]

    @cached_property
    def _resources(self) -> Set[str]:
        made = self.run.world.ivs.keys_made.get(self.arn)
        return {self.arn, *(made.arns if made else ())}

    def is_about(self, call: Call) -> bool:
        """Whether it is a call on the channel, or on one of its keys."""
        return call.resource in self._resources

    @cached_property
    def _commands(self) -> Sequence[Commanded]:
        return tuple(commands(self.run))

    @cached_property
    def _answers(self) -> Mapping[str, Sequence[Answer]]:
        """Those about the channel, by name."""
        found: dict[str, list[Answer]] = {}
        for answer in answers(self.run):
            if answer.detail.get("channel_arn") == self.arn:
                found.setdefault(answer.name, []).append(answer)
        return found

    @cached_property
    def stops(self) -> Sequence[Stop]:
        """Every successful StopStream by a function, and its session.

        Sessions of a deleted channel are gone.
        """
        return tuple(self._stops())

    def _stops(self) -> Iterator[Stop]:
        for at, _, _ in self.calls("StopStream"):
            live = (session for session in reversed(self.sessions) if session.created_at <= at)
            cut = next(live, None)
            if cut is not None:
                yield Stop(at, cut)

    @cached_property
    def stopped(self) -> Set[str]:
        """The sessions that were cut, or had dropped out when a stop replaced their key."""
        published = self.answers(names.STREAM_STOPPED)
        cut = {stop.session.stream_id for stop in self.stops}
        return cut | {one.detail["stream_id"] for one in published}

    def commands(self, *of_names: str) -> Iterator[Commanded]:
        """Every command about the channel that arrived."""
        for command in self._commands:
            if self.arn in command.channels and (not of_names or command.name in of_names):
                yield command

    def answers(self, *of_names: str) -> Iterator[Answer]:
        """Every outcome about the channel of one of these names."""
        found = [answer for name in of_names for answer in self._answers.get(name, ())]
        yield from sorted(found, key=lambda answer: answer.at)

    def refused(self, command: Commanded) -> bool:
        """Whether it was refused; another command under its id is refused by itself."""
        return (command.id, command.name) in self._refusals

    @cached_property
    def _refusals(self) -> Set[tuple[str, str]]:
        """The ids and names of the commands that were refused, on whichever channel."""
        refused = (one for one in answers(self.run) if one.name == names.COMMAND_REFUSED)
        return {(one.cause, one.detail["command"]) for one in refused}

    def blocked_at(self, moment: datetime) -> bool:
        """Whether the channel was blocked; an unblock has a minute to take effect."""
        blocked = [*self.answers(names.CHANNEL_BLOCKED)]
        # Of a take-down, the restriction alone may end as a dead letter, which is refused.
        done = {one.cause.partition(": ")[0] for one in blocked}
        commands = [one for one in self.commands() if one.blocks]
        acted = [one for one in commands if one.id in done or not self.refused(one)]
        ats = [*(one.at for one in acted), *(one.at for one in blocked)]
        blocks = [at for at in ats if at <= moment]
        if any(worn.at <= moment and is_blocked(worn.tags) for worn in self._worn):
            blocks.append(self.run.start)
        unblocks = (one.at for one in self.answers(names.CHANNEL_UNBLOCKED))
        lifted = [at for at in unblocks if at <= moment - FLAP]
        return any(not any(at > block for at in lifted) for block in blocks)

    @property
    def _worn(self) -> Sequence[Any]:
        return self.run.tags_worn[self.channel]

    def in_trouble(self, since: datetime, until: datetime) -> bool:
        """Whether a call of any function failed, or a function died, in this time."""
        return in_trouble(self.run, since, until)


def over_by(session: StreamSession, moment: datetime) -> bool:
    """Whether the session had ended by that moment."""
    return session.over_at is not None and session.over_at <= moment
