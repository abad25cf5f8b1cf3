"""Rotates a channel's stream key: after a stream and its grace period, and on command."""

from ivskit.automation import cold_start  # isort: split

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message
from ivskit.automation.keys.rotation import Rotation
from ivskit.automation.keys.store import open_store
from ivskit.automation.memory import Memory
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import RotateStreamKey
from ivskit.outcomes import Outcome
from ivskit.pacing import permit_to_create_keys
from rotate_stream_key.environment import Environment
from rotate_stream_key.orphans import Orphans
from rotate_stream_key.questions import question_of
from rotate_stream_key.reacting import Reacting

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
ivs = Ivs(clients.now("ivs"))
dynamodb = clients.now("dynamodb")
memory = Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now)
look_agains = LookAgains(environment, sqs, clients.later("scheduler"))
store = open_store(
    environment.keys, clients.later, stage=environment.stage, key=environment.customer_key
)
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
pause = Pause(environment, clients.now, logger=logger, clock=now)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
reacting = Reacting(
    environment,
    ivs,
    memory,
    rotation,
    OnChannel(environment, ivs, look_agains, pause, clock=now),
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
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    if isinstance(message, RotateStreamKey) and message.channel_arn is None:
        fan_out(sqs, environment.queue_url, message, event_id=event_id)
        return []
    if isinstance(message, LookAgain) and message.purpose == "check stored key":
        return [orphans.check(message)]
    question = question_of(message, event_id)
    return reacting.to(question) if question is not None else []
