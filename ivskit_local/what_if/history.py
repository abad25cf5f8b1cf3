"""What events say of each channel: its sessions, its tags, and what people asked of it.

Takes the files that a replay takes, and keeps outcomes: those in an audit log have the tags.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ivskit import names
from ivskit.outcomes import By
from ivskit_local.event_files import Found, NotAnEvent, events_of, text_of, values_of
from ivskit_local.samples import STANDARD_INPUT, check_events, files_in
from ivskit_local.scenarios.format import is_scenario

_AT_A_TIME = 5_000
SESSION_ENDED = "Session Ended"
_OF_STREAMS = {
    names.STREAM_START,
    names.STREAM_END,
    SESSION_ENDED,
    names.STARVATION_START,
    names.STARVATION_END,
}
# Outcomes that change what happens next, where a person asked for them.
_OF_PEOPLE = {
    names.STREAM_STOPPED,
    names.STREAM_KEY_ROTATED,
    names.CHANNEL_BLOCKED,
    names.CHANNEL_UNBLOCKED,
}
# The causes of what no person asked for: streams, and keys and channels that a sweep looked at.
_OF_AUTOMATION = ("st-", "arn:")
# The causes of stops that are decided anew here: those of other stops depend on viewers.
_JUDGED = re.compile(r"st-\w+: (start|starving since ).*")
Tags = Mapping[str, str]


class Happened(NamedTuple):
    """What happened to a channel; then: what followed a stop; by: who asked for it."""

    at: datetime
    what: str
    stream_id: str
    then: str = ""
    by: By = "command"


@dataclass
class OfChannel:
    """One channel: what happened, in order of time, and the tags that the log has of it."""

    arn: str
    happened: list[Happened] = field(default_factory=list)
    tags: list[tuple[datetime, Tags]] = field(default_factory=list)
    # The sessions that ivskit stopped by itself, at limits that are judged here and at others.
    stopped: set[str] = field(default_factory=set)
    stopped_otherwise: set[str] = field(default_factory=set)

    def sort(self) -> None:
        """Put what happened, and the tags, in the order of time."""
        self.happened.sort(key=lambda each: each.at)
        self.tags.sort(key=lambda each: each[0])


@dataclass
class History:
    """All channels by ARN, and the times of the first and the last event."""

    channels: dict[str, OfChannel] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    events: int = 0

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the first and the last event happened; raises NotAnEvent without a channel."""
        if self.first is None or self.last is None or not self.channels:
            raise NotAnEvent("no event is about a stream: give an export of the audit log")
        return self.first, self.last

    def add(self, event: Mapping[str, Any], at: datetime) -> None:
        """Take an event in; several may say the same."""
        self.events += 1
        self._seen(at)
        source, detail = event["source"], event["detail"]
        if source in (names.IVS, names.RECONCILE):
            self._of_ivs(event, detail, at)
        elif source == names.OUTCOME:
            self._outcome(event["detail-type"], detail, at)

    def _of_ivs(self, event: Mapping[str, Any], detail: Mapping[str, Any], at: datetime) -> None:
        what, arn = detail.get("event_name"), _channel_of(event, detail)
        if what not in _OF_STREAMS or arn is None:
            return
        if event["source"] == names.RECONCILE:
            # It came when a sweep had missed it; this is when it happened.
            at = _time(detail.get("at")) or at
        self._channel(arn).happened.append(Happened(at, what, str(detail.get("stream_id"))))

    def _outcome(self, name: str, detail: Mapping[str, Any], at: datetime) -> None:
        arn = detail.get("channel_arn")
        if not isinstance(arn, str):
            return
        channel, at = self._channel(arn), _time(detail.get("at")) or at
        tags = detail.get("tags")
        if isinstance(tags, Mapping):
            last = channel.tags[-1][1] if channel.tags else None
            channel.tags.append((at, last if last == tags and last is not None else tags))
        if name in _OF_PEOPLE:
            self._done(channel, name, detail, at)

    def _done(self, channel: OfChannel, name: str, detail: Mapping[str, Any], at: datetime) -> None:
        cause = str(detail.get("cause"))
        if name == names.STREAM_STOPPED:
            self._stopped(channel, detail, at)
        elif not cause.startswith(_OF_AUTOMATION):
            channel.happened.append(Happened(at, name, ""))

    @staticmethod
    def _stopped(channel: OfChannel, detail: Mapping[str, Any], at: datetime) -> None:
        stream_id, by = str(detail.get("stream_id") or ""), detail.get("by", "command")
        is_judged = _JUDGED.fullmatch(str(detail.get("cause"))) is not None
        if by == "policy":
            (channel.stopped if is_judged else channel.stopped_otherwise).add(stream_id)
        if by == "command" or not is_judged:
            then = str(detail.get("then", "kick"))
            stopped = Happened(at, names.STREAM_STOPPED, stream_id, then, by)
            channel.happened.append(stopped)

    def _channel(self, arn: str) -> OfChannel:
        channel = self.channels.get(arn)
        if channel is None:
            channel = self.channels[arn] = OfChannel(arn)
        return channel

    def _seen(self, at: datetime) -> None:
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)


def _channel_of(event: Mapping[str, Any], detail: Mapping[str, Any]) -> str | None:
    named = [detail.get("channel_arn"), *event["resources"]]
    return next((arn for arn in named if isinstance(arn, str)), None)


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def read_history(paths: Sequence[str], *, stdin: Callable[[], str | bytes]) -> History:
    """The history that these files and folders tell together, whatever their order.

    Raises WrongUsage for what is no event, and for a scenario.
    """
    history = History()
    for path in paths:
        for name, content in _contents(path, stdin):
            _read_into(history, name, content)
    for channel in history.channels.values():
        channel.sort()
    return history


def _contents(path: str, stdin: Callable[[], str | bytes]) -> Iterator[tuple[str, str]]:
    if path == STANDARD_INPUT:
        given = stdin()
        yield path, text_of(path, given) if isinstance(given, bytes) else given
        return
    files = files_in(Path(path)) if Path(path).is_dir() else [Path(path)]
    for file in files:
        try:
            yield str(file), text_of(str(file), file.read_bytes())
        except OSError as error:
            raise NotAnEvent(f"{file}: {error.strerror}") from error


def _read_into(history: History, name: str, text: str) -> None:
    events = (event for value in _values(name, text) for event in events_of(value))
    while some := list(islice(events, _AT_A_TIME)):
        for event, at in zip(some, check_events(some), strict=True):
            history.add(event.value, at)


def _values(name: str, text: str) -> Iterator[Found]:
    """The values of the text; those of JSON Lines one by one, since a month of them is large."""
    at = 0
    for number, line in enumerate(_lines(text), 1):
        if line.strip("\ufeff \t\r\n"):
            try:
                value = json.loads(line.lstrip("\ufeff"))
            except ValueError:
                # No JSON Lines from here on. What stands before keeps the numbers of lines right.
                rest = values_of(name, "\n" * (number - 1) + text[at:])
                yield from map(_no_scenario, rest)
                return
            yield _no_scenario(Found(f"{name}, line {number}", "", value))
        at += len(line)


def _lines(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _no_scenario(found: Found) -> Found:
    if is_scenario(found.value):
        raise found.refused("is a scenario, which is no past: ivskit replay --set plays it")
    return found
