"""Looks at all channels at once: compares the live streams of IVS with the memory."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivskit.automation.memory import Memory
from ivskit.automation.records import Idle, Remembered, Round
from ivskit.changes import MissedChange
from ivskit.client import Ivs
from ivskit.policy import Policy
from reconcile_streams.channels import Channels, existing
from reconcile_streams.decide import (
    Live,
    Referral,
    blocked,
    idle_since,
    idle_too_long,
    is_due,
    missed_ends,
    missed_starts,
    seen_streams,
    turn,
    undelivered,
    unfinished,
    unshut,
)
from reconcile_streams.missed import MissedChanges
from reconcile_streams.stream_set import StreamSet

# How many blocked channels that are down a sweep checks; the next sweep checks others.
MOST_BLOCKED = 10
# How many missed ends it reads, when there are very many.
MOST_ENDS = 20
# Channels whose tags are read in one call.
_AT_ONCE = 50


@dataclass(frozen=True)
class Found:
    """What a sweep has found.

    seen: the live streams whose start a function has seen; viewers: of all live streams;
    unmanaged, unlimited: live streams whose channels are not managed, or have no idle limit;
    postponed: live streams whose tags there was no time to read; the next sweep does.
    """

    live: Collection[str]
    seen: Sequence[Live]
    viewers: int
    starts: Sequence[MissedChange]
    ends: Sequence[MissedChange]
    unfinished: Sequence[Referral]
    unshut: Sequence[Referral]
    undelivered: Sequence[Referral]
    idle: Mapping[str, Idle]
    idle_too_long: Sequence[Referral]
    looked_at: str
    asked_after: str
    unmanaged: str
    unlimited: str
    postponed: int

    @property
    def referrals(self) -> Sequence[Referral]:
        """All referrals to other functions."""
        return (*self.unfinished, *self.unshut, *self.undelivered, *self.idle_too_long)


class _Tags:
    """Reads the tags of channels while there is time, each once in a sweep."""

    def __init__(
        self, ivs: Ivs, channels: Channels, *, until: datetime, clock: Callable[[], datetime]
    ) -> None:
        self._ivs = ivs
        self._channels = channels
        self._until = until
        self._clock = clock
        self._known: dict[str, Policy | None] = {}
        self.postponed = 0

    def policies(self, streams: Iterable[Live]) -> Mapping[str, Policy | None]:
        """Their channels' policies, None for one that is gone; without the postponed ones."""
        wanted = [each.channel_arn for each in streams if each.channel_arn not in self._known]
        while wanted and self._clock() < self._until:
            some, wanted = wanted[:_AT_ONCE], wanted[_AT_ONCE:]
            found = existing(self._ivs.channels.get_many(some))
            policies = {arn: self._channels.policy_of(found[arn]) for arn in found}
            self._known |= {arn: policies.get(arn) for arn in some}
        self.postponed += len(wanted)
        return self._known


class Survey:
    """The first half of a sweep: it changes nothing."""

    def __init__(
        self,
        ivs: Ivs,
        memory: Memory,
        channels: Channels,
        missed: MissedChanges,
        *,
        overdue: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._memory = memory
        self._channels = channels
        self._missed = missed
        self._overdue = overdue
        self._clock = clock

    def look(self, last: Round, *, until: datetime) -> Found:
        """What there is to find since the last round; until: when to stop reading tags."""
        now = self._clock()
        before = now - self._overdue
        watched = self._memory.watched()
        live = self._live()
        tags = _Tags(self._ivs, self._channels, until=until, clock=self._clock)
        starts, unmanaged = self._starts(live, watched, last, tags, before=before, now=now)
        idle, unlimited, long_idle = self._idle(live, watched, last, tags, now=now)
        streaming = {each.channel_arn for each in live}
        shut = blocked(watched, before=before)
        down = turn(
            [arn for arn in shut if arn not in streaming], most=MOST_BLOCKED, after=last.looked_at
        )
        gone = turn(
            [arn for arn, _ in missed_ends(live, watched)], most=MOST_ENDS, after=last.asked_after
        )
        return Found(
            live=streaming,
            seen=seen_streams(live, watched),
            viewers=sum(max(0, each.viewers or 0) for each in live),
            starts=starts,
            ends=self._missed.ends(live, gone, before=before),
            unfinished=unfinished(watched, now=now, overdue=self._overdue, last=last.swept_at),
            unshut=unshut(
                [arn for arn in shut if arn in streaming or self._has_key(arn, down)], watched
            ),
            undelivered=undelivered(watched, now=now),
            idle=idle,
            idle_too_long=long_idle,
            looked_at=_last(down),
            asked_after=_last(gone),
            unmanaged=str(unmanaged),
            unlimited=str(unlimited),
            postponed=tags.postponed,
        )

    def _live(self) -> list[Live]:
        return [
            Live(each.channel_arn, each.stream_id, each.start_time, each.viewer_count)
            for each in self._ivs.streams.list()
        ]

    def _starts(
        self,
        live: Sequence[Live],
        watched: Mapping[str, Remembered],
        last: Round,
        tags: _Tags,
        *,
        before: datetime,
        now: datetime,
    ) -> tuple[Sequence[MissedChange], StreamSet]:
        """The starts that no function has seen, the oldest first."""
        unmanaged = StreamSet(last.unmanaged)
        unmanaged.keep((each.stream_id for each in live), at=now)
        missed = missed_starts(live, watched, before=before)
        unknown = [each for each in missed if each.stream_id not in unmanaged]
        unknown.sort(key=lambda each: each.started_at)
        policies = tags.policies(unknown)
        ours = []
        for stream in unknown:
            policy = policies.get(stream.channel_arn)
            if policy is not None and policy.managed:
                ours.append(stream)
            elif stream.channel_arn in policies:
                unmanaged.add(stream.stream_id)
        return self._missed.starts(ours, before=before), unmanaged

    def _idle(
        self,
        live: Sequence[Live],
        watched: Mapping[str, Remembered],
        last: Round,
        tags: _Tags,
        *,
        now: datetime,
    ) -> tuple[Mapping[str, Idle], StreamSet, Sequence[Referral]]:
        """The sessions without viewers, of those whose start was seen."""
        unlimited = StreamSet(last.unlimited)
        unlimited.keep((each.stream_id for each in live), at=now)
        ours = [each for each in seen_streams(live, watched) if each.stream_id not in unlimited]
        idle = idle_since(ours, last.idle, now=now)
        to_ask = [
            each
            for each in ours
            if each.stream_id in idle and is_due(idle[each.stream_id], now=now)
        ]
        policies = tags.policies(to_ask)
        for stream in to_ask:
            policy = policies.get(stream.channel_arn)
            if policy is None or not policy.managed or policy.max_idle is None:
                if stream.channel_arn in policies:
                    unlimited.add(stream.stream_id)
                    idle.pop(stream.stream_id)
            else:
                known = idle[stream.stream_id]
                idle[stream.stream_id] = known.model_copy(update={"longest": policy.max_idle})
        too_long = idle_too_long(ours, idle, policies, now=now, last=last.swept_at)
        return idle, unlimited, too_long

    def _has_key(self, channel_arn: str, down: Sequence[str]) -> bool:
        return channel_arn in down and self._channels.key_of(channel_arn) is not None


def _last(channel_arns: Sequence[str]) -> str:
    return channel_arns[-1] if channel_arns else ""
