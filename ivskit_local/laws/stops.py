"""Laws about stops: each has a reason, and its effect lasts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ivs_emulator.stream_sessions import StreamSession, whole_second
from ivskit import names
from ivskit.policy import Policy
from ivskit_local.laws.story import (
    FLAP,
    LINGERS,
    PATIENCE,
    Breach,
    Commanded,
    Stop,
    Story,
    commands,
    over_by,
)

LOCKOUT = timedelta(minutes=15)
# A function's clock may be a second ahead, and IVS cuts fractions off its times.
SKEW = timedelta(seconds=2)
# A sweep verifies a channel every half hour, and what it finds is retried for a while.
_SEEN_AGAIN = timedelta(minutes=45)
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


def untouched(story: Story) -> Iterator[Breach]:
    """Functions change only managed channels, unless a command names or blocks them."""
    law = "without a command, only managed channels in enforce mode are changed"
    for at, operation, _ in story.calls(*_TOUCHING):
        policies = story.policies_between(story.run.start, at)
        ours = any(policy.managed and policy.mode == "enforce" for policy in policies)
        if not ours and not story.blocked_at(at) and not _is_named(story, at):
            yield law, f"{operation} on {story.channel}"


def _is_named(story: Story, at: datetime) -> bool:
    """Whether a command names the channel and may act on it."""
    return any(
        command.at <= at and _acts(command, story)
        for command in commands(story.run)
        if story.arn in command.channels or "manifest" in command.detail
    )


def _acts(command: Commanded, story: Story) -> bool:
    force = bool(command.detail.get("force"))
    policies = story.policies_between(command.at - PATIENCE, command.at + PATIENCE)
    return any(policy.objection_to_command(force=force) is None for policy in policies)


def with_a_reason(story: Story) -> Iterator[Breach]:
    """Every stop has a reason."""
    for stop in story.stops:
        if not any(justifies(stop, story) for justifies in _REASONS):
            law = "every stop has a reason: a command, a limit or a block"
            yield law, f"{stop.session.stream_id} at {stop.at.isoformat()}"


def _is_commanded(stop: Stop, story: Story) -> bool:
    return any(
        command.at <= stop.at and means(command, stop.session, story)
        for command in story.commands(names.STOP_STREAM)
    )


def means(command: Commanded, session: StreamSession, story: Story) -> bool:
    """A stop means the session that it names, or the show that was on when it was issued.

    An encoder that reconnects within a minute continues its show in another session.
    """
    if session.over_at is not None and session.over_at < command.issued_at - FLAP:
        return False
    named = command.detail.get("stream_id")
    if named is not None:
        return bool(named == session.stream_id)
    return _began(session, story) <= command.issued_at


def _began(session: StreamSession, story: Story) -> datetime:
    """When the session's show began; a stop ends a show."""
    began = whole_second(session.created_at)
    for before in reversed([one for one in story.sessions if one.created_at < session.created_at]):
        if (
            before.over_at is None
            or began - before.over_at > FLAP
            or before.stream_id in story.stopped
        ):
            break
        began = whole_second(before.created_at)
    return began


def _is_blocked(stop: Stop, story: Story) -> bool:
    return story.blocked_at(stop.at)


def _lasts_too_long(stop: Stop, story: Story) -> bool:
    limits = [policy.max_duration for policy in story.policies if policy.max_duration]
    started = stop.session.start_time
    return bool(limits) and started is not None and stop.at - started + SKEW >= min(limits)


def _is_idle(stop: Stop, story: Story) -> bool:
    limits = [policy.max_idle for policy in story.policies if policy.max_idle]
    started = stop.session.start_time
    lasted = started is not None and bool(limits) and stop.at - started >= min(limits)
    return lasted and stop.session.viewer_count <= 0


def _has_starved(stop: Stop, story: Story) -> bool:
    """Whether it ever starved so long: a stop that is completed late may outlive its reason."""
    limits = [policy.max_starvation for policy in story.policies if policy.max_starvation]
    return bool(limits) and any(span + SKEW >= min(limits) for span in _starved(stop))


