"""What events come wrapped in: batches, messages of queues, log lines, answers of the AWS CLI.

A wrapping is one row of a table: how a value is recognized, and how its events are taken out. A new
wrapping is a new row.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivskit_local.queue_messages import completed

# A value in another, and the way to it, such as `Records[0].body`.
Inner = tuple[str, Any]
FORMS = (
    "an event of EventBridge, a scenario, JSON Lines, or what a queue, a log, the AWS CLI,"
    " `ivskit audit --json` or the emulator gives"
)


class Refused(Exception):
    """What the value at this path is, and why it contains no event."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path
        self.why = why


@dataclass(frozen=True)
class Wrapping:
    """A form in which events come: how it is recognized, and how its events are taken out."""

    fits: Callable[[Any], bool]
    unwrapped: Callable[[Any], Iterator[Inner]]


def events_in(value: Any, path: str = "") -> Iterator[Inner]:
    """The events in a value, each with its path; raises Refused."""
    wrapping = next((each for each in _WRAPPINGS if each.fits(value)), None)
    if wrapping is None:
        yield path, _event(path, value)
        return
    try:
        for step, inner in wrapping.unwrapped(value):
            yield from events_in(inner, _joined(path, step))
    except _NotRead as why:
        raise Refused(_joined(path, why.at), str(why)) from why


class _NotRead(Exception):
    """Why a wrapping gives no event; at: where in the wrapping."""

    def __init__(self, why: str, at: str = "") -> None:
        super().__init__(why)
        self.at = at


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path and step and step[0] != "[" else path + step


def _event(path: str, value: Any) -> Any:
    """The event; one of ivskit's own messages is completed to an event."""
    if isinstance(value, dict) and value and value.keys().isdisjoint(_OF_EVENTS):
        fields = ", ".join(sorted(map(str, value))[:5])
        raise Refused(path, f"has {fields}, and is no form that a replay reads: give {FORMS}")
    try:
        return completed(value)
    except ValueError as error:
        raise Refused(path, str(error)) from error


_OF_EVENTS = {"detail", "detail-type", "source"}


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and value.keys() >= set(names)


def _lists(name: str) -> Callable[[Any], bool]:
    return lambda value: _has(name)(value) and isinstance(value[name], list)


def _holds_text(value: Any, name: str) -> bool:
    return _has(name)(value) and isinstance(value[name], str)


def _items(value: Any) -> Iterator[Inner]:
    for number, item in enumerate(value):
        yield f"[{number}]", item


def _parsed(text: Any, what: str, at: str = "") -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise _NotRead(f"is not JSON: {what}", at) from error


def _records(batch: Any) -> Iterator[Inner]:
    """What is in the records of a Lambda batch of SQS, or of a file of CloudTrail."""
    for number, record in enumerate(batch["Records"]):
        at = f"Records[{number}]"
        if _is_of_trail(record):
            yield at, record
        elif _holds_text(record, "body"):
            yield f"{at}.body", _parsed(record["body"], _BODY, f"{at}.body")
        else:
            source = record.get("eventSource", "?") if isinstance(record, dict) else "?"
            raise _NotRead(f"is of {source} and has no body: only SQS's are read", at)


_BODY = "the body of an SQS message is expected to be an event"


def _messages(answer: Any) -> Iterator[Inner]:
    """What is in the messages of SQS's ReceiveMessage."""
    for number, message in enumerate(answer["Messages"]):
        at = f"Messages[{number}]"
        if not _holds_text(message, "Body"):
            raise _NotRead("has no Body, and is expected to be a message of SQS", at)
        yield f"{at}.Body", _parsed(message["Body"], _BODY, f"{at}.Body")


def _only(name: str) -> Callable[[Any], Iterator[Inner]]:
    def unwrapped(value: Any) -> Iterator[Inner]:
        yield name, _parsed(value[name], _BODY, name)

    return unwrapped


def _of_log(answer: Any) -> Iterator[Inner]:
    """Events of the emulator, or in the messages of CloudWatch Logs."""
    for number, event in enumerate(answer["events"]):
        at = f"events[{number}]"
        if not _holds_text(event, "message"):
            yield at, event
            continue
        what = "a line of the audit log is expected, which is an event"
        yield f"{at}.message", _parsed(event["message"], what, f"{at}.message")


def _looked_up(answer: Any) -> Iterator[Inner]:
    """What is in the events of CloudTrail's LookupEvents."""
    for number, event in enumerate(answer["Events"]):
        at = f"Events[{number}].CloudTrailEvent"
        text = event.get("CloudTrailEvent") if isinstance(event, dict) else None
        yield at, _parsed(text, "a record of CloudTrail is expected", at)


def _is_of_trail(value: Any) -> bool:
    return _has("eventVersion", "eventSource", "eventName")(value)


def _of_trail(record: Mapping[str, Any]) -> Iterator[Inner]:
    who = record.get("userIdentity") or {}
    by = who.get("arn") or who.get("invokedBy") or who.get("type") or "somebody"
    raise _NotRead(
        f"is a record of CloudTrail: {by} called {record['eventName']} of {record['eventSource']}"
        f" at {record.get('eventTime', '?')}; functions react to events, not to calls:"
        " give the events that followed, from the audit log"
    )


def _refused(what: str) -> Callable[[Any], Iterator[Inner]]:
    def refuse(value: Any) -> Iterator[Inner]:
        raise _NotRead(what)

    return refuse


_WRAPPINGS = (
    Wrapping(lambda value: isinstance(value, list), _items),
    Wrapping(_lists("Records"), _records),
    Wrapping(_lists("Messages"), _messages),
    Wrapping(_lists("events"), _of_log),
    Wrapping(_lists("Events"), _looked_up),
    Wrapping(_is_of_trail, _of_trail),
    Wrapping(_has("messageId", "body"), _only("body")),
    Wrapping(_has("MessageId", "Body"), _only("Body")),
    Wrapping(
        _has("Source", "DetailType", "Detail"),
        _refused("is an entry of PutEvents; an event has id, account, region and time as well"),
    ),
    Wrapping(
        _has("awslogs"),
        _refused("is a batch of CloudWatch Logs, compressed; give the messages in it, a line each"),
    ),
    Wrapping(
        _has("level", "message", "location"),
        _refused("is a log line of a function; give the lines of the audit log, which are events"),
    ),
)
