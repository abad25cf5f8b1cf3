"""Results of scenarios: one JSON value each for programs; for people a line or a timeline each."""

from collections.abc import Iterator, Sequence
from typing import Any

from ivskit_local.report import (
    calls_of,
    event_name,
    in_one_line,
    in_words,
    mark,
    plural,
    reaction_document,
)
from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.scenarios.play import Moment, Played, Shown
from ivskit_local.scenarios.run import Finding, Note
from ivskit_local.scenarios.words import format_span


def as_document(played: Played) -> dict[str, Any]:
    """The result of a scenario, as one JSON value."""
    return {
        "scenario": played.script.name,
        "tells": played.script.scenario.tells,
        "ok": played.ok,
        "timeline": [
            {"after_seconds": moment.after.total_seconds(), **_document(moment.shown, played)}
            for moment in played.timeline
        ],
        "virtual_seconds": played.passed.total_seconds(),
    }


def _document(shown: Shown, played: Played) -> dict[str, Any]:
    match shown:
        case Note(_, text):
            return {"done": played.named(text)}
        case Delivery():
            return {
                "event": event_name(shown.event),
                "id": shown.event["id"],
                "about": _about(shown, played),
                "rules": list(shown.rules),
                "queues": list(shown.queues),
            }
        case Reaction():
            document = reaction_document(shown)
            return {**document, "reason": played.named(document["reason"] or "")}
        case Finding():
            found = shown.found and played.named(shown.found)
            return {"expected": played.named(shown.what), "kept": shown.holds, "found": found}


def _about(delivery: Delivery, played: Played) -> str:
    """The session, channels or job that an event names."""
    event, detail = delivery.event, delivery.event["detail"]
    arns = detail.get("channel_arns")
    several = ", ".join(map(str, arns)) if isinstance(arns, list) else ""
    named = [detail.get("stream_id"), detail.get("channel_arn"), *event["resources"], several]
    return played.named(next(filter(None, [*named, detail.get("job")]), ""))


def as_lines(played: Played) -> Iterator[str]:
    """A scenario's timeline for people."""
    yield played.script.name
    yield f"  {played.script.scenario.tells}"
    for moment in played.timeline:
        yield from _lines(moment, played)


def _lines(moment: Moment, played: Played) -> Iterator[str]:
    clock = format_span(moment.after)
    for line in _texts(moment.shown, played):
        yield f"  {clock:>9}  {line}"
        clock = ""


def _texts(shown: Shown, played: Played) -> Iterator[str]:
    match shown:
        case Note(_, text):
            yield played.named(text)
        case Delivery():
            about = _about(shown, played)
            where = ", ".join(shown.queues) or "on the bus"
            yield f"{where}: {event_name(shown.event)}{about and f' ({about})'}"
            yield from (f"  matches {rule}" for rule in shown.rules)
        case Reaction():
            yield from _attempt(shown, played)
        case Finding():
            yield f"{mark(shown.holds)} {_sentence(shown, played)}"


def _attempt(reaction: Reaction, played: Played) -> Iterator[str]:
    yield f"  {reaction.function}"
    for call in calls_of(reaction):
        yield f"    {call}"
    for name, reason in reaction.outcomes:
        yield f"  → {name}: {played.named(reason)}"
    if reaction.error and not reaction.outcomes:
        yield f"  ✗ {played.named(str(in_one_line(reaction.error)))}"


def _sentence(finding: Finding, played: Played) -> str:
    what = played.named(finding.what)
    return what if finding.holds else f"expected: {what}; found: {played.named(str(finding.found))}"


def in_a_line(played: Played, *, title_width: int) -> str:
    """The title, which is cut to the width, and how much happened."""
    title = played.script.title
    if len(title) > title_width:
        title = f"{title[: title_width - 1].rstrip()}…"
    sessions, keys = plural(played.sessions, "session"), plural(played.keys, "key")
    numbers = f"{sessions:<11}  {keys:<7}  {in_words(played.passed):>6}"
    return f"{mark(played.ok)} {title:<{title_width}}  {numbers}"


def summary(all_played: Sequence[Played]) -> Iterator[str]:
    """How many passed, and a sentence for each finding that does not hold."""
    passed, count = sum(played.ok for played in all_played), len(all_played)
    of_all = "" if passed == count else f" of {count}"
    yield f"{mark(passed == count)} {passed}{of_all} scenario{'s' * (count != 1)} passed"
    for played in all_played:
        for finding in played.findings:
            if not finding.holds:
                after = format_span(finding.at - played.script.scenario.starts)
                yield f"  ✗ {played.script.name}: at {after} {_sentence(finding, played)}"
