"""A replay's report: one JSON document for programs, one block per event for people."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ivskit_local.replay import Replayed, Report
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Event, Reaction

# The fields that name an event, in this order; a command has none of them.
_DISCRIMINATORS = ("event_name", "limit_name", "limit", "recording_status")

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


def as_lines(report: Report) -> Iterator[str]:
    """The report for people."""
    for replayed in report.replayed:
        yield from _block(replayed)
        yield ""
    yield from _summary(report)


def _block(replayed: Replayed) -> Iterator[str]:
    event, delivery = replayed.delivery.event, replayed.delivery
    about = ", ".join(event["resources"]) or event["detail"].get("channel_arn", "")
    yield replayed.sample or "(sent by the emulator)"
    what = dict.fromkeys([event["detail-type"], event_name(event), event["time"], about])
    yield f"  {' · '.join(filter(None, what))}"
    for rule in delivery.rules:
        yield f"  matches {rule}"
    for queue in delivery.queues:
        yield f"  sent straight to the queue {queue}"
    if not (delivery.rules or delivery.queues):
        yield "  no automation subscribes to this event"
    for reaction in delivery.reactions:
        yield from _attempt(reaction)
    for message in delivery.messages:
        yield f"  → {message.topic}: {message.text}"


def _attempt(reaction: Reaction) -> Iterator[str]:
    at = f"{reaction.at:%H:%M:%S}" if reaction.at else ""
    yield f"  {at:8} {reaction.function}"
    for call in reaction.calls:
        error = f"  ✗ {call.error}" if call.error else ""
        yield f"             {call.service} {call.operation}{error}"
    for name, reason in reaction.outcomes:
        yield f"           → {name}: {reason}"
    if reaction.error and not reaction.outcomes:
        yield f"           ✗ {in_one_line(reaction.error)}"


def _summary(report: Report) -> Iterator[str]:
    yield f"events: {len(report.replayed)}, virtual time: {_span(report)}"
    for outcome, count in sorted(report.outcomes.items()):
        yield f"  {count:4} {outcome}"
    for letter in report.dead_letters:
        yield f"  ✗ dead letter in {letter.queue} ({letter.function}): {in_one_line(letter.error)}"
    if not report.dead_letters:
        yield "  no dead letters"
    for broken in report.broken_invariants:
        yield f"  ✗ broken invariant: {broken.name}: {broken.what}"


def _span(report: Report) -> str:
    return str(report.passed).partition(".")[0]
