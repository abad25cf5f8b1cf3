"""Rotates a channel's stream key: after a stream and its grace period, and on command."""

import os
from functools import partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import names
from ivskit.bus import Bus
from ivskit.client import CONFIG, Ivs
from ivskit.clock import now
from ivskit.commands import RotateStreamKey
from ivskit.consumer import Consumer, Message
from ivskit.fan_out import fan_out
from ivskit.look_again import LookAgain, LookAgains
from ivskit.memory import Memory
from ivskit.outcomes import Outcome
from ivskit.pacing import permit_to_create_keys
from ivskit.pause import Pause
from ivskit.rotation import Rotation
from ivskit.store import open_store
from rotate_stream_key.environment import Environment
from rotate_stream_key.orphans import Orphans
from rotate_stream_key.reacting import Reacting
from rotate_stream_key.requests import request_of

environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
ivs = Ivs(boto3.client("ivs", config=CONFIG))
dynamodb = boto3.client("dynamodb", config=CONFIG)
memory = Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now)
look_agains = LookAgains(environment, sqs, boto3.client("scheduler", config=CONFIG))
store = open_store(environment.keys, partial(boto3.client, config=CONFIG), stage=environment.stage)
permit = permit_to_create_keys(dynamodb, table=environment.memory, function=environment.function)
rotation = Rotation(
    ivs,
    store,
    sqs,
    permit=permit,
    queue_url=environment.queue_url,
    clock=now,
    adopt=environment.keys.adopt,
)
pause = Pause(environment, boto3.client, logger=logger, clock=now)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
reacting = Reacting(
    environment,
    ivs,
    memory,
    rotation,
    look_agains,
    pause,
    is_last_try=lambda: consumer.is_last_try,
    first_received=lambda: consumer.first_received,
    clock=now,
)
orphans = Orphans(
    ivs,
    memory,
    store,
    delete_after=environment.keys.delete_orphaned_after,
    policy=lambda: pause.over(environment.policy_of({})),
    clock=now,
)


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to what was done about it."""
    if isinstance(message, RotateStreamKey) and message.channel_arn is None:
        fan_out(sqs, environment.queue_url, message, event_id=event_id)
        return []
    if isinstance(message, LookAgain) and message.purpose == names.CHECK_STORED_KEY:
        return [orphans.check(message)]
    request = request_of(message, event_id)
    return reacting.to(request) if request is not None else []
