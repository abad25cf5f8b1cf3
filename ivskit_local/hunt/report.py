"""A hunt in words: a line while it lasts, then a page for people or a document for programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ivskit import outcomes
from ivskit_local.hunt.coverage import ALL_EVENTS, Reached
from ivskit_local.hunt.hunt import Hunted, Small
from ivskit_local.report import in_words, mark, plural
from ivskit_local.scenarios.words import format_span


def progress(hunted: Hunted) -> str:
    """How far it is: the rate, and what was reached."""
    rate = 60 * hunted.days / hunted.seconds if hunted.seconds else 0
    return f"{plural(hunted.days, 'day')}, {rate:.0f} a minute: {_reached(hunted.reached)}"


def as_lines(
    hunted: Hunted,
    *,
    first: int,
    channels: int,
    small: Small | None,
    file: Path | None,
    reasons: Sequence[str] = (),
) -> Iterator[str]:
    """The end of a hunt for people; small, file: the day that broke a law, and where it is.

    reasons: all that functions can give.
    """
    days = f"{plural(hunted.days, 'day')} of {plural(channels, 'channel')}"
    seeds = f"seed {first}" if hunted.days == 1 else f"seeds {first} to {first + hunted.days - 1}"
    took = f"{in_words(hunted.passed)} of virtual time in {hunted.seconds:.0f} s"
    held = "every law held" if hunted.ok else "the last day broke a law"
    yield f"{mark(hunted.ok)} {days} ({seeds}), {took}: {held}"
    yield f"  reached: {_reached(hunted.reached)}"
    yield from _left("outcomes that never came", hunted.reached.outcomes_left)
    yield from _left("never sent", hunted.reached.events_left)
    yield from _left("messages that no function got", hunted.reached.messages_left)
    if small is not None:
        yield from _broken(small, file)
    else:
        yield from _never_given(hunted.reached, reasons)


def _never_given(reached: Reached, reasons: Sequence[str]) -> Iterator[str]:
    never = reached.never_given(reasons)
    if never:
        yield f"  {len(never)} of the {len(reasons)} reasons in the code never came:"
        yield from (f"    {reason}" for reason in never)


def _reached(reached: Reached) -> str:
    points = len(reached.deaths) + len(reached.deaths_left)
    return (
        f"{len(reached.outcomes)} of {len(outcomes.BY_NAME)} outcomes"
        f" for {plural(len(reached.reasons), 'reason')},"
        f" {len(reached.events)} of {len(ALL_EVENTS)} kinds of events,"
        f" {plural(len(reached.calls), 'kind')} of calls,"
        f" deaths at {len(reached.deaths)} of {points} points around them"
    )


def _left(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"  {what}: {', '.join(names)}"


def _broken(small: Small, file: Path | None) -> Iterator[str]:
    count, steps = len(small.day.steps), small.day.steps
    yield ""
    yield f"✗ seed {small.seed} breaks the law: {small.broken.law}"
    yield f"  found: {small.broken.case}"
    yield f"  {plural(count, 'step')} of {small.steps_before} still break it:"
    yield from (f"    {format_span(step.at):>9}  {step.sentence}" for step in steps)
    yield "  Play it again:"
    yield f"  ivskit replay {file}"


def as_document(
    hunted: Hunted,
    *,
    first: int,
    channels: int,
    small: Small | None,
    file: Path | None,
    reasons: Sequence[str] = (),
) -> dict[str, Any]:
    """The end of a hunt for programs."""
    return {
        "ok": hunted.ok,
        "first_seed": first,
        "days": hunted.days,
        "channels": channels,
        "virtual_seconds": hunted.passed.total_seconds(),
        "seconds": round(hunted.seconds, 1),
        "reached": _reached_document(hunted.reached),
        "never_reached": {
            "outcomes": list(hunted.reached.outcomes_left),
            "reasons": list(hunted.reached.never_given(reasons)),
            "events": list(hunted.reached.events_left),
            "messages": list(hunted.reached.messages_left),
            "deaths": [list(point) for point in hunted.reached.deaths_left],
        },
        "broken": None if small is None else _broken_document(small, file),
    }


def _reached_document(reached: Reached) -> dict[str, Any]:
    return {
        "outcomes": _rows(reached.reasons, "outcome", "reason"),
        "events": dict(sorted(reached.events.items())),
        "messages": dict(sorted(reached.messages.items())),
        "calls": _rows(reached.calls, "function", "operation"),
        "deaths": _rows(reached.deaths, "function", "operation", "when"),
    }


def _rows(counts: Any, *fields: str) -> list[dict[str, Any]]:
    return [{**dict(zip(fields, key, strict=True)), "times": counts[key]} for key in sorted(counts)]


def _broken_document(small: Small, file: Path | None) -> dict[str, Any]:
    return {
        "seed": small.seed,
        "law": small.broken.law,
        "found": small.broken.case,
        "steps": len(small.day.steps),
        "steps_before": small.steps_before,
        "days_played_to_shrink": small.played,
        "file": str(file),
    }
