"""The files that events come in: JSON and JSON Lines, in the encodings of editors."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ivskit_local.errors import WrongUsage
from ivskit_local.event_wrappings import Refused, events_in

_MARK = "\ufeff"
_BLANK = f"{_MARK} \t\r\n"


class NotAnEvent(WrongUsage):
    """One line that says which input is no EventBridge event, and why."""


@dataclass(frozen=True)
class Found:
    """A value and where it was found, as errors say it: `day.jsonl, line 3: Records[0].body`.

    path: empty where the value is all that the file, or its line, holds.
    """

    file: str
    path: str
    value: Any

    def refused(self, why: str) -> NotAnEvent:
        """The error that says where this value is, and why it is refused."""
        return NotAnEvent(f"{self.file}: {self.path}{' ' if self.path else ''}{why}")


def text_of(name: str, content: bytes) -> str:
    """The text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises NotAnEvent.
    """
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise NotAnEvent(f"{name}: is not UTF-8 or UTF-16 text") from error


def values_of(name: str, text: str) -> Sequence[Found]:
    """The JSON values of the text: one, or several one after another, as JSON Lines has them.

    Raises NotAnEvent.
    """
    values: list[tuple[int, Any]] = []
    decoder, at = json.JSONDecoder(), _skipped(text, 0)
    try:
        while not values or at < len(text):
            value, end = decoder.raw_decode(text, at)
            values.append((at, value))
            at = _skipped(text, end)
    except json.JSONDecodeError as error:
        raise NotAnEvent(f"{name}: is not JSON: {error}") from error
    except RecursionError as error:
        raise NotAnEvent(f"{name}: is nested too deeply") from error
    if len(values) == 1:
        return [Found(name, "", values[0][1])]
    return list(_on_lines(name, text, values))


def _on_lines(name: str, text: str, values: Sequence[tuple[int, Any]]) -> Iterator[Found]:
    line, seen = 1, 0
    for at, value in values:
        line += text.count("\n", seen, at)
        seen = at
        yield Found(f"{name}, line {line}", "", value)


def events_of(found: Found) -> Iterator[Found]:
    """The events in a value, whatever they are wrapped in; raises NotAnEvent."""
    try:
        for path, event in events_in(found.value):
            yield Found(found.file, path, event)
    except Refused as refused:
        raise Found(found.file, refused.path, None).refused(refused.why) from refused
    except RecursionError as error:
        raise found.refused("is nested too deeply") from error


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
