"""A batch as Lambda hands it to a function, and what the answer to it means."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from moto.sqs.models import Message

from ivskit_local.runtime.invocations import Record, last_error
from ivskit_local.runtime.lambdas import Answer


def event_of(body: str) -> Mapping[str, Any]:
    """The event in a message; empty if there is none."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def failed_records(
    records: Sequence[Record], answer: Answer, *, reports_failures: bool
) -> Mapping[str, str]:
    """Errors by message id, of the records that stay in the queue."""
    if answer.error is not None:
        return {record.message_id: answer.error for record in records}
    if not reports_failures:
        return {}
    try:
        reported = _reported(answer.value, {record.message_id for record in records})
    except (KeyError, TypeError, ValueError) as error:
        return dict.fromkeys(
            (record.message_id for record in records), f"batchItemFailures: {error!r}"
        )
    return {
        record.message_id: _error(record) for record in records if record.message_id in reported
    }


def _reported(value: Any, known: set[str]) -> set[str]:
    """The failed ids of an answer; raises where Lambda would fail the whole batch."""
    if not value:
        return set()
    if not isinstance(value, dict):
        raise TypeError("an answer that is no object")
    if not value.get("batchItemFailures"):
        return set()
    reported = {item["itemIdentifier"] for item in value["batchItemFailures"]}
    if not reported <= known:
        raise ValueError("an itemIdentifier that is not in the batch")
    return reported


def _error(record: Record) -> str:
    of_calls = next((call.error for call in reversed(record.calls) if call.error), None)
    return last_error(record.lines) or of_calls or "reported as a batch item failure"


def record_of(message: Message, arn: str, region: str) -> Mapping[str, Any]:
    """A message as Lambda gets it."""
    attributes = {
        "ApproximateReceiveCount": message.approximate_receive_count,
        "SentTimestamp": message.sent_timestamp,
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": message.approximate_first_receive_timestamp,
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
    }
    record = {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {key: str(value) for key, value in attributes.items() if value is not None},
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.message_attributes.items()
        },
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }
    if message.message_attributes:
        record["md5OfMessageAttributes"] = message.attribute_md5
    return record


def _message_attribute(value: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {
        key: value[name]
        for key, name in (("stringValue", "StringValue"), ("binaryValue", "BinaryValue"))
        if name in value
    }
    return {
        **given,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
