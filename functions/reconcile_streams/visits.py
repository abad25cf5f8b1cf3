"""Visits all channels one after the other, as many in each sweep as there is time for.

Reading the key and the newest session of all channels at once would take too many calls, and most
of them seldom change: a channel is verified at most every half hour. In between, a visit reads only
what the channel's tags and the memory give a reason to read.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivskit import names
from ivskit.automation.keys.rules import matters_unknown
from ivskit.automation.keys.store import Store
from ivskit.automation.keys.store.copies import StoreFails, StoreRefused
from ivskit.automation.memory import Memory
from ivskit.automation.records import Key, Remembered, Round
from ivskit.automation.restriction_records import Restricted
from ivskit.changes import MissedChange
from ivskit.client.channels import ChannelSummary, Page
from ivskit.errors import Invalid
from ivskit.policy import Adopt
from ivskit.policy.restrictions import RestrictionSettings
from ivskit.policy.tags import is_blocked
from reconcile_streams.channels import Channels
from reconcile_streams.decide import (
    Ended,
    KeyFacts,
    Referral,
    about_key,
    is_due_again,
    is_due_by_memory,
    may_need_rotation,
    missed_session,
    unknown_block,
)
from reconcile_streams.recordings import MissedRecordings
from reconcile_streams.restrictions import about_restriction, may_be_restricted


@dataclass
class Visited:
    """What one sweep has visited and found, and where the next continues.

    count: the channels of which something was read; counted: those on whole pages of this visit of
    all; channels: of the last that was completed.
    """

    page: str | None
    on_page: int
    verified_from: datetime | None
    verifying: bool
    count: int = 0
    counted: int = 0
    channels: int | None = None
    referrals: list[Referral] = field(default_factory=list)
    recordings: list[Referral] = field(default_factory=list)
    missed: list[MissedChange] = field(default_factory=list)


class Visits:
    """The slow half of a sweep; it changes nothing either."""

    def __init__(
        self,
        memory: Memory,
        channels: Channels,
        store: Store,
        recordings: MissedRecordings,
        *,
        adopt: Adopt,
        overdue: timedelta,
        restrictions: RestrictionSettings | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._memory = memory
        self._channels = channels
        self._store = store
        self._recordings = recordings
        self._adopt = adopt
        self._overdue = overdue
        self._restrictions = restrictions
        self._clock = clock

    def go_on(
        self, last: Round, live: Collection[str], *, at: datetime, until: datetime
    ) -> Visited:
        """Visit managed channels from where the last sweep stopped.

        live: the live channels; at: for when the sweep was scheduled. A channel of which nothing is
        to be read costs no calls beyond the list: a page of a hundred takes half a second.
        """
        visited = _begin(last, at)
        since = last.first_swept_at or self._clock()
        while self._clock() < until:
            page = self._page(visited)
            if not self._visit_page(page.channels, visited, live, since=since, until=until):
                return visited
            visited.page, visited.on_page = page.token, 0
            visited.counted += len(page.channels)
            if page.token is None:
                visited.verifying = False
                visited.channels, visited.counted = visited.counted, 0
                return visited
        return visited

    def _page(self, visited: Visited) -> Page:
        try:
            return self._channels.page(visited.page)
        except Invalid:
            # IVS does not document how long a token is valid.
            visited.page, visited.on_page, visited.counted = None, 0, 0
            return self._channels.page(None)

    def _visit_page(
        self,
        channels: Sequence[ChannelSummary],
        visited: Visited,
        live: Collection[str],
        *,
        since: datetime,
        until: datetime,
    ) -> bool:
        """Whether there was time for all of it."""
        rest = channels[visited.on_page :]
        ours = {each.arn for each in rest if self._concerns(each, verifying=visited.verifying)}
        known = self._memory.recall(ours)
        for channel in rest:
            if channel.arn in ours:
                if self._clock() >= until:
                    return False
                remembered = known.get(channel.arn, Remembered())
                is_live = channel.arn in live
                self._visit(channel, remembered, visited, since=since, is_live=is_live)
            visited.on_page += 1
        return True

    def _concerns(self, channel: ChannelSummary, *, verifying: bool) -> bool:
        """Whether the memory of the channel is to be read."""
        policy = self._channels.policy_of(channel)
        if is_blocked(channel.tags):
            return True
        if self._restrictions is not None and may_be_restricted(channel, policy):
            return True
        ages = isinstance(policy.rotate, timedelta)
        return policy.managed and (verifying or ages or matters_unknown(policy, self._adopt))

    def _visit(
        self,
        channel: ChannelSummary,
        remembered: Remembered,
        visited: Visited,
        *,
        since: datetime,
        is_live: bool,
    ) -> None:
        is_tagged = is_blocked(channel.tags)
        block = unknown_block(channel.arn, remembered, is_tagged=is_tagged)
        if block is not None:
            visited.referrals.append(block)
        if not self._channels.policy_of(channel).managed or block is not None:
            return
        restriction = self._about_restriction(channel, remembered, verifying=visited.verifying)
        visited.referrals.extend(restriction)
        reads_key = self._is_key_due(channel, remembered, visited.verifying, is_live)
        reads_session = visited.verifying and not is_live
        visited.count += reads_key or reads_session
        if reads_key:
            visited.referrals.extend(self._about_key(channel, remembered, is_live))
        if reads_session:
            newest = self._channels.newest_session(channel.arn)
            visited.missed.extend(self._missed_session(channel, remembered, newest, since=since))
            visited.recordings.extend(self._recordings.of(channel.arn, newest))

    def _about_restriction(
        self, channel: ChannelSummary, remembered: Remembered, *, verifying: bool
    ) -> list[Referral]:
        if self._restrictions is None:
            return []
        policy = self._channels.policy_of(channel)
        named = self._restrictions.policies
        known = remembered.restricted or Restricted()
        found = about_restriction(
            channel, policy, known, named, verifying=verifying, now=self._clock()
        )
        return [] if found is None else [found]

    def _is_key_due(
        self, channel: ChannelSummary, remembered: Remembered, verifying: bool, is_live: bool
    ) -> bool:
        now = self._clock()
        policy = self._channels.policy_of(channel)
        before = now - self._overdue
        if not may_need_rotation(policy, remembered, adopt=self._adopt, before=before, now=now):
            return False
        return verifying or is_due_by_memory(policy, remembered, is_live=is_live, now=now)

    def _about_key(
        self, channel: ChannelSummary, remembered: Remembered, is_live: bool
    ) -> list[Referral]:
        key = remembered.key
        facts = KeyFacts(
            key_arn=self._channels.key_of(channel.arn),
            is_live=is_live,
            holds=key is not None and self._holds(channel.arn, key),
        )
        policy = self._channels.policy_of(channel)
        referral = about_key(
            channel.arn, policy, remembered, facts, adopt=self._adopt, now=self._clock()
        )
        return [] if referral is None else [referral]

    def _holds(self, channel_arn: str, key: Key) -> bool:
        """Whether the store has the key, or cannot be read now."""
        try:
            return self._store.holds(channel_arn, key.version)
        except (StoreFails, StoreRefused):
            return True

    def _missed_session(
        self,
        channel: ChannelSummary,
        remembered: Remembered,
        newest: Ended | None,
        *,
        since: datetime,
    ) -> list[MissedChange]:
        before = self._clock() - self._overdue
        session = missed_session(remembered, newest, since=since, before=before)
        if session is None:
            return []
        end = MissedChange(
            event_name=names.STREAM_END,
            channel_arn=channel.arn,
            channel_name=channel.name or "",
            stream_id=session.stream_id,
            at=session.ended_at,
        )
        return [end]


def _begin(last: Round, at: datetime) -> Visited:
    """Where the sweep begins: at the first channel if all are to be verified again."""
    if not last.verifying and is_due_again(last.verified_from, at=at):
        return Visited(None, 0, verified_from=at, verifying=True, channels=last.channels)
    visited = Visited(last.page, last.visited, last.verified_from, last.verifying)
    visited.counted = last.counted if last.page is not None else 0
    visited.channels = last.channels
    return visited
