"""Looks for stored keys whose channels are gone, a page of the store in each sweep.

After the last page, the first is read again half an hour after it was last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ivskit.automation.keys.store import Store
from ivskit.automation.keys.store.copies import StoreFails, StoreRefused
from ivskit.automation.memory import Memory
from ivskit.automation.records import Orphaned, Remembered, Round
from ivskit.client import Ivs
from reconcile_streams.channels import existing
from reconcile_streams.decide import Referral, is_due_again


@dataclass
class Checked:
    """What a sweep has found, and where the next continues; orphaned: all orphans on the page.

    first_at: the sweep that read the first page.
    """

    token: str | None
    first_at: datetime | None
    orphaned: int = 0
    referrals: list[Referral] = field(default_factory=list)


class StoredKeys:
    """Compares the stored keys with the existing channels; it changes nothing."""

    def __init__(
        self,
        memory: Memory,
        ivs: Ivs,
        store: Store,
        *,
        delete_after: timedelta | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._memory = memory
        self._ivs = ivs
        self._store = store
        self._delete_after = delete_after
        self._clock = clock

    def check(self, last: Round, *, at: datetime) -> Checked:
        """Check the next page if that is due; at: for when the sweep was scheduled.

        If the store cannot be read, the next sweep tries again.
        """
        so_far = Checked(last.stored, last.stored_from)
        if last.stored is None and not is_due_again(last.stored_from, at=at):
            return so_far
        try:
            page = self._store.page(last.stored)
        except (StoreFails, StoreRefused):
            return so_far
        there = existing(self._ivs.channels.get_many(page.channel_arns))
        known = self._memory.recall(page.channel_arns)
        due = [
            arn
            for arn in page.channel_arns
            if self._is_due(known.get(arn, Remembered()).orphaned, is_there=arn in there)
        ]
        gone = len(set(page.channel_arns) - there.keys())
        first_at = at if last.stored is None else last.stored_from
        return Checked(page.token, first_at, gone, [self._referral(arn) for arn in due])

    def _is_due(self, orphaned: Orphaned | None, *, is_there: bool) -> bool:
        """Whether the channel is newly gone, is back, or its key is due for deletion."""
        if orphaned is None or is_there:
            return (orphaned is None) is not is_there
        return orphaned.is_due(self._delete_after, now=self._clock())

    def _referral(self, arn: str) -> Referral:
        cause = f"{arn}: stored key looked at {self._clock().isoformat()}"
        return Referral("rotate_stream_key", arn, "check stored key", cause)
