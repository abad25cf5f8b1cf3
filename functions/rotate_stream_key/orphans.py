"""Deletes stored keys whose channels are gone, after the time that the settings give."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ivskit.automation.keys.store import Store
from ivskit.automation.memory import Held, Memory
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.records import Orphaned
from ivskit.client import Ivs
from ivskit.errors import NotFound, Unavailable
from ivskit.outcomes import Outcome, RotationSkipped, StoredKeyDeleted, StoredKeyOrphaned
from ivskit.policy import Policy


class Orphans:
    """Checks a channel that the sweep did not find; policy: that of a channel without tags."""

    def __init__(
        self,
        ivs: Ivs,
        memory: Memory,
        store: Store,
        *,
        delete_after: timedelta | None,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._memory = memory
        self._store = store
        self._delete_after = delete_after
        self._policy = policy
        self._clock = clock

    def check(self, look: LookAgain) -> Outcome:
        """Report once that the key is orphaned, and delete it when that is due."""
        with self._memory.lease(look.channel_arn) as held:
            fields = {
                "channel_arn": look.channel_arn,
                "cause": look.cause,
                "event_id": look.event_id,
                "mode": self._policy().mode,
                "at": self._clock(),
            }
            if self._is_there(look.channel_arn):
                held.note(orphaned=None)
                return RotationSkipped(**fields, reason="the channel exists")
            return self._orphaned(held, look.channel_arn, fields)

    def _is_there(self, channel_arn: str) -> bool:
        """Whether IVS knows the channel; IVS may err for a moment, so two operations are asked."""
        if self._ivs.channels.find(channel_arn) is not None:
            return True
        try:
            self._ivs.streams.get(channel_arn)
        except NotFound:
            return False
        raise Unavailable("IVS finds the channel by GetStream, but not by GetChannel")

    def _orphaned(self, held: Held, channel_arn: str, fields: dict[str, Any]) -> Outcome:
        known, now = held.remembered.orphaned, fields["at"]
        if known is None:
            held.note(orphaned=Orphaned(since=now))
            due = now + self._delete_after if self._delete_after is not None else None
            reason = "the channel is gone, and the store still has its key"
            return StoredKeyOrphaned(**fields, reason=reason, delete_at=due)
        if not known.is_due(self._delete_after, now=now):
            return RotationSkipped(**fields, reason="the stored key stays for now")
        hands_off = self._policy().hands_off
        if hands_off is not None:
            reason = f"{hands_off}: the stored key would be deleted, since its channel is gone"
            return RotationSkipped(**fields, reason=reason)
        self._store.delete(channel_arn)
        held.note(orphaned=known.model_copy(update={"deleted_at": now}))
        return StoredKeyDeleted(**fields, reason=f"the channel has been gone since {known.since}")
