"""Reports on take-downs: looks at what the other functions did, and says it step by step."""

from ivskit.automation import cold_start  # isort: split

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.memory import Memory
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.messages.look_again import LookAtTakeDown
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import Restore, TakeDown, TooLate
from ivskit.jobs.table import Jobs
from ivskit.outcomes import Outcome
from ivskit.recordings.table import RecordingTable
from take_down.environment import Environment
from take_down.looking import Looking
from take_down.reacting import Reacting
from take_down.reports import Reports

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.now("sqs")
ivs = Ivs(clients.now("ivs"))
dynamodb = clients.now("dynamodb")
pause = Pause(environment, clients.now, logger=logger, clock=now)
looking = Looking(
    ivs,
    Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now),
    jobs=Jobs(dynamodb, table=environment.jobs) if environment.jobs else None,
    recordings=RecordingTable(dynamodb, table=environment.recordings)
    if environment.recordings
    else None,
    has_restrictions=environment.restriction_queue_url is not None,
    clock=now,
)
reports = Reports(dynamodb, table=environment.memory)
reacting = Reacting(environment, ivs, sqs, looking, reports, pause, clock=now)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes."""
    match message:
        case TakeDown(channel_arn=None) | Restore(channel_arn=None):
            fan_out(sqs, environment.queue_url, message, event_id=event_id)
            return []
        case TakeDown() | Restore():
            return reacting.begin(message, event_id)
        case TooLate(command=TakeDown() | Restore()):
            return []  # stop_stream refuses it; what it began before is reported all the same
        case LookAtTakeDown():
            return reacting.look(message)
        case _:
            raise NotForUs(f"take_down does not react to {message!r}")