def _starved(stop: Stop) -> Iterator[timedelta]:
    """How long each time, in the order of the events: some are in the same second."""
    since: datetime | None = None
    for event in (each for each in stop.session.events if each.event_time <= stop.at):
        if event.name == names.STARVATION_START:
            since = event.event_time
        elif event.name == names.STARVATION_END and since is not None:
            yield event.event_time - since
            since = None
    if since is not None:
        yield stop.at - since


def _is_unhealthy(stop: Stop, story: Story) -> bool:
    """Whether it was found unhealthy before; what encoders sent is in the emulator's metrics."""
    found = story.answers(names.STREAM_UNHEALTHY)
    return any(
        each.detail["stream_id"] == stop.session.stream_id
        and each.detail["then"] != "notify"
        and each.done_at <= stop.at + SKEW
        for each in found
    )


def _is_shed(stop: Stop, story: Story) -> bool:
    """Whether the account just reached its limit, and the settings allow shedding."""
    if story.deployed.policy.shed == "none":
        return False
    breaches = (
        delivery.at
        for delivery in story.run.world.deliveries
        if delivery.event["detail-type"] == names.LIMIT_BREACH and not delivery.event["resources"]
    )
    return any(at <= stop.at <= at + PATIENCE for at in breaches)


def _was_back_too_soon(stop: Stop, story: Story) -> bool:
    """Whether the encoder reconnected before the key changed, after an earlier stop."""
    began = whole_second(stop.session.created_at)
    stopped = story.answers(names.STREAM_STOPPED)
    others = [one for one in stopped if one.detail["stream_id"] != stop.session.stream_id]
    cut = any(began - FLAP <= at <= stop.at for at, _, _ in story.calls("DeleteStreamKey"))
    return cut and any(one.at >= began - FLAP for one in others)


def _is_locked_out(stop: Stop, story: Story) -> bool:
    """Whether a lockout is on; one by policy ends when automation no longer acts.

    Its outcome is published minutes later where a function dies, and says when it began. A start
    of which the event was lost is found by the sweep, and judged by when it was.
    """
    started = stop.session.start_time or stop.at
    seen = stop.at if stop.at > started + PATIENCE else min(started, stop.at)
    return any(
        one.detail.get("then") == "lockout"
        and one.done_at - SKEW <= stop.at
        and seen <= one.done_at + LOCKOUT + FLAP
        and (one.detail.get("by") == "command" or _automation_acts(story, stop.at))
        for one in story.answers(names.STREAM_STOPPED)
    )


def _automation_acts(story: Story, at: datetime) -> bool:
    policies = story.policies_between(at - FLAP, at)
    acts = any(one.managed and one.mode == "enforce" and not one.held_at(at) for one in policies)
    return acts and not story.run.is_paused(at - FLAP, at)


_REASONS: Sequence[Callable[[Stop, Story], bool]] = (
    _is_commanded,
    _is_blocked,
    _lasts_too_long,
    _is_idle,
    _is_unhealthy,
    _has_starved,
    _is_shed,
    _was_back_too_soon,
    _is_locked_out,
)


def not_longer_than_allowed(story: Story) -> Iterator[Breach]:
    """A session does not outlast its maximum, unless somebody paused automation, or AWS fails.

    What fails for as long as a message is tried is seen again by a sweep that verifies.
    """
    for session in story.sessions:
        over = session.over_at or story.now
        begun = session.start_time or over
        policies = story.policies_between(begun, over)
        limits = [limit for policy in policies if (limit := _limit(policy)) is not None]
        if len(limits) < len(policies) or story.run.was_paused(begun, over):
            continue
        lasted = over - begun
        if lasted > max(limits) + PATIENCE and not story.in_trouble(over - _SEEN_AGAIN, over):
            yield "every session past its maximum is stopped", f"{session.stream_id}: {lasted}"


def _limit(policy: Policy) -> timedelta | None:
    acts = policy.managed and policy.mode == "enforce" and policy.hold_until is None
    return policy.max_duration if acts else None


def off_air_while_blocked(story: Story) -> Iterator[Breach]:
    """A block cuts what is on air, and every session that begins during it."""
    law = "no session lasts longer than 15 minutes on a blocked channel"
    for begun, ended in _blocks(story):
        for session in story.sessions:
            since = max(begun, session.created_at)
            until = min(ended, session.over_at or story.now)
            if until - since > PATIENCE and not _is_held_back(story, since, until):
                yield law, f"{session.stream_id} since {since.isoformat()}"


