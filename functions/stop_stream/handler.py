"""Stops streams: on command, when they last too long or starve, and on blocked channels."""

from ivskit.automation import cold_start  # isort: split

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import quotas
from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.memory import Memory
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.on_channel import OnChannel
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.changes import LimitBreach
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import ChannelCommand, Restore, TakeDown
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
clients = Clients()
sqs = clients.later("sqs")
# Each of the invocations that take commands has its part of the rate: many stops at once end as
# fast as IVS allows.
lane = Lane(
    calls=1, seconds=environment.urgent_lanes / quotas.SHARES["StopStream"][environment.function]
)
ivs = Ivs(clients.now("ivs"), pacers={"StopStream": lane})
dynamodb = clients.now("dynamodb")
memory = Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now)
look_agains = LookAgains(environment, sqs, clients.later("scheduler"))
stopper = Stopper(
    ivs, sqs, look_agains, rotation_queue_url=environment.rotation_queue_url, clock=now
)
pause = Pause(environment, clients.now, logger=logger, clock=now)
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
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    if isinstance(message, LimitBreach):
        return _on_breach(message)
    if isinstance(message, TakeDown | Restore) and not environment.takes_down:
        raise NotForUs("the setting take_down.enabled is false")
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
