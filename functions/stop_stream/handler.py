"""Stops streams: on command, when they last too long or starve, and on blocked channels."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import quotas
from ivskit.automation.bus import Bus
from ivskit.automation.consumer import Consumer, Message
from ivskit.automation.memory import Memory
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.pause import Pause
from ivskit.changes import LimitBreach
from ivskit.client import CONFIG, Ivs
from ivskit.clock import now
from ivskit.commands import ChannelCommand
from ivskit.outcomes import Outcome
from ivskit.pacing import Lane
from stop_stream.breaches import noted
from stop_stream.environment import Environment
from stop_stream.questions import question_of
from stop_stream.reacting import Reacting
from stop_stream.shedding import NotShed, Shedder
from stop_stream.stopping import Stopper

environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
# Each invocation that takes commands has its part of the rate, so that many stops at once run as
# fast as IVS allows.
lane = Lane(
    calls=1, seconds=environment.urgent_lanes / quotas.SHARES["StopStream"][environment.function]
)
ivs = Ivs(boto3.client("ivs", config=CONFIG), pacers={"StopStream": lane})
dynamodb = boto3.client("dynamodb", config=CONFIG)
memory = Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now)
look_agains = LookAgains(environment, sqs, boto3.client("scheduler", config=CONFIG))
stopper = Stopper(
    ivs, sqs, look_agains, rotation_queue_url=environment.rotation_queue_url, clock=now
)
pause = Pause(environment, boto3.client, logger=logger, clock=now)
reacting = Reacting(
    environment,
    ivs,
    memory,
    stopper,
    OnChannel(environment, ivs, look_agains, pause, clock=now),
    clock=now,
)
shedder = Shedder(
    ivs,
    dynamodb,
    rule=environment.policy.shed,
    table=environment.memory,
    policy_of=lambda tags: pause.over(environment.policy_of(tags)),
    clock=now,
)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    if isinstance(message, LimitBreach):
        return _on_breach(message)
    if isinstance(message, ChannelCommand) and message.channel_arn is None:
        fan_out(sqs, environment.urgent_queue_url, message, event_id=event_id)
        return []
    question = question_of(message, event_id)
    return reacting.to(question) if question is not None else []


def _on_breach(breach: LimitBreach) -> list[Outcome]:
    def note(because: str | None = None) -> Outcome:
        return noted(breach, mode=environment.policy.mode, at=now(), because=because)

    if not shedder.sheds(breach):
        return [note()]
    try:
        question = shedder.question(breach)
    except NotShed as why:
        return [note(str(why))]
    return reacting.to(question) or [note("the event came too late")]
