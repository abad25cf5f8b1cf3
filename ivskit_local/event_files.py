"""The files that events come in: JSON, JSON Lines and Lambda batches, in the encodings of editors.

A wrapping is one row of a table: how a value is recognized, and how its events are taken out. A new
wrapping is a new row.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ivskit_local.errors import WrongUsage

_MARK = "\ufeff"
_BLANK = f"{_MARK} \t\r\n"


class NotAnEvent(WrongUsage):
    """One line that says which input is no EventBridge event, and why."""


@dataclass(frozen=True)
class Wrapping:
    """A form in which events come: how it is recognized, and how its events are taken out."""

    fits: Callable[[Any], bool]
    unwrapped: Callable[[Any], Iterator[Any]]


def text_of(name: str, content: bytes) -> str:
    """The text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises NotAnEvent.
    """
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise NotAnEvent(f"{name}: is not UTF-8 or UTF-16 text") from error


def values_of(name: str, text: str) -> list[Any]:
    """The JSON values of the text: one, or several one after another, as JSON Lines has them.

    Raises NotAnEvent.
    """
    values: list[Any] = []
    decoder, at = json.JSONDecoder(), _skipped(text, 0)
    try:
        while not values or at < len(text):
            value, end = decoder.raw_decode(text, at)
            values.append(value)
            at = _skipped(text, end)
    except json.JSONDecodeError as error:
        raise NotAnEvent(f"{name}: is not JSON: {error}") from error
    except RecursionError as error:
        raise NotAnEvent(f"{name}: is nested too deeply") from error
    return values


def events_of(name: str, value: Any) -> Iterator[Any]:
    """The events in a value, whatever they are wrapped in; raises NotAnEvent."""
    try:
        yield from _events(value)
    except _Refused as error:
        raise NotAnEvent(f"{name}: {error}") from error
    except RecursionError as error:
        raise NotAnEvent(f"{name}: is nested too deeply") from error


class _Refused(Exception):
    """What the value is, and why it contains no event."""


def _events(value: Any) -> Iterator[Any]:
    wrapping = next((each for each in _WRAPPINGS if each.fits(value)), None)
    if wrapping is None:
        yield value
        return
    for inner in wrapping.unwrapped(value):
        yield from _events(inner)


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and value.keys() >= set(names)


def _are_records(value: Any) -> bool:
    return _has("Records")(value) and isinstance(value["Records"], list)


def _bodies(batch: Any) -> Iterator[Any]:
    """What is in the records of a Lambda batch of SQS."""
    for number, record in enumerate(batch["Records"]):
        if not (_has("body")(record) and isinstance(record["body"], str)):
            source = record.get("eventSource", "?") if isinstance(record, dict) else "?"
            raise _Refused(f"Records[{number}] is of {source} and has no body: only SQS's are read")
        try:
            yield json.loads(record["body"])
        except (json.JSONDecodeError, RecursionError) as error:
            raise _Refused(f"the body of the SQS record Records[{number}] is not JSON") from error


def _have_events(value: Any) -> bool:
    return _has("events")(value) and isinstance(value["events"], list)


def _of_log(answer: Any) -> Iterator[Any]:
    """Events of the emulator, or in the messages of CloudWatch Logs."""
    for number, event in enumerate(answer["events"]):
        if not (_has("message")(event) and isinstance(event["message"], str)):
            yield event
            continue
        try:
            yield json.loads(event["message"])
        except (json.JSONDecodeError, RecursionError) as error:
            raise _Refused(f"the message of events[{number}] is not JSON") from error


def _refused(what: str) -> Callable[[Any], Iterator[Any]]:
    def refuse(value: Any) -> Iterator[Any]:
        raise _Refused(what)

    return refuse


_WRAPPINGS = (
    Wrapping(lambda value: isinstance(value, list), iter),
    Wrapping(_are_records, _bodies),
    Wrapping(_have_events, _of_log),
    Wrapping(
        _has("Source", "DetailType", "Detail"),
        _refused("is an entry of PutEvents; an event has id, account, region and time as well"),
    ),
    Wrapping(
        _has("Messages"),
        _refused("is what SQS's ReceiveMessage answers; give the Body of each message"),
    ),
    Wrapping(
        _has("awslogs"),
        _refused("is a batch of CloudWatch Logs, compressed; give the messages in it, a line each"),
    ),
)
