"""Which looks again and which sweeps came late, from what was due and when it was done."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from ivskit import names
from ivskit_local.incidents.lines import LONGEST_RETRY, Line, Log, Step, before
from ivskit_local.scenarios.words import format_span

# Of these names, one function alone says when it decided.
_FUNCTIONS = {
    names.STOP_SKIPPED: "stop_stream",
    names.STREAM_STOPPED: "stop_stream",
    names.ROTATION_SKIPPED: "rotate_stream_key",
    names.STREAMS_RECONCILED: "reconcile_streams",
}
_SWEEP = "sweep of "
_SECOND = timedelta(seconds=1)
_CLOCKS_DIFFER = timedelta(seconds=2)
# What is due sooner waits in a queue, which is on time; its function may fail and be tried again.
_BY_SCHEDULE = timedelta(minutes=15)
_SHORTEST_RETRY = timedelta(seconds=5)
_LATEST_SCHEDULE = timedelta(minutes=2)


def late_looks(log: Log, sessions: Mapping[str, int]) -> Iterator[Step]:
    """Each look again that was late, or whose function failed at first.

    A second before it was due by a schedule, or before it was sent to a queue.
    """
    answers = [line for line in log.outcomes if line.channel in log.channels]
    for line in answers:
        if line.name != names.WILL_LOOK_AGAIN:
            continue
        due = datetime.fromisoformat(line.detail["due"])
        by_schedule = due - _at(line) > _BY_SCHEDULE
        late = _decided(line, due, answers) - due
        if _is_late(late, by_schedule=by_schedule):
            about: dict[str, Any] = {
                "channel": log.channels[str(line.channel)],
                "purpose": line.detail["purpose"],
            }
            number = sessions.get(str(line.session))
            if number is not None:
                about["session"] = number
            yield before(due if by_schedule else line.at), _late(late, **about)


def _is_late(late: timedelta, *, by_schedule: bool) -> bool:
    return (_SECOND if by_schedule else _SHORTEST_RETRY) <= late <= LONGEST_RETRY


def late_sweeps(log: Log) -> Iterator[Step]:
    """Each sweep that was late, a second before it was due."""
    first = {due: line for line in reversed(log.outcomes) if (due := sweep_time(line)) is not None}
    for due, line in first.items():
        late = line.at - due
        if _SECOND <= late <= _LATEST_SCHEDULE:
            yield before(due), _late(late)


def clocks(log: Log) -> Iterator[tuple[str, timedelta]]:
    """By how much the clock of each function was ahead, or behind, in whole seconds."""
    off: dict[str, list[float]] = {}
    for line in log.new_outcomes:
        function = _FUNCTIONS.get(line.name)
        if function is not None:
            off.setdefault(function, []).append((_at(line) - line.at).total_seconds())
    for function, seconds in off.items():
        by = round(median(seconds))
        if by:
            yield function, timedelta(seconds=by)


def sweep_time(line: Line) -> datetime | None:
    """When the sweep was due of which this is the outcome."""
    cause = str(line.detail["cause"])
    return datetime.fromisoformat(cause.removeprefix(_SWEEP)) if cause.startswith(_SWEEP) else None


def _decided(look: Line, due: datetime, answers: Sequence[Line]) -> datetime:
    """When its function decided, or when it was due where no outcome says so."""
    cause, early = look.detail["cause"], due - _CLOCKS_DIFFER
    of_look = (
        line.at
        for line in answers
        if line.channel == look.channel
        and line.at > look.at
        and str(line.detail["cause"]).startswith(cause)
    )
    return min((at for at in of_look if at >= early), default=due)


def _late(late: timedelta, **about: Any) -> dict[str, Any]:
    return {"do": "come late", **about, "by": format_span(late), "may_fail": True}


def _at(line: Line) -> datetime:
    return datetime.fromisoformat(line.detail["at"])
