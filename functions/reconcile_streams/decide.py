"""What was missed or left unfinished, decided on the state of IVS and the memory."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivskit.automation.keys.rules import (
    is_in_order,
    is_left_alone,
    is_refused_by_store,
    is_too_old,
    matters_unknown,
)
from ivskit.automation.messages.look_again import Purpose
from ivskit.automation.records import (
    BLOCKED_BY_TAG,
    Idle,
    Intent,
    Remembered,
    Session,
    Stopping,
)
from ivskit.policy import Adopt, Policy
from ivskit.policy.health import HealthMetric
from ivskit.recordings.records import Recording

# The functions that act, which the sweep asks by their queues.
Owner = Literal["rotate_stream_key", "stop_stream", "restrict_playback", "index_recordings"]


@dataclass(frozen=True)
class Live:
    """A stream that is live; viewers: None where IVS could not count them."""

    channel_arn: str
    stream_id: str
    started_at: datetime
    viewers: int | None = None


@dataclass(frozen=True)
class Ended:
    """An ended session; was_managed: by the channel's own tags, when it began.

    reconnect_window: how long its recording waited for another stream, None where it was not to be
    recorded.
    """

    stream_id: str
    ended_at: datetime
    was_managed: bool = False
    started_at: datetime | None = None
    reconnect_window: timedelta | None = None


@dataclass(frozen=True)
class Referral:
    """Something for another function to look at, which decides what to do about it.

    since: when it began, where that matters; metric: what makes a stream unhealthy.
    """

    owner: Owner
    channel_arn: str
    purpose: Purpose
    cause: str
    stream_id: str | None = None
    since: datetime | None = None
    metric: HealthMetric | None = None


def missed_starts(
    live: Iterable[Live], remembered: Mapping[str, Remembered], *, before: datetime
) -> list[Live]:
    """The streams that began before this time, and whose start no function has seen."""
    return [
        stream
        for stream in live
        if stream.started_at < before and not _is_seen(stream, remembered.get(stream.channel_arn))
    ]


def _is_seen(stream: Live, remembered: Remembered | None) -> bool:
    session = remembered.session if remembered else None
    if session is None:
        return False
    # Lists lag behind: a listed session may be over, and the next one already seen.
    return session.stream_id == stream.stream_id or session.is_newer_than(stream.started_at)


def missed_ends(
    live: Iterable[Live], remembered: Mapping[str, Remembered]
) -> list[tuple[str, Session]]:
    """The sessions that are no longer live, and whose end no function has seen."""
    streams = {stream.stream_id for stream in live}
    return [
        (channel_arn, each.session)
        for channel_arn, each in remembered.items()
        if each.session is not None and _is_gone(each.session, streams)
    ]


def _is_gone(session: Session, live: Collection[str]) -> bool:
    return session.is_open and session.stream_id not in live


def unfinished(
    remembered: Mapping[str, Remembered], *, now: datetime, overdue: timedelta, last: datetime
) -> list[Referral]:
    """The rotations and stops that are overdue, each for the function to finish.

    last: the sweep before. What stays open for hours goes to the dead-letter queue each time, so
    the sweep refers it when it is overdue, and then whenever its age has doubled.
    """
    return [
        _to_finish(channel_arn, note)
        for channel_arn, each in remembered.items()
        # Finishing a stop also finishes the rotation that is a part of it.
        if (note := each.stopping or each.intent) is not None
        and _doublings(now - note.at, overdue) > _doublings(last - note.at, overdue)
    ]


def _doublings(age: timedelta, first: timedelta) -> int:
    """How often its age has doubled since it was `first`; -1 before that."""
    return math.floor(math.log2(age / first)) if age > first else -1


def _to_finish(channel_arn: str, note: Intent | Stopping) -> Referral:
    if isinstance(note, Stopping):
        return Referral("stop_stream", channel_arn, note.verify, note.cause, note.stream_id)
    return Referral("rotate_stream_key", channel_arn, "verify key", note.cause, note.stream_id)


def undelivered(remembered: Mapping[str, Remembered], *, now: datetime) -> list[Referral]:
    """The keys that the store has refused: each is offered again at growing intervals.

    Also on unmanaged channels, where a command created the key.
    """
    return [
        Referral("rotate_stream_key", arn, "check key", f"{arn}: not delivered at {ask_at}")
        for arn, each in remembered.items()
        if (ask_at := each.offer_key_at) is not None and ask_at <= now
    ]


def blocked(remembered: Mapping[str, Remembered], *, before: datetime) -> list[str]:
    """The channels that were blocked before this time, and so must be down by now."""
    return sorted(
        channel_arn
        for channel_arn, each in remembered.items()
        if each.blocked is not None and each.blocked.issued_at < before
    )


def turn(channel_arns: Sequence[str], *, most: int, after: str) -> list[str]:
    """As many as a sweep can check, beginning after the last one checked.

    So none waits for ever, whatever is added or removed between sweeps.
    """
    ordered = sorted(channel_arns, key=lambda arn: (arn <= after, arn))
    return ordered[:most]


def unshut(channel_arns: Iterable[str], remembered: Mapping[str, Remembered]) -> list[Referral]:
    """Blocked channels that are live or have a key."""
    causes = ((arn, remembered[arn].blocked) for arn in channel_arns)
    return [
        Referral("stop_stream", arn, "verify block", blocked.command_id)
        for arn, blocked in causes
        if blocked is not None
    ]


def seen_streams(live: Iterable[Live], remembered: Mapping[str, Remembered]) -> list[Live]:
    """The streams whose start a function has seen."""
    return [
        stream
        for stream in live
        if (known := remembered.get(stream.channel_arn)) is not None
        and known.session is not None
        and known.session.stream_id == stream.stream_id
    ]


def idle_since(
    live: Iterable[Live], known: Mapping[str, Idle], *, now: datetime
) -> dict[str, Idle]:
    """Since when each session without viewers has had none."""
    return {
        stream.stream_id: known.get(stream.stream_id, Idle(since=now))
        for stream in live
        if stream.viewers == 0 or (stream.viewers is None and stream.stream_id in known)
    }


def is_due(idle: Idle, *, now: datetime) -> bool:
    """Whether to read the channel's tags now: its limit is unknown, or exceeded."""
    return idle.longest is None or now - idle.since >= idle.longest


