"""What holds in every scenario, whatever happens in it: nothing is touched without a reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit.policy import CommandChannels, Policy, PolicySettings
from ivskit_local.emulator.stream_sessions import StreamSession, whole_second
from ivskit_local.scenarios.stage import Stage

# What was found where a law is broken: the law, and the case.
Breach = tuple[str, str]

# A schedule is up to a minute late, and what dies comes back after three.
PATIENCE = timedelta(minutes=15)
_TOUCHING = {
    "BatchStartViewerSessionRevocation",
    "CreateStreamKey",
    "DeleteStreamKey",
    "PutMetadata",
    "StartViewerSessionRevocation",
    "StopStream",
    "TagResource",
    "UntagResource",
}


@dataclass(frozen=True)
class Stop:
    """A call of a function that cut a session."""

    at: datetime
    session: StreamSession


@dataclass(frozen=True)
class Commanded:
    """A command about the channel, when it arrived and when it was issued."""

    name: str
    at: datetime
    issued_at: datetime
    detail: Mapping[str, Any]

    @property
    def blocks(self) -> bool:
        """Whether it wants the channel to be down from now on."""
        return self.name == names.BLOCK_CHANNEL or self.detail.get("then") == "block"


@dataclass(frozen=True)
class Story:
    """All that happened to one channel, and every policy that it had on the way."""

    stage: Stage
    channel: str
    policies: Sequence[Policy]
    may_be_shed: bool

    @property
    def arn(self) -> str:
        return self.stage.arns[self.channel]

    @property
    def sessions(self) -> Sequence[StreamSession]:
        return self.stage.world.ivs.sessions_of(self.arn)

    def calls(self, *operations: str) -> Iterator[tuple[datetime, str]]:
        """When functions called one of these operations on the channel, with success."""
        made = self.stage.world.ivs.keys_made.get(self.arn)
        about = {self.arn, *(made.arns if made else ())}
        for call in self.stage.world.calls:
            if call.operation in operations and call.resource in about and call.error is None:
                yield call.at, call.operation

    def stops(self) -> Iterator[Stop]:
        """Every cut by a function, and the session that it was of."""
        for at, _ in self.calls("StopStream"):
            live = (session for session in reversed(self.sessions) if session.created_at <= at)
            yield Stop(at, next(live))

    @property
    def told_stopped(self) -> set[str]:
        """The sessions that were told to be stopped."""
        told = (put.event for put in self.stage.world.published)
        stopped = (each["detail"] for each in told if each["detail-type"] == names.STREAM_STOPPED)
        return {each["stream_id"] for each in stopped if each["channel_arn"] == self.arn}

    def commands(self) -> Iterator[Commanded]:
        """Every command that arrived."""
        for delivery in self.stage.world.deliveries:
            event, detail = delivery.event, delivery.event["detail"]
            if event["source"] == names.COMMAND and detail.get("channel_arn") == self.arn:
                issued = datetime.fromisoformat(detail["issued_at"])
                yield Commanded(event["detail-type"], delivery.at, issued, detail)


@dataclass(frozen=True)
class Deployed:
    """What the deployment is set to."""

    policy: PolicySettings
    stage: str
    command_channels: CommandChannels = "all"

    def policy_of(self, tags: Mapping[str, str]) -> Policy:
        """What a channel with these tags wants."""
        return self.policy.of(tags, stage=self.stage, command_channels=self.command_channels)


def breaches(stage: Stage, deployed: Deployed) -> Iterator[Breach]:
    """Every law that is broken, and by what."""
    for channel in stage.arns:
        policies = [deployed.policy_of(tags) for tags in stage.tags_worn[channel]]
        story = Story(stage, channel, policies, may_be_shed=deployed.policy.shed != "none")
        yield from _touched_though_not_ours(story)
        yield from _stopped_without_a_reason(story)
        yield from _longer_than_allowed(story)
    yield from _acted_twice(stage)


def _touched_though_not_ours(story: Story) -> Iterator[Breach]:
    if any(policy.managed and policy.mode == "enforce" for policy in story.policies):
        return
    for _, operation in story.calls(*_TOUCHING):
        yield (
            "only a managed channel is touched, and none that is observed",
            (f"{operation} on {story.channel}"),
        )


def _stopped_without_a_reason(story: Story) -> Iterator[Breach]:
    for stop in story.stops():
        if not any(justifies(stop, story) for justifies in _REASONS):
            law = "no session is stopped but for a command, a limit or a block"
            yield law, f"{stop.session.stream_id} at {stop.at.isoformat()}"


def _is_commanded(stop: Stop, story: Story) -> bool:
    return any(
        command.name == names.STOP_STREAM and command.at <= stop.at and _names(command, stop)
        for command in story.commands()
    )


def _names(command: Commanded, stop: Stop) -> bool:
    """A stop means the session that it names, or the one that was live when it was issued."""
    named, started = command.detail.get("stream_id"), stop.session.start_time
    if named is not None:
        return bool(named == stop.session.stream_id)
    return started is not None and started <= command.issued_at


def _is_blocked(stop: Stop, story: Story) -> bool:
    """By what is newest of all that has arrived; an unblock may take its time."""
    if any(policy.then == "block" for policy in story.policies):
        return True
    blocks = [one.issued_at for one in story.commands() if one.blocks and one.at <= stop.at]
    since = stop.at - PATIENCE
    unblocks = (one for one in story.commands() if one.name == names.UNBLOCK_CHANNEL)
    done = [one.issued_at for one in unblocks if one.at <= since]
    return bool(blocks) and (not done or max(blocks) >= max(done))


def _lasts_too_long(stop: Stop, story: Story) -> bool:
    limits = [policy.max_duration for policy in story.policies if policy.max_duration]
    started = stop.session.start_time
    return bool(limits) and started is not None and stop.at - started >= min(limits)


def _has_starved(stop: Stop, story: Story) -> bool:
    """Of a stop that died half-way and is finished later, the reason may be gone by then."""
    limits = [policy.max_starvation for policy in story.policies if policy.max_starvation]
    told = [event for event in stop.session.events if event.event_time <= stop.at]
    ends = [event.event_time for event in told if event.name == names.STARVATION_END]
    starts = [event.event_time for event in told if event.name == names.STARVATION_START]
    spans = (min([end for end in ends if end >= at], default=stop.at) - at for at in starts)
    return bool(limits) and any(span >= min(limits) for span in spans)


def _is_shed(stop: Stop, story: Story) -> bool:
    """For an account at its limit, where its owner wants that."""
    return story.may_be_shed


def _was_back_too_soon(stop: Stop, story: Story) -> bool:
    """An encoder that is back before the key has changed is stopped like the session before."""
    began = whole_second(stop.session.created_at)
    changed = any(began <= at <= stop.at for at, _ in story.calls("CreateStreamKey"))
    return changed and bool(story.told_stopped - {stop.session.stream_id})


_REASONS: Sequence[Callable[[Stop, Story], bool]] = (
    _is_commanded,
    _is_blocked,
    _lasts_too_long,
    _has_starved,
    _is_shed,
    _was_back_too_soon,
)


def _longer_than_allowed(story: Story) -> Iterator[Breach]:
    limits = [limit for policy in story.policies if (limit := _limit(policy)) is not None]
    if len(limits) < len(story.policies):
        return
    for session in story.sessions:
        over = session.over_at or story.stage.world.now
        lasted = over - (session.start_time or over)
        if lasted > max(limits) + PATIENCE:
            yield "every session past its maximum is stopped", f"{session.stream_id}: {lasted}"


def _limit(policy: Policy) -> timedelta | None:
    acts = policy.managed and policy.mode == "enforce" and policy.hold_until is None
    return policy.max_duration if acts else None


def _acted_twice(stage: Stage) -> Iterator[Breach]:
    """A cause has one key, however often it is answered."""
    keys: dict[str, set[str]] = {}
    for put in stage.world.published:
        if put.event["detail-type"] == names.STREAM_KEY_ROTATED:
            detail = put.event["detail"]
            keys.setdefault(detail["id"], set()).add(detail["stream_key_arn"])
    for outcome, made in keys.items():
        if len(made) > 1:
            yield "no cause is acted on twice", f"{outcome} told of {len(made)} keys"
