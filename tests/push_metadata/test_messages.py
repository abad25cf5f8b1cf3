"""What is in a record of the metadata queue."""

import json

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from push_metadata import messages
from push_metadata.messages import Malformed, read
from tests.samples import CHANNEL, sample


def test_whatever_goes_wrong_in_reading_makes_a_message_malformed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def surprise(_: object) -> None:
        raise RecursionError("a bug")

    monkeypatch.setattr(messages, "parse_command", surprise)
    record = {
        "messageId": "m",
        "receiptHandle": "r",
        "body": json.dumps(sample("command.push-metadata")),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": CHANNEL},
    }

    received = read(SQSRecord(record))

    assert isinstance(received, Malformed)
    assert received.errors == ("message: cannot be read: RecursionError",)
    assert received.event["detail"] == {}
