"""Visits all channels one after the other, as many in each sweep as there is time for.

Reading the key and the newest session of all channels at once would take too many calls.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivskit import names
from ivskit.automation.keys.store import Store
from ivskit.automation.keys.store.copies import StoreFails, StoreRefused
from ivskit.automation.memory import Memory
from ivskit.automation.records import Key, Remembered, Round
from ivskit.changes import MissedChange
from ivskit.client.channels import ChannelSummary, Page
from ivskit.errors import Invalid
from ivskit.policy import Adopt
from ivskit.policy.tags import is_blocked
from reconcile_streams.channels import Channels
from reconcile_streams.decide import (
    KeyFacts,
    Referral,
    about_key,
    missed_session,
    unknown_block,
)


@dataclass
class Visited:
    """What one sweep has visited and found, and where the next continues."""

    page: str | None
    on_page: int
    count: int = 0
    referrals: list[Referral] = field(default_factory=list)
    missed: list[MissedChange] = field(default_factory=list)


class Visits:
    """The slow half of a sweep; it changes nothing either."""

    def __init__(
        self,
        memory: Memory,
        channels: Channels,
        store: Store,
        *,
        adopt: Adopt,
        overdue: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._memory = memory
        self._channels = channels
        self._store = store
        self._adopt = adopt
        self._overdue = overdue
        self._clock = clock

    def go_on(self, last: Round, live: Collection[str], *, until: datetime) -> Visited:
        """Visit managed channels from where the last round stopped; live: the live channels.

        Unmanaged channels cost no calls beyond the list: a page of a hundred takes half a second.
        """
        visited = Visited(last.page, last.visited)
        since = last.first_swept_at or self._clock()
        while self._clock() < until:
            page = self._page(visited)
            if not self._visit_page(page.channels, visited, live, since=since, until=until):
                return visited
            visited.page, visited.on_page = page.token, 0
            if page.token is None:
                return visited
        return visited

    def _page(self, visited: Visited) -> Page:
        try:
            return self._channels.page(visited.page)
        except Invalid:
            # IVS does not document how long a token is valid.
            visited.page, visited.on_page = None, 0
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
        ours = {each.arn for each in rest if self._is_ours(each)}
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

    def _is_ours(self, channel: ChannelSummary) -> bool:
        return self._channels.policy_of(channel).managed or is_blocked(channel.tags)

    def _visit(
        self,
        channel: ChannelSummary,
        remembered: Remembered,
        visited: Visited,
        *,
        since: datetime,
        is_live: bool,
    ) -> None:
        visited.count += 1
        is_tagged = is_blocked(channel.tags)
        block = unknown_block(channel.arn, remembered, is_tagged=is_tagged)
        if block is not None:
            visited.referrals.append(block)
        if not self._channels.policy_of(channel).managed or block is not None:
            return
        referral = self._about_key(channel, remembered, is_live)
        if referral is not None:
            visited.referrals.append(referral)
        if not is_live:
            visited.missed.extend(self._missed_session(channel, remembered, since=since))

    def _about_key(
        self, channel: ChannelSummary, remembered: Remembered, is_live: bool
    ) -> Referral | None:
        now = self._clock()
        key = remembered.key
        facts = KeyFacts(
            key_arn=self._channels.key_of(channel.arn),
            is_live=is_live,
            holds=key is not None and self._holds(channel.arn, key),
        )
        policy = self._channels.policy_of(channel)
        before = now - self._overdue
        return about_key(
            channel.arn, policy, remembered, facts, adopt=self._adopt, before=before, now=now
        )

    def _holds(self, channel_arn: str, key: Key) -> bool:
        """Whether the store has the key, or cannot be read now."""
        try:
            return self._store.holds(channel_arn, key.version)
        except (StoreFails, StoreRefused):
            return True

    def _missed_session(
        self, channel: ChannelSummary, remembered: Remembered, *, since: datetime
    ) -> list[MissedChange]:
        newest = self._channels.newest_session(channel.arn)
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
