"""Rebuilds an incident from the audit log of a stage, as a scenario."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit.arns import resource_id
from ivskit_cli.audit_log import AuditLog, ids_of
from ivskit_local.errors import NotDone
from ivskit_local.incidents.lines import Line, Log
from ivskit_local.incidents.rebuilt import scenario_of

# What came a moment before the first line of a story, or after its last, belongs to it.
_AROUND = timedelta(seconds=30)


def incident(log: AuditLog, cause: str) -> dict[str, Any]:
    """The scenario of the story that this command, stream or event is part of.

    It has all that happened meanwhile on the channels of the story. Raises NotDone where the log
    knows no such cause.
    """
    story = log.of_cause(cause)
    if not story:
        raise NotDone(f"the audit log has nothing of {cause}: is it older than --since says?")
    ids = {one for event in story for one in ids_of(event)}
    of_story = [line for line in log.lines(ids) if ids_of(line.event) & ids]
    terms = [f"channel/{resource_id(arn)}" for arn in Log(of_story).channels]
    lines = log.lines([*terms, names.STREAMS_RECONCILED])
    within = list(_within(lines, of_story[0].at - _AROUND, of_story[-1].at + _AROUND))
    return scenario_of(
        within,
        tells=f"What happened around {cause}, from the audit log.",
        channels=set(Log(of_story).channels),
        blocked=_blocked(lines, within[0].at),
    )


def _within(lines: Sequence[Line], since: datetime, until: datetime) -> Iterator[Line]:
    return (line for line in lines if since <= line.at <= until)


def _blocked(lines: Sequence[Line], at: datetime) -> Collection[str]:
    """The channels that were blocked by then."""
    last: dict[str | None, str] = {}
    for line in lines:
        if line.at < at and line.name in (names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED):
            last[line.channel] = line.name
    return {arn for arn, name in last.items() if arn and name == names.CHANNEL_BLOCKED}
