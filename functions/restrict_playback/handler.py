"""Restricts where channels may be watched: on command, and by their tags."""

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
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.messages.sweep import Sweep
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import ChannelCommand
from ivskit.outcomes import Outcome
from restrict_playback.environment import Environment
from restrict_playback.policies import RestrictionPolicies
from restrict_playback.questions import question_of
from restrict_playback.reacting import Reacting

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
ivs = Ivs(clients.now("ivs"))
memory = Memory(
    clients.now("dynamodb"), table=environment.memory, owner=environment.function, clock=now
)
look_agains = LookAgains(environment, sqs, clients.later("scheduler"))
pause = Pause(environment, clients.now, logger=logger, clock=now)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
reacting = Reacting(
    environment,
    ivs,
    memory,
    RestrictionPolicies(ivs, stage=environment.stage),
    OnChannel(environment, ivs, look_agains, pause, clock=now),
    look_agains,
    first_received=lambda: consumer.first_received,
    clock=now,
)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    if isinstance(message, Sweep):
        policy = environment.policy_of({}).model_copy(update={"managed": True})
        return reacting.tidy(message, pause.over(policy))
    if isinstance(message, ChannelCommand) and message.channel_arn is None:
        fan_out(sqs, environment.queue_url, message, event_id=event_id)
        return []
    question = question_of(message, event_id)
    return reacting.to(question) if question is not None else []