def _blocks(story: Story) -> Iterator[tuple[datetime, datetime]]:
    """From each block to its end."""
    answers = [*story.answers(names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED)]
    # A repeated command gets its answer again, and changes nothing.
    first = {one.detail["id"]: one for one in reversed(answers)}
    turns = sorted(first.values(), key=lambda one: one.at)
    for number, one in enumerate(turns):
        if one.name == names.CHANNEL_BLOCKED:
            ends = (each.at for each in turns[number:] if each.name == names.CHANNEL_UNBLOCKED)
            yield one.at, next(ends, story.now)


def _is_held_back(story: Story, since: datetime, until: datetime) -> bool:
    policies = story.policies_between(since, until)
    observed = any(policy.hands_off for policy in policies)
    paused = story.run.was_paused(since - PATIENCE, until)
    return observed or paused or story.in_trouble(since - FLAP, until)


def key_before_cut(story: Story) -> Iterator[Breach]:
    """An encoder reconnects at once: with its old key, if that is still there."""
    law = "a stop that takes the key takes it before the cut"
    calls = (one for one in story.run.world.calls if one.function == "stop_stream")
    last: dict[str, str] = {}
    for call in calls:
        cut_first = last.get(call.invocation) == "StopStream"
        if cut_first and call.operation == "DeleteStreamKey" and story.is_about(call):
            yield law, f"{story.channel} at {call.at.isoformat()}"
        last[call.invocation] = call.operation


_HOLDS = "a stopped encoder is off air within a minute and stays off"


def a_stop_holds(story: Story) -> Iterator[Breach]:
    """A stopped encoder is off air within a minute, and does not return with its old key."""
    for command in story.commands(names.STOP_STREAM):
        deadline = max(command.at, command.issued_at) + FLAP + LINGERS
        if deadline > story.now or story.in_trouble(command.at, deadline):
            continue
        if not story.refused(command):
            yield from _held(command, story, deadline)


def _held(command: Commanded, story: Story, deadline: datetime) -> Iterator[Breach]:
    for session in story.sessions:
        if not means(command, session, story):
            continue
        if not over_by(session, deadline):
            yield _HOLDS, f"{session.stream_id} is on air at {deadline.isoformat()}"
        yield from _came_back(command, session, story, deadline)


def lasts(session: StreamSession) -> timedelta:
    return (session.over_at or datetime.max.replace(tzinfo=UTC)) - session.created_at


def is_seen(session: StreamSession, story: Story) -> bool:
    """Whether a function saw the session begin at once; else the next sweep does."""
    return any(
        each.reactions
        and each.event["detail"].get("stream_id") == session.stream_id
        and each.event["detail"].get("event_name") == names.STREAM_START
        for each in story.run.world.deliveries
        if each.at <= session.created_at + FLAP
    )


def _came_back(
    command: Commanded, stopped: StreamSession, story: Story, deadline: datetime
) -> Iterator[Breach]:
    then = command.detail.get("then", "auto")
    if then == "kick" or stopped.encoder is None:
        return
    # A stop that arrives after the show finds nothing to stop, and one that was issued before the
    # show is about it only while it lasts.
    is_older = command.issued_at < stopped.created_at
    if over_by(stopped, command.at - FLAP) or (is_older and over_by(stopped, command.at)):
        return
    ends = {one.detail.get("then") for one in story.answers(names.STREAM_STOPPED)}
    until = story.now
    if "lockout" in ends:
        lifted = [one.at for one in story.answers(names.CHANNEL_UNBLOCKED) if one.at > command.at]
        until = min([command.at + LOCKOUT, *lifted]) - SKEW
    for session in story.sessions:
        same_key = session.encoder and session.encoder.key_value == stopped.encoder.key_value
        later = session.created_at > stopped.created_at and session.created_at > command.at
        stays = lasts(session) > (FLAP if is_seen(session, story) else PATIENCE)
        # A lockout cuts what starts before its end.
        started = session.start_time or session.created_at
        is_back = same_key and later and deadline < session.created_at and started < until
        if is_back and stays and not story.in_trouble(command.at, session.created_at + PATIENCE):
            yield _HOLDS, f"{session.stream_id} is back with the key of {stopped.stream_id}"
