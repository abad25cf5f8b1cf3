"""Follows the audit log of a stage as it grows."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ivskit.clock import now
from ivskit_cli.audit_log import AuditLog, Event, ids_of, key_of

# How often it looks, and how much of what it has seen it looks at again: lines may come late.
EVERY = timedelta(seconds=2)
_OVERLAP = timedelta(minutes=1)


def follow(
    log: AuditLog,
    *,
    since: datetime,
    cause: str | None = None,
    channel: str | None = None,
) -> Iterator[Sequence[Event]]:
    """What is there, then what comes, without an end: of one story, one channel, or all."""
    shown: set[str] = set()
    story = {cause} if cause else set()
    while True:
        began = now()
        log = log.since(since)
        events = _found(log, story, channel)
        new = [event for event in events if key_of(event) not in shown]
        shown |= {key_of(event) for event in new}
        if story:
            story |= {one for event in new for one in ids_of(event)}
        yield new
        since = max(since, began - _OVERLAP)
        time.sleep(EVERY.total_seconds())


def _found(log: AuditLog, story: set[str], channel: str | None) -> Sequence[Event]:
    if story:
        return log.of_cause(*story)
    return log.of_channel(channel) if channel else log.all()
