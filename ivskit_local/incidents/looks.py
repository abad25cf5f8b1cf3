"""Which looks again and which sweeps came late, from what was due and when it was done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from ivskit import names
from ivskit_local.incidents.lines import LONGEST_RETRY, Line, Log, Step, before
from ivskit_local.incidents.sessions import Session, numbered
from ivskit_local.scenarios.words import format_span

# Of these names, one function alone says when it decided.
_FUNCTIONS = {
    names.STOP_SKIPPED: "stop_stream",
    names.STREAM_STOPPED: "stop_stream",
    names.ROTATION_SKIPPED: "rotate_stream_key",
    names.STREAMS_RECONCILED: "reconcile_streams",
}
_SECOND = timedelta(seconds=1)
_CLOCKS_DIFFER = timedelta(seconds=2)
# What is due sooner waits in a queue, which is on time; its function may fail and be tried again.
_BY_SCHEDULE = timedelta(minutes=15)
_SHORTEST_RETRY = timedelta(seconds=5)
_LATEST_SCHEDULE = timedelta(minutes=2)
# Well before the next sweep.
_UNTIL_NEXT = timedelta(minutes=4)
# How the cause says when a sweep referred a key to another function.
_SEEN_BY_SWEEP = re.compile(r": (?:key not in order|not delivered) at ([0-9T:. +-]+)")
# The cause of a stop by a sweep says since when nobody watched, and that it is a sweep's.
_IDLE = ": without viewers since "
# The look after a stop that stopped the next session: what it followed, and when that was.
_JUST_STARTING = re.compile(r"(st-\w+) is just starting$")
_STOPPED_AGAIN = re.compile(r"(.*?), seen again after ([0-9T:.+-]+)(?:: |$)")
_VERIFIED_AFTER = timedelta(seconds=30)
_ALREADY_RUN = re.compile(r"the sweep of (\S+) has already run")


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
        late = _decided(line, due, answers, log) - due
        if _is_late(late, by_schedule=by_schedule):
            about: dict[str, Any] = {
                "channel": log.channels[str(line.channel)],
                "purpose": line.detail["purpose"],
            }
            number = sessions.get(str(line.session))
            if number is not None:
                about["session"] = number
            yield before(due if by_schedule else line.at), _late(late, **about)


def late_verifications(log: Log, sessions: Sequence[Session]) -> Iterator[Step]:
    """Each look after a stop that was due when the encoder came back, and saw it.

    In the scenario it comes a second after the encoder.
    """
    numbers = numbered(sessions)
    began = {session.stream_id: session.began for session in sessions}
    for line in log.new_outcomes:
        stop, seen = _verified(line, log), _session_seen(line)
        if stop is None or seen not in began:
            continue
        after = began[seen] - (stop.at + _VERIFIED_AFTER)
        if -_SECOND < after < _SECOND:
            about = {"channel": log.channels[str(stop.channel)], "purpose": _purpose(stop)}
            session = {"session": numbers[str(stop.session)]} if stop.session in numbers else {}
            yield before(stop.at), _late(after + _SECOND, **about, **session)


def half_done_stops(log: Log) -> Iterator[Step]:
    """Each function that stopped a session and died, a second before it did."""
    for moment in log.half_done.values():
        yield before(moment), _dies("StopStream", function="stop_stream")


def _verified(line: Line, log: Log) -> Line | None:
    """The stop after which this look again saw another session."""
    found = _STOPPED_AGAIN.match(str(line.detail["cause"]))
    if found is None or _session_seen(line) is None:
        return None
    stops = (
        stop
        for stop in log.new_outcomes_of(str(line.channel))
        if stop.name == names.STREAM_STOPPED
        and str(stop.detail["cause"]).startswith(found[1])
        and abs(_at(stop) - datetime.fromisoformat(found[2])) < _SECOND
    )
    return next(stops, None)


def _session_seen(line: Line) -> str | None:
    """The session that a look again stopped, or left to a later one since it just started."""
    if line.name == names.STREAM_STOPPED:
        return line.session
    found = _JUST_STARTING.match(str(line.detail.get("reason")))
    return found[1] if line.name == names.WILL_LOOK_AGAIN and found else None


def _purpose(stop: Line) -> str:
    return "verify kick" if stop.detail["then"] == "kick" else "verify stop"


def _is_late(late: timedelta, *, by_schedule: bool) -> bool:
    return (_SECOND if by_schedule else _SHORTEST_RETRY) <= late <= LONGEST_RETRY


def late_sweeps(log: Log) -> Iterator[Step]:
    """Each sweep that was late or died, a second before it was due.

    One that died was tried again after later ones, which was too late for it.
    """
    said: dict[datetime, list[Line]] = {}
    for line in log.outcomes:
        if line.sweep_due is not None:
            said.setdefault(line.sweep_due, []).append(line)
    for due, lines in said.items():
        if _came_too_late(due, lines):
            yield before(due), _half_done(due, log) or _late(lines[-1].at - due)
        elif _SECOND <= lines[0].at - due <= _LATEST_SCHEDULE:
            yield before(due), _late(lines[0].at - due)


def _came_too_late(due: datetime, lines: Sequence[Line]) -> bool:
    if any(line.name == names.STREAMS_RECONCILED for line in lines):
        return False
    ran = _ALREADY_RUN.search(str(lines[-1].detail["reason"]))
    return ran is not None and datetime.fromisoformat(ran[1]) > due


def _half_done(due: datetime, log: Log) -> dict[str, Any] | None:
    """How the sweep died, where something says that it had begun to act.

    It re-emits events first, and then refers keys and stops to other functions.
    """
    if any(_is_of_sweep(_seen_by_sweep(line), due) for line in log.outcomes):
        return _dies("SendMessage")
    if any(_is_of_sweep(line.at, due) for line in log.of(names.RECONCILE)):
        return _dies("PutEvents")
    return None


def _seen_by_sweep(line: Line) -> datetime | None:
    """When a sweep saw what it referred to the function that answers in this line."""
    cause = str(line.detail.get("cause"))
    found = _SEEN_BY_SWEEP.search(cause)
    if found:
        return datetime.fromisoformat(found[1])
    return line.at if _IDLE in cause and ", seen again" not in cause else None


def _is_of_sweep(moment: datetime | None, due: datetime) -> bool:
    return moment is not None and due <= moment < due + _UNTIL_NEXT


def _dies(operation: str, *, function: str = "reconcile_streams") -> dict[str, Any]:
    died = {"do": "kill", "function": function, "operation": operation}
    return {**died, "when": "after", "may_fail": True}


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


def _decided(look: Line, due: datetime, answers: Sequence[Line], log: Log) -> datetime:
    """When its function decided, or when it was due where no outcome says so."""
    cause, early = look.detail["cause"], due - _CLOCKS_DIFFER
    of_look = (
        log.decided(line)
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
