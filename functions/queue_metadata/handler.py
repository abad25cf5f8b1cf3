"""Queues metadata: one message per channel for a command, and what welcomes viewers."""

import os
from datetime import datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.bus import Bus
from ivskit.client import CONFIG, Ivs
from ivskit.clock import now
from ivskit.commands import PushMetadata, TooLate
from ivskit.consumer import Consumer, Message
from ivskit.errors import Unavailable
from ivskit.look_again import LookAgains
from ivskit.outcomes import (
    MetadataDropped,
    MetadataQueued,
    Outcome,
    WelcomeSkipped,
    WillLookAgain,
)
from ivskit.pause import Pause
from ivskit.sending import send_all
from queue_metadata.decide import Greet, Request, decide
from queue_metadata.environment import Environment
from queue_metadata.requests import WELCOME, request_of
from queue_metadata.turns import Turns

# A welcome that is not repeated may be late by this much.
OF_USE_FOR = timedelta(minutes=5)
# The metadata queue knows a repeat for five minutes. After that, what it took would be seen twice.
SENT_AGAIN_FOR = timedelta(minutes=4)
# What a schedule takes; and how long IVS lets a session last.
WHILE_OUT_OF_ORDER = timedelta(minutes=16)
LONGEST_SESSION = timedelta(hours=48)
_STALE = (
    "it could not be queued for all channels in time, and queued again it could be seen twice; "
    "what was queued is told of by channel"
)


environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
turns = Turns(boto3.client("dynamodb", config=CONFIG), table=environment.memory)
ivs = Ivs(boto3.client("ivs", config=CONFIG))
look_agains = LookAgains(environment, sqs, boto3.client("scheduler", config=CONFIG))
pause = Pause(environment, boto3.client, logger=logger, clock=now)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)


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
    request = request_of(message, event_id)
    try:
        return [_welcome(request)]
    except Unavailable as error:
        if not consumer.is_last_try or now() - request.since > LONGEST_SESSION:
            raise
        return [_put_off(request, error)]


def _queue(command: PushMetadata, event_id: str) -> Outcome:
    told: Any = {
        "cause": command.command_id,
        "event_id": event_id,
        "sender": command.sender,
        "mode": environment.policy.mode,
        "at": now(),
    }
    if told["at"] - consumer.first_received > SENT_AGAIN_FOR:
        return MetadataDropped(**told, reason=_STALE)
    messages = command.messages(event_id=event_id)
    send_all(sqs, environment.metadata_queue_url, messages)
    reason = command.reason or "commanded"
    return MetadataQueued(**told, reason=reason, channels=len(messages))


def _welcome(request: Request) -> Outcome:
    channel = ivs.channels.find(request.channel_arn)
    policy = pause.over(environment.policy_of(channel.tags)) if channel else None
    decision = decide(request, policy, environment.welcomes, now=now())
    if isinstance(decision, Greet):
        return _take_turn(request, decision)
    if decision.instead_of is not None:
        return _take_turn(request, decision.instead_of, objection=decision.reason)
    return _skipped(request, decision.reason)


def _take_turn(request: Request, greet: Greet, *, objection: str | None = None) -> Outcome:
    """Welcome viewers unless there is an objection, and see to the next time."""
    stream = ivs.streams.get(request.channel_arn)
    if stream is None or stream.stream_id != request.stream_id:
        return _skipped(request, "that session is over")
    if not turns.take(request, greet, message_id=consumer.message_id):
        return _skipped(request, f"another message saw to welcome {greet.number}")
    outcome = _greet(request, greet) if objection is None else _skipped(request, objection)
    if greet.due is not None:
        _look_again(request, greet.due)
    return outcome


def _greet(request: Request, greet: Greet) -> Outcome:
    command = PushMetadata.issue(
        command_id=f"{request.stream_id}: welcome {greet.number}",
        issued_at=now(),
        sender=environment.function,
        reason=f"welcome {greet.name}",
        channel_arns=[request.channel_arn],
        metadata=greet.welcome.metadata,
        expires_at=greet.due or now() + OF_USE_FOR,
    )
    return _queue(command, request.event_id)


def _put_off(request: Request, error: Unavailable) -> WillLookAgain:
    """Go on after an outage that lasts longer than the tries of a record."""
    due = now() + WHILE_OUT_OF_ORDER
    _look_again(request, due)
    told = request.told(f"IVS could not be asked: {error}", environment.policy.mode, now())
    return WillLookAgain(**told, purpose=WELCOME, due=due)


def _look_again(request: Request, due: datetime) -> None:
    look_agains.ask(request.again(WELCOME, due), now=now())


def _skipped(request: Request, reason: str) -> WelcomeSkipped:
    return WelcomeSkipped(**request.told(reason, environment.policy.mode, now()))
