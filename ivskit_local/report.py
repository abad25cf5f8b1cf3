"""A replay's report: one JSON document for programs; for people a line or a block per event."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from textwrap import wrap
from typing import Any

from ivskit_local.replay import Replayed, Report
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Event, Reaction

# The fields that name an event, in this order; a command has none of them.
_DISCRIMINATORS = ("event_name", "limit_name", "limit", "recording_status")

_UNITS = {"d": 86_400, "h": 3_600, "min": 60}
_NO_BREAK = "\xa0"

# Pydantic points to its own pages, which say nothing about an event.
_ADVICE = re.compile(r"For further information visit \S+")


def as_document(report: Report) -> dict[str, Any]:
    """The report as one JSON value."""
    return {
        "events": [_event(replayed) for replayed in report.replayed],
        "outcomes": dict(report.outcomes),
        "dead_letters": [
            {**asdict(letter), "error": in_one_line(letter.error)} for letter in report.dead_letters
        ],
        "broken_invariants": [asdict(broken) for broken in report.broken_invariants],
        "virtual_seconds": report.passed.total_seconds(),
    }


def _event(replayed: Replayed) -> dict[str, Any]:
    event = replayed.delivery.event
    return {
        "id": event["id"],
        "sample": replayed.sample,
        "detail_type": event["detail-type"],
        "event_name": event_name(event),
        "rules": list(replayed.delivery.rules),
        "queues": list(replayed.delivery.queues),
        "reactions": [reaction_document(reaction) for reaction in replayed.delivery.reactions],
        "told": [asdict(message) for message in replayed.delivery.messages],
    }


def event_name(event: Event) -> str:
    """The name of an event within its detail type; a command has only the detail type."""
    named = [event["detail"].get(key) for key in _DISCRIMINATORS]
    return str(next(filter(None, named), event["detail-type"]))


def in_one_line(error: str | None) -> str | None:
    """An error without line breaks and advice."""
    return error and " ".join(_ADVICE.sub("", error).split())


def reaction_document(reaction: Reaction) -> dict[str, Any]:
    """An attempt as one JSON value."""
    return {
        "function": reaction.function,
        "outcome": reaction.outcome,
        "reason": reaction.reason if reaction.outcome else in_one_line(reaction.error),
        "outcomes": [{"name": name, "reason": reason} for name, reason in reaction.outcomes],
        "channel_arn": reaction.channel_arn,
        "calls": [_call(call) for call in reaction.calls],
        "ms": round(reaction.ms, 1),
    }


def _call(call: Call) -> dict[str, Any]:
    return {"service": call.service, "operation": call.operation, "error": call.error}


def block(replayed: Replayed) -> Iterator[str]:
    """An event and everything that it caused, call by call."""
    event, delivery = replayed.delivery.event, replayed.delivery
    about = ", ".join(event["resources"]) or event["detail"].get("channel_arn", "")
    yield replayed.sample or "(sent by the emulator)"
    what = dict.fromkeys([event["detail-type"], event_name(event), event["time"], about])
    yield f"  {' · '.join(filter(None, what))}"
    for rule in delivery.rules:
        yield f"  matches {rule}"
    for queue in delivery.queues:
        yield f"  sent straight to the queue {queue}"
    if not replayed.subscribed:
        yield "  no automation subscribes to this event"
    for reaction in delivery.reactions:
        yield from _attempt(reaction)
    for message in delivery.messages:
        yield f"  → {message.topic}: {message.text}"


def _attempt(reaction: Reaction) -> Iterator[str]:
    at = f"{reaction.at:%H:%M:%S}" if reaction.at else ""
    yield f"  {at:8} {reaction.function}"
    for call in calls_of(reaction):
        yield f"             {call}"
    for name, reason in reaction.outcomes:
        yield f"           → {name}: {reason}"
    if reaction.error and not reaction.outcomes:
        yield f"           ✗ {in_one_line(reaction.error)}"


def calls_of(reaction: Reaction) -> Iterator[str]:
    """Its calls to AWS. An answer that the function coped with is no failure: only the last error
    of an attempt that failed is marked as one.
    """
    errors = [call for call in reaction.calls if call.error]
    fatal = errors[-1] if errors and reaction.error else None
    for call in reaction.calls:
        yield f"{call.service} {call.operation}{_answer(call, fatal)}"


def _answer(call: Call, fatal: Call | None) -> str:
    if call.error is None:
        return ""
    return f"  ✗ {call.error}" if call is fatal else f"  · {call.error.partition(':')[0]}"


def in_a_line(replayed: Replayed, *, name_width: int) -> str:
    """An event and its outcomes, with a mark that says whether it ended in dead letters."""
    name, came_of_it = event_name(replayed.delivery.event), _came_of(replayed.delivery.reactions)
    return f"{mark(not replayed.given_up)} {name:<{name_width}}  {came_of_it}"


def _came_of(reactions: Sequence[Reaction]) -> str:
    """One outcome with its reason, or the names of several."""
    outcomes = [outcome for reaction in reactions for outcome in reaction.outcomes]
    if len(outcomes) == 1:
        return ": ".join(outcomes[0])
    if outcomes:
        return _counted(Counter(name for name, _ in outcomes))
    errors = [reaction.error for reaction in reactions if reaction.error]
    return in_one_line(errors[-1]) or "" if errors else "no outcome"


def unsubscribed(all_replayed: Sequence[Replayed]) -> Iterator[str]:
    """The events to which nothing subscribes, in one line; none if there are none."""
    names = [event_name(one.delivery.event) for one in all_replayed if not one.subscribed]
    if names:
        yield f"· {plural(len(names), 'event')} without a subscriber: {_counted(Counter(names))}"


def _counted(counts: Counter[str]) -> str:
    """`Stream Stopped, 2 Stop Skipped`, in the order of the first of each."""
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in counts.items())


def plural(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count} {noun}{'s' * (count != 1)}"


def summary(report: Report) -> Iterator[str]:
    """What is wrong, and how often each outcome was published."""
    sent = sum(replayed.sample is None for replayed in report.replayed)
    of_emulator = f", {sent} of them sent by the emulator" if sent else ""
    events = plural(len(report.replayed), "event")
    yield f"{mark(report.ok)} {events}{of_emulator}, {in_words(report.passed)} of virtual time"
    yield from _filled(f"{count} {name}" for name, count in sorted(report.outcomes.items()))
    letters = _none_or(report.dead_letters, "dead letter")
    yield f"  {letters}, {_none_or(report.broken_invariants, 'broken invariant')}"
    for letter in report.dead_letters:
        yield f"  ✗ dead letter in {letter.queue} ({letter.function}): {in_one_line(letter.error)}"
    for broken in report.broken_invariants:
        yield f"  ✗ broken invariant: {broken.name}: {broken.what}"


def mark(well: bool) -> str:
    """How a line begins that says whether something is well."""
    return "✓" if well else "✗"


def in_words(span: timedelta) -> str:
    """About how long a span is, in its largest unit of which there are two."""
    seconds = span.total_seconds()
    for unit, size in _UNITS.items():
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _filled(parts: Iterable[str]) -> Iterator[str]:
    """The parts in lines that a narrow terminal has room for, each part in one of them."""
    text = ", ".join(part.replace(" ", _NO_BREAK) for part in parts)
    for line in wrap(text, 80, initial_indent="  ", subsequent_indent="  "):
        yield line.replace(_NO_BREAK, " ")


def _none_or(things: Sequence[Any], noun: str) -> str:
    return plural(len(things), noun) if things else f"no {noun}s"
