"""Replaces the playback key pair: on command, in an emergency at once, and by its age."""

from ivskit.automation import cold_start  # isort: split

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message
from ivskit.automation.memory import Memory
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.outcomes import Outcome
from rotate_playback_key.environment import Environment
from rotate_playback_key.questions import question_of
from rotate_playback_key.reacting import Reacting
from rotate_playback_key.rotation import PairRotation
from rotate_playback_key.store import PairStore

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
memory = Memory(
    clients.now("dynamodb"), table=environment.memory, owner=environment.function, clock=now
)
rotation = PairRotation(
    Ivs(clients.now("ivs")),
    PairStore(
        clients.later("secretsmanager"), stage=environment.stage, key=environment.customer_key
    ),
    LookAgains(environment, sqs, clients.later("scheduler")),
    stage=environment.stage,
    settings=environment.playback,
    clock=now,
)
pause = Pause(environment, clients.now, logger=logger, clock=now)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
reacting = Reacting(
    environment,
    memory,
    rotation,
    pause,
    is_last_try=lambda: consumer.is_last_try,
    clock=now,
)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    return reacting.to(question_of(message, event_id))
