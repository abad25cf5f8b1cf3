"""Looks at all channels at once: what IVS shows live, against what is remembered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivskit.changes import MissedChange
from ivskit.client import Ivs
from ivskit.memory import Memory
from ivskit.remembered import Round
from reconcile_streams.channels import Channels
from reconcile_streams.decide import (
    Live,
    Referral,
    blocked,
    idle_since,
    idle_too_long,
    turn,
    unfinished,
    unheard_ends,
    unshut,
)
from reconcile_streams.missed import MissedChanges

# What a sweep asks after of channels that are blocked and down; the others are the next one's.
MOST_BLOCKED = 10
# What it asks after when very many streams ended unheard.
MOST_ENDS = 20


@dataclass(frozen=True)
class Found:
    """What a sweep has found."""

    live: Collection[str]
    starts: Sequence[MissedChange]
    ends: Sequence[MissedChange]
    unfinished: Sequence[Referral]
    unshut: Sequence[Referral]
    idle: Mapping[str, datetime]
    idle_too_long: Sequence[Referral]
    looked_at: str
    asked_after: str

    @property
    def referrals(self) -> Sequence[Referral]:
        """All that is for other functions to look at."""
        return (*self.unfinished, *self.unshut, *self.idle_too_long)


class Survey:
    """The looking half of a sweep: it changes nothing."""

    def __init__(
        self,
        ivs: Ivs,
        memory: Memory,
        channels: Channels,
        missed: MissedChanges,
        *,
        overdue: timedelta,
    ) -> None:
        self._ivs = ivs
        self._memory = memory
        self._channels = channels
        self._missed = missed
        self._overdue = overdue

    def look(self, last: Round, *, now: datetime) -> Found:
        """All that there is to find since the last round."""
        before = now - self._overdue
        watched = self._memory.watched()
        live = self._live()
        idle = idle_since(live, last.idle, now=now)
        without_viewers = (each.channel_arn for each in live if each.stream_id in idle)
        policies = self._channels.policies(without_viewers)
        streaming = {each.channel_arn for each in live}
        shut = blocked(watched, before=before)
        down = turn(
            [arn for arn in shut if arn not in streaming], most=MOST_BLOCKED, after=last.looked_at
        )
        gone = turn(
            [arn for arn, _ in unheard_ends(live, watched)], most=MOST_ENDS, after=last.asked_after
        )
        return Found(
            live={each.channel_arn for each in live},
            starts=self._missed.starts(live, watched, before=before),
            ends=self._missed.ends(live, gone, before=before),
            unfinished=unfinished(watched, now=now, overdue=self._overdue, last=last.swept_at),
            unshut=unshut(
                [arn for arn in shut if arn in streaming or self._has_key(arn, down)], watched
            ),
            idle=idle,
            idle_too_long=idle_too_long(live, idle, policies, now=now, last=last.swept_at),
            looked_at=_last(down),
            asked_after=_last(gone),
        )

    def _live(self) -> list[Live]:
        return [
            Live(each.channel_arn, each.stream_id, each.start_time, each.viewer_count)
            for each in self._ivs.streams.list()
        ]

    def _has_key(self, channel_arn: str, down: Sequence[str]) -> bool:
        return channel_arn in down and self._channels.key_of(channel_arn) is not None


def _last(channel_arns: Sequence[str]) -> str:
    return channel_arns[-1] if channel_arns else ""