def idle_too_long(
    live: Iterable[Live],
    idle: Mapping[str, Idle],
    policies: Mapping[str, Policy | None],
    *,
    now: datetime,
    last: datetime,
) -> list[Referral]:
    """The streams that had no viewers for as long as their channels' policies allow."""
    return [
        _without_viewers(stream, known.since)
        for stream in live
        if (known := idle.get(stream.stream_id)) is not None
        and _is_too_idle(policies.get(stream.channel_arn), known.since, now=now, last=last)
    ]


def _is_too_idle(policy: Policy | None, since: datetime, *, now: datetime, last: datetime) -> bool:
    longest = policy.max_idle if policy is not None and policy.managed else None
    if policy is None or longest is None:
        return False
    if policy.mode == "observe":
        # Reported when it would be stopped, and then whenever its age has doubled.
        return _doublings(now - since, longest) > _doublings(last - since, longest)
    return now - since >= longest


def _without_viewers(stream: Live, since: datetime) -> Referral:
    cause = f"{stream.stream_id}: without viewers since {since.isoformat()}"
    return Referral("stop_stream", stream.channel_arn, "max idle", cause, stream.stream_id, since)


@dataclass(frozen=True)
class KeyFacts:
    """What is known of a channel's key; holds: whether the store has the one remembered."""

    key_arn: str | None
    is_live: bool
    holds: bool


# How old may be what is known of a channel's key, of its copy in the store and of the channel's
# newest session; how seldom the stored keys of deleted channels are looked for.
VERIFY_EVERY = timedelta(minutes=30)


def is_due_again(last: datetime | None, *, at: datetime) -> bool:
    """Whether a sweep scheduled for this time verifies everything; last: the one that last did."""
    return last is None or at - last >= VERIFY_EVERY


