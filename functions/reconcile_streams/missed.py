"""Missed Stream Starts and Stream Ends, rebuilt from what IVS still knows.

The index of watched channels and the lists of IVS lag behind: before an event counts as missed, the
items themselves are read.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from ivskit import names
from ivskit.automation.memory import Memory
from ivskit.automation.records import Session
from ivskit.changes import MissedChange
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import LeaseHeld
from reconcile_streams.channels import existing
from reconcile_streams.decide import Live, missed_ends, missed_starts


class MissedChanges:
    """Finds missed events; those after `before` may still be on their way."""

    def __init__(self, ivs: Ivs, memory: Memory) -> None:
        self._ivs = ivs
        self._memory = memory

    def starts(self, overdue: Sequence[Live], *, before: datetime) -> list[MissedChange]:
        """The missed starts among these streams on managed channels."""
        arns = [stream.channel_arn for stream in overdue]
        missed = missed_starts(overdue, self._memory.recall(arns), before=before)
        channels = existing(self._ivs.channels.get_many(stream.channel_arn for stream in missed))
        return [
            _start(stream, channels[stream.channel_arn])
            for stream in missed
            if stream.channel_arn in channels
        ]

    def ends(
        self, live: Sequence[Live], gone: Iterable[str], *, before: datetime
    ) -> list[MissedChange]:
        """The missed ends on these channels; a session that IVS does not know is forgotten."""
        still = missed_ends(live, self._memory.recall(gone))
        return [end for arn, session in still for end in self._ends(arn, session, before)]

    def _ends(self, channel_arn: str, session: Session, before: datetime) -> Iterator[MissedChange]:
        found = self._ivs.streams.session(channel_arn, session.stream_id)
        if found is None:
            self._forget(channel_arn, session)
        elif found.end_time is not None and found.end_time < before:
            yield MissedChange(
                event_name=names.STREAM_END,
                channel_arn=channel_arn,
                channel_name=(found.channel and found.channel.name) or "",
                stream_id=session.stream_id,
                at=found.end_time,
            )

    def _forget(self, channel_arn: str, session: Session) -> None:
        """Forget the session; the next sweep does so where another invocation holds the lease."""
        with suppress(LeaseHeld), self._memory.lease(channel_arn) as held:
            if held.remembered.session == session:
                held.note(session=None)


def _start(stream: Live, channel: Channel) -> MissedChange:
    return MissedChange(
        event_name=names.STREAM_START,
        channel_arn=stream.channel_arn,
        channel_name=channel.name or "",
        stream_id=stream.stream_id,
        at=stream.started_at,
    )
