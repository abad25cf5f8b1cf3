"""Queues metadata: one message per channel for a command, and welcomes for viewers."""

from ivskit.automation import cold_start  # isort: split

import os
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import PushMetadata, TooLate
from ivskit.errors import Unavailable
from ivskit.outcomes import (
    MetadataDropped,
    MetadataQueued,
    Outcome,
    WelcomeSkipped,
    WillLookAgain,
)
from ivskit.queues import send_all
from queue_metadata.decide import Greet, Question, decide
from queue_metadata.environment import Environment
from queue_metadata.questions import WELCOME, question_of
from queue_metadata.turns import Turns

# A welcome that is not repeated may be late by this much.
OF_USE_FOR = timedelta(minutes=5)
# The metadata queue detects a repeat for five minutes. After that, viewers would see it twice.
SENT_AGAIN_FOR = timedelta(minutes=4)
# Long enough for a schedule; and how long IVS lets a session last.
WHILE_OUT_OF_ORDER = timedelta(minutes=16)
LONGEST_SESSION = timedelta(hours=48)
_STALE = (
    "it could not be queued for all channels in time, and viewers could see a retry twice; "
    "each channel has an outcome of its own"
)


environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
turns = Turns(clients.now("dynamodb"), table=environment.memory)
ivs = Ivs(clients.now("ivs"))
look_agains = LookAgains(environment, sqs, clients.later("scheduler"))
pause = Pause(environment, clients.now, logger=logger, clock=now)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcome."""
    match message:
        case PushMetadata():
            return [_queue(message, event_id)]
        case TooLate(command=PushMetadata()):
            return []
    question = question_of(message, event_id)
    try:
        return [_welcome(question)]
    except Unavailable as error:
        if not consumer.is_last_try or now() - question.since > LONGEST_SESSION:
            raise
        return [_put_off(question, error)]


def _queue(command: PushMetadata, event_id: str) -> Outcome:
    fields: Any = {
        "cause": command.command_id,
        "event_id": event_id,
        "sender": command.sender,
        "mode": environment.policy.mode,
        "at": now(),
    }
    if fields["at"] - consumer.first_received > SENT_AGAIN_FOR:
        return MetadataDropped(**fields, reason=_STALE)
    messages = command.messages(event_id=event_id)
    send_all(sqs, environment.metadata_queue_url, messages)
    reason = command.reason or "commanded"
    return MetadataQueued(**fields, reason=reason, channels=len(messages))


def _welcome(question: Question) -> Outcome:
    channel = ivs.channels.find(question.channel_arn)
    policy = pause.over(environment.policy_of(channel.tags)) if channel else None
    decision = decide(question, policy, environment.welcomes, now=now())
    if isinstance(decision, Greet):
        return _take_turn(question, decision)
    if decision.instead_of is not None:
        return _take_turn(question, decision.instead_of, objection=decision.reason)
    return _skipped(question, decision.reason)


def _take_turn(question: Question, greet: Greet, *, objection: str | None = None) -> Outcome:
    """Welcome viewers unless there is an objection, and look again for the next welcome."""
    stream = ivs.streams.get(question.channel_arn)
    if stream is None or stream.stream_id != question.stream_id:
        return _skipped(question, "that session is over")
    if not turns.take(question, greet, message_id=consumer.message_id):
        return _skipped(question, f"another message handled welcome {greet.number}")
    outcome = _greet(question, greet) if objection is None else _skipped(question, objection)
    if greet.due is not None:
        _look_again(question, greet.due)
    return outcome


def _greet(question: Question, greet: Greet) -> Outcome:
    command = PushMetadata.issue(
        command_id=f"{question.stream_id}: welcome {greet.number}",
        issued_at=now(),
        sender=environment.function,
        reason=f"welcome {greet.name}",
        channel_arns=[question.channel_arn],
        metadata=greet.welcome.metadata,
        expires_at=greet.due or now() + OF_USE_FOR,
    )
    return _queue(command, question.event_id)


def _put_off(question: Question, error: Unavailable) -> WillLookAgain:
    """Continue after an outage that lasts longer than the tries of a record."""
    due = now() + WHILE_OUT_OF_ORDER
    _look_again(question, due)
    fields = question.outcome_fields(
        f"IVS was unavailable: {error}", environment.policy.mode, now()
    )
    return WillLookAgain(**fields, purpose=WELCOME, due=due)


def _look_again(question: Question, due: datetime) -> None:
    look_agains.ask(question.again(WELCOME, due), now=now())


def _skipped(question: Question, reason: str) -> WelcomeSkipped:
    return WelcomeSkipped(**question.outcome_fields(reason, environment.policy.mode, now()))