def may_need_rotation(
    policy: Policy, remembered: Remembered, *, adopt: Adopt, before: datetime, now: datetime
) -> bool:
    """Whether the channel's key is worth a look: where not, nothing is asked about it."""
    key = remembered.key
    under_way = remembered.intent or remembered.stopping or remembered.blocked
    if under_way is not None or policy.held_at(now):
        return False
    if key is None:
        return matters_unknown(policy, adopt)
    # `undelivered` refers a key that the store has refused.
    return key.made_at <= before and not is_refused_by_store(key)


def is_due_by_memory(
    policy: Policy, remembered: Remembered, *, is_live: bool, now: datetime
) -> bool:
    """Whether every sweep reads the key until that is mended: it is unknown, or too old."""
    key = remembered.key
    return key is None or (not is_live and is_too_old(key, key.arn, policy.rotate, now=now))


def about_key(
    channel_arn: str,
    policy: Policy,
    remembered: Remembered,
    facts: KeyFacts,
    *,
    adopt: Adopt,
    now: datetime,
) -> Referral | None:
    """What rotate_stream_key is to look at, or None where the key is in order.

    For a key that may need rotation.
    """
    key = remembered.key
    if is_left_alone(remembered, facts.key_arn, adopt):
        return None
    if not facts.is_live and is_too_old(key, facts.key_arn, policy.rotate, now=now):
        return Referral("rotate_stream_key", channel_arn, "check key", f"{facts.key_arn}: too old")
    if is_in_order(key, facts.key_arn, policy, is_stored=facts.holds, adopt=adopt):
        return None
    cause = f"{channel_arn}: key not in order at {now.isoformat()}"
    return Referral("rotate_stream_key", channel_arn, "check key", cause)


# A channel that is new to ivskit may have had sessions that do not concern it.
NEW_FOR = timedelta(hours=1)


def missed_session(
    remembered: Remembered, newest: Ended | None, *, since: datetime, before: datetime
) -> Ended | None:
    """An ended session whose start and end no function has seen.

    Where no session was ever seen, it counts if its channel was managed when it began, and it
    ended after ivskit's first sweep, which is `since`.
    """
    known = remembered.session
    if newest is None or newest.ended_at >= before:
        return None
    if known is None:
        return newest if newest.was_managed and newest.ended_at > since - NEW_FOR else None
    is_is_seen = known.stream_id == newest.stream_id or known.is_newer_than(newest.ended_at)
    return None if is_is_seen else newest


def unknown_block(channel_arn: str, remembered: Remembered, *, is_tagged: bool) -> Referral | None:
    """A channel that is tagged as blocked but has no block in memory, as after it was lost."""
    silent = remembered.blocked is None and remembered.unblocked_at is None
    if not (is_tagged and silent):
        return None
    return Referral("stop_stream", channel_arn, "verify block", BLOCKED_BY_TAG.command_id)


# When the end of a recording counts as missed, after its reconnect window; how old a session may be
# whose recording is looked for; and what is too short to leave a recording, according to IVS.
RECORDED_AFTER = timedelta(minutes=10)
LOOKED_FOR = timedelta(days=1)
TOO_SHORT = timedelta(seconds=10)


def may_miss_recording(newest: Ended | None, *, now: datetime) -> bool:
    """Whether to look into the index for the recording of the channel's newest session."""
    if newest is None or newest.started_at is None or newest.reconnect_window is None:
        return False
    due = newest.ended_at + newest.reconnect_window + RECORDED_AFTER
    lasted = newest.ended_at - newest.started_at
    return lasted >= TOO_SHORT and due <= now < newest.ended_at + LOOKED_FOR


def missed_recordings(
    channel_arn: str, newest: Ended, known: Sequence[Recording]
) -> list[Referral]:
    """The recordings of which no end was seen: the newest session's, and any that was begun."""
    begun = {min(each.stream_ids): each.started_at for each in known if not each.is_over}
    if not any(newest.stream_id in each.stream_ids for each in known):
        begun[newest.stream_id] = newest.started_at
    return [
        Referral("index_recordings", channel_arn, "missed recording", stream_id, stream_id, since)
        for stream_id, since in begun.items()
    ]
