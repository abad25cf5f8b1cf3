"""An incident as a scenario: what encoders, IVS and people did, with the outcomes that it had."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit_local.errors import WrongUsage
from ivskit_local.incidents import people
from ivskit_local.incidents.lines import Line, Log, Step
from ivskit_local.incidents.looks import (
    clocks,
    half_done_stops,
    late_looks,
    late_sweeps,
    late_verifications,
)
from ivskit_local.incidents.sessions import numbered, sessions_of, steps_of
from ivskit_local.scenarios.words import format_span

_EVERY, _VERIFIED_EVERY = timedelta(minutes=5), timedelta(minutes=30)
# At the same moment: first what people prepare, then how events travel, then what happens.
_ORDER = (
    "tag",
    "pause",
    "resume",
    "delete secret",
    "restore secret",
    "lose",
    "delay",
    "repeat",
    "come late",
)
# What says that nothing was done, or what was seen at some moment.
_NO_ACTS = (
    names.STOP_SKIPPED,
    names.ROTATION_SKIPPED,
    names.REVOCATION_SKIPPED,
    names.WELCOME_SKIPPED,
    names.WILL_LOOK_AGAIN,
    names.STREAM_BACK,
)


def scenario_of(
    lines: Sequence[Line],
    *,
    tells: str,
    channels: Collection[str] | None = None,
    blocked: Collection[str] = (),
) -> dict[str, Any]:
    """The scenario, as its file has it; raises WrongUsage where the lines name no channel.

    channels: of which it is, by their ARNs; all by default. blocked: those that were blocked before
    the first line.
    """
    log = Log(lines, channels=channels)
    if not log.channels:
        raise WrongUsage("no line of the audit log names a channel")
    steps = sorted(_steps(log), key=lambda step: (step[0], _place(step[1])))
    starts = _starts(log, steps)
    last = max([log.lines[-1].at, *(moment for moment, _ in steps)]) + timedelta(minutes=1)
    steps.append((last, {"do": "check", "expect": {}}))
    return {
        "$schema": "../schemas/scenario.json",
        "tells": tells,
        "starts": starts.isoformat().replace("+00:00", "Z"),
        "channels": {
            name: _channel(log, arn, is_blocked=arn in blocked)
            for arn, name in log.channels.items()
        },
        "steps": [_written(step, starts) for step in steps],
        "expect": {"told": _told(log)},
    }


def _steps(log: Log) -> Iterator[Step]:
    sessions = sessions_of(log)
    numbers = numbered(sessions)
    yield from people.commands(log, numbers)
    yield from people.pauses(log)
    for session in sessions:
        channel = log.channels[session.channel]
        yield from steps_of(session, channel)
        yield from people.viewers(log, session, channel)
    yield from late_looks(log, numbers)
    yield from late_verifications(log, sessions)
    yield from half_done_stops(log)
    yield from late_sweeps(log)
    for function, by in clocks(log):
        yield log.lines[0].at, {"do": "shift clock", "function": function, "by": format_span(by)}
    for arn in log.channels:
        yield from people.tagging(log, arn)
        yield from people.secrets(log, arn)


def _place(step: dict[str, Any]) -> int:
    if step["do"] in _ORDER:
        return _ORDER.index(step["do"])
    # A command that names a session was sent when it had begun.
    return len(_ORDER) + ("session" in step)


def _starts(log: Log, steps: Sequence[Step]) -> datetime:
    """A moment before the first step from which sweeps fall on the same times as in the log.

    Also those that verify all channels, as the first sweep of a stage does.
    """
    first = min(moment for moment, _ in steps).replace(microsecond=0)
    sweep = next((line.sweep_due for line in log.outcomes if line.sweep_due), first)
    verified = next(iter(log.verifications), None)
    # A stage sweeps for the first time when it has been there for as long.
    first = min(first, sweep - _EVERY)
    if verified is None:
        return first - (first - sweep) % _EVERY
    return first - (first - (verified - _EVERY)) % _VERIFIED_EVERY


def _channel(log: Log, arn: str, *, is_blocked: bool) -> dict[str, Any]:
    _, worn = next(people.tags_worn(log, arn), (None, {}))
    tags = {**worn, **({names.TAG_BLOCKED: "true"} if is_blocked else {})}
    return ({"tags": tags} if tags else {}) | ({"has_key": False} if is_blocked else {})


def _written(step: Step, starts: datetime) -> dict[str, Any]:
    moment, what = step
    return {"at": format_span(moment - starts), **what}


def _told(log: Log) -> dict[str, int]:
    """How often each act was published that a session or a command of the log led to."""
    began = {line.detail.get(field) for line in log.lines for field in ("stream_id", "command_id")}
    acts = [
        line.name
        for line in log.new_outcomes
        if line.name not in _NO_ACTS and line.detail["cause"].partition(": ")[0] in began
    ]
    return dict(sorted(Counter(acts).items()))
