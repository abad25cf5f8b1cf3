"""What is in a record of the metadata queue."""

import json
from typing import Any

import pytest

from ivskit.automation.queue_record import QueueRecord
from ivskit.commands import PushMetadata
from push_metadata.messages import Malformed, Message, Received, read
from tests.samples import CHANNEL, sample

NO_COMMAND = "message: must be JSON"


def received(body: str) -> Received:
    """What is read in a record with this body."""
    attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": CHANNEL}
    record = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": attributes}
    return read(QueueRecord(record))


def body(**changes: Any) -> str:
    """A good message, but for these changes."""
    good = sample("command.push-metadata", channel_arns=[CHANNEL], metadata="goal")
    return json.dumps({**good, **changes})


def written_into(field: str, text: str) -> str:
    """A message with this JSON in a field of its detail."""
    event = json.loads(body())
    event["detail"][field] = "(here)"
    return json.dumps(event).replace('"(here)"', text)


def without(field: str) -> str:
    """A message that lacks a field of its detail."""
    event = json.loads(body())
    del event["detail"][field]
    return json.dumps(event)


def deep(levels: int) -> str:
    """JSON that is nested as deep."""
    return "[" * levels + "]" * levels


def test_a_good_message_is_read() -> None:
    message = received(body())

    assert isinstance(message, Message)
    assert message.command.metadata == "goal"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NO_COMMAND),
        ("goal!", NO_COMMAND),
        ("null", NO_COMMAND),
        ("[]", NO_COMMAND),
        ("9" * 5000, NO_COMMAND),
        ('"\\ud800"', NO_COMMAND),
        (deep(100_000), NO_COMMAND),
        ("{}", NO_COMMAND),
        (body(**{"detail-type": "Stop Stream"}), NO_COMMAND),
        (body(**{"detail-type": ["Push Metadata"]}), NO_COMMAND),
        (body(**{"detail-type": None}), NO_COMMAND),
        (body(source={}), NO_COMMAND),
        (body(detail=None), "command_id: Field required"),
        (body(detail=[1]), "command_id: Field required"),
        (without("command_id"), "command_id: Field required"),
        (without("issued_at"), "issued_at: Field required"),
        (without("metadata"), "metadata: Field required"),
        (without("channel_arns"), "channel_arns: Field required"),
    ],
)
def test_what_is_no_such_command_is_malformed_and_says_why(text: str, error: str) -> None:
    malformed = received(text)

    assert isinstance(malformed, Malformed)
    assert malformed.errors[0].startswith(error)


NONSENSE = [
    *("null", "true", "-1", "1.5", "1e400", "NaN", '""', '"\\u0000"', "[]", "{}", "[null]"),
    *('"\\ud800"', '["\\ud800"]', '{"\\ud800": 1}', "9" * 4000, "9" * 5000, '"99999999999d"'),
    *(deep(levels) for levels in (33, 500, 900, 950, 980, 990, 1000, 5000, 100_000)),
]


@pytest.mark.parametrize("field", [*PushMetadata.model_fields, "colour"])
def test_whatever_is_written_into_a_field_is_read_without_a_surprise(field: str) -> None:
    read_ones = [received(written_into(field, written)) for written in NONSENSE]

    errors = [each.errors for each in read_ones if isinstance(each, Malformed)]
    assert errors
    assert all("cannot be read" not in error for each in errors for error in each)


@pytest.mark.parametrize("error", [RecursionError, ValueError])
def test_what_goes_wrong_in_reading_all_the_same_makes_a_message_malformed(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def surprise(_: object) -> None:
        raise error("a bug")

    monkeypatch.setattr(PushMetadata, "read", surprise)

    malformed = received(body())

    assert isinstance(malformed, Malformed)
    assert malformed.errors == (f"message: cannot be read: {error.__name__}",)
    assert malformed.event["detail"] == {}
