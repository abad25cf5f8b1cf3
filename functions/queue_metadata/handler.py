"""Queues metadata: a command for many channels becomes one message for each."""

import os
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.bus import Bus
from ivskit.client import CONFIG
from ivskit.commands import PushMetadata, TooLate
from ivskit.consumer import Consumer, Message
from ivskit.outcomes import MetadataQueued, Outcome
from queue_metadata.environment import Environment
from queue_metadata.metadata_queue import MetadataQueue


def now() -> datetime:
    """The clock that everything here goes by."""
    return datetime.now(UTC)


environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
metadata_queue = MetadataQueue(sqs, environment.metadata_queue_url)
consumer = Consumer(
    function=environment.function,
    bus=Bus(boto3.client("events", config=CONFIG), name=environment.bus),
    sqs=sqs,
    mode=environment.policy.mode,
    logger=logger,
    clock=now,
)


class NotForUs(Exception):
    """A message that no rule of this function lets through."""


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to what was queued for it."""
    match message:
        case PushMetadata():
            return [_queue(message, event_id)]
        case TooLate(command=PushMetadata()):
            return []
        case _:
            raise NotForUs(f"queue_metadata does not react to {message!r}")


def _queue(command: PushMetadata, event_id: str) -> MetadataQueued:
    messages = command.messages(event_id=event_id)
    metadata_queue.send(messages)
    return MetadataQueued(
        cause=command.command_id,
        event_id=event_id,
        reason=command.reason or "commanded",
        mode=environment.policy.mode,
        at=now(),
        channels=len(messages),
    )
