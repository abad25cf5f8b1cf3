"""Reads the audit log of a stage: events of IVS, commands, outcomes, and what led to what.

An outcome names its cause, its stream and the event that began it all, and a later look again
repeats all three. So everything that shares one of them belongs to one story.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ivskit import names
from ivskit.arns import resource_id
from ivskit.redaction import redact
from ivskit_cli.deployed import is_deployed, one_line_errors
from ivskit_local.errors import WrongUsage
from ivskit_local.incidents.lines import Line

Event = Mapping[str, Any]
# A filter pattern has 1,024 characters; an id of ours 128 at most, and nearly always 36.
_TERMS = 7
_SOURCES = {
    names.COMMAND: "command",
    names.OUTCOME: "outcome",
    names.RECONCILE: "missed",
    names.IVS: "ivs",
}


class AuditLog:
    """The audit log of one stage, from a moment on."""

    def __init__(self, client: Any, *, stage: str, since: datetime) -> None:
        self._client = client
        self._stage = stage
        self._group = names.audit_log_group(stage)
        self._since = since

    def since(self, moment: datetime) -> "AuditLog":
        """The same log from another moment on."""
        return AuditLog(self._client, stage=self._stage, since=moment)

    def of_channel(self, channel: str) -> list[Event]:
        """Everything that names this channel, by its id or ARN, in order of time."""
        channel_id = resource_id(channel)
        named = re.compile(rf"channel/{re.escape(channel_id)}(?![A-Za-z0-9-])")
        found = self._read([f"channel/{channel_id}"])
        return _in_order(event for event in found if named.search(json.dumps(event)))

    def of_cause(self, *causes: str) -> list[Event]:
        """The whole story that these commands, streams or events are part of, in order of time."""
        story: list[Event] = []
        known: set[str] = set()
        asked = set(causes)
        while asked:
            known |= asked
            found = [event for event in self._read(asked) if ids_of(event) & asked]
            story += found
            asked = {one for event in found for one in ids_of(event)} - known
        return _in_order(story)

    def naming(self, command_id: str) -> list[Event]:
        """A command, and what names it as its cause, in order of time: in one call."""
        return _in_order(self._read([command_id]))

    def mentioning(self, ids: Collection[str]) -> list[Event]:
        """All events in which one of these ids stands, in order of time."""
        return _in_order(self._read(ids))

    def called(self, detail_type: str) -> list[Event]:
        """All events of this detail type, in order of time."""
        found = self._read([detail_type])
        return _in_order(event for event in found if event["detail-type"] == detail_type)

    def all(self) -> list[Event]:
        """Every event, in order of time."""
        return _in_order(line.event for line in self.lines())

    def lines(self, terms: Collection[str] = ()) -> list[Line]:
        """Every line in which one of these terms stands, or all; with repeats, as they came."""
        patterns = list(_patterns(terms)) if terms else [None]
        found = {line.id: line for pattern in patterns for line in self._matching(pattern)}
        return sorted(found.values(), key=lambda line: line.at)

    def _read(self, terms: Collection[str]) -> Iterator[Event]:
        for pattern in _patterns(terms):
            yield from (line.event for line in self._matching(pattern))

    def _matching(self, pattern: str | None) -> Iterator[Line]:
        wanted = {} if pattern is None else {"filterPattern": pattern}
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(self._since.timestamp() * 1000), **wanted
        )
        with one_line_errors(f"log group {self._group}", question=is_deployed(self._stage)):
            for page in pages:
                for line in page["events"]:
                    arrived = datetime.fromtimestamp(line["ingestionTime"] / 1000, UTC)
                    yield Line(arrived, redact(json.loads(line["message"])), line["eventId"])


def _patterns(terms: Collection[str]) -> Iterator[str]:
    ordered = sorted(terms)
    for first in range(0, len(ordered), _TERMS):
        yield _pattern(ordered[first : first + _TERMS])


def _pattern(terms: Sequence[str]) -> str:
    """A filter pattern of CloudWatch Logs that matches any of these phrases."""
    for term in terms:
        if not term or set(term) & set('"\\'):
            raise WrongUsage(f"an id has neither quotes nor backslashes: {term!r}")
    return f'"{terms[0]}"' if len(terms) == 1 else " ".join(f'?"{term}"' for term in terms)


def ids_of(event: Event) -> set[str]:
    """The ids that tie an event to a story."""
    detail = event["detail"]
    given = [event["id"], *map(detail.get, ("event_id", "command_id", "stream_id"))]
    return {str(one) for one in given if one} | _causes(_text(event, "cause"))


def _causes(cause: str | None) -> set[str]:
    """A cause and what stands behind it: `st-1: start` is about `st-1`."""
    if cause is None:
        return set()
    return {cause, cause.partition(", seen again after ")[0].partition(": ")[0]}


def _in_order(events: Iterable[Event]) -> list[Event]:
    """Each event once; of an outcome that was published again, the first."""
    ordered = sorted(events, key=lambda event: (_time(event), event["source"] == names.OUTCOME))
    first: dict[str, Event] = {}
    for event in ordered:
        first.setdefault(key_of(event), event)
    return list(first.values())


def key_of(event: Event) -> str:
    """The same for an outcome that is published again."""
    return str(_of_outcome(event, "id") or event["id"])


def _time(event: Event) -> datetime:
    """An envelope has whole seconds, an outcome is more exact."""
    return datetime.fromisoformat(_of_outcome(event, "at") or event["time"])


def _of_outcome(event: Event, name: str) -> str | None:
    """A field of an outcome; in an event of another source it means nothing."""
    return _text(event, name) if event["source"] == names.OUTCOME else None


def _text(event: Event, name: str) -> str | None:
    """A text in the detail, or None: a command may hold anything."""
    value = event["detail"].get(name)
    return value if isinstance(value, str) else None


def as_lines(events: Sequence[Event]) -> Iterator[str]:
    """The story for people, one line per event."""
    for event in events:
        detail = event["detail"]
        about = [_channel(event), _text(event, "stream_id")]
        head = (
            f"{_time(event):%Y-%m-%d %H:%M:%S}  {_SOURCES.get(event['source'], event['source']):<7}"
        )
        said = detail.get("reason") or detail.get("event_name") or ""
        line = f"{head}  {event['detail-type']:<20}  {' '.join(filter(None, about))}  {said}"
        yield f"{line}  ({detail.get('cause') or detail.get('command_id') or event['id']})"


def _channel(event: Event) -> str | None:
    arn = event["detail"].get("channel_arn") or next(iter(event["resources"]), None)
    return resource_id(arn) if isinstance(arn, str) else None
