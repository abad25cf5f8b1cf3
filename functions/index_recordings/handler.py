"""Indexes recordings: from IVS's events, and from the bucket where events were missed."""

from ivskit.automation import cold_start  # isort: split

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from index_recordings.environment import Environment
from index_recordings.files import Files
from index_recordings.indexing import Indexing
from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.memory import Memory
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.queue_record import BatchAnswer
from ivskit.changes import RecordingStateChange
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.outcomes import Outcome
from ivskit.recordings.table import RecordingTable

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
dynamodb = clients.now("dynamodb")
indexing = Indexing(
    RecordingTable(
        dynamodb,
        table=environment.recordings,
        forget_after=environment.forget_after,
    ),
    Files(clients.later("s3"), buckets=environment.buckets),
    Ivs(clients.later("ivs")),
    Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now),
    url_base=environment.url_base,
    mode=environment.policy.mode,
    first_received=lambda: consumer.first_received,
    clock=now,
)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From an event of a recording, or a recording that the sweep misses, to its outcome."""
    match message:
        case RecordingStateChange():
            return indexing.note(message)
        case LookAgain(purpose="missed recording"):
            return indexing.look_for(message)
        case _:
            raise NotForUs(f"index_recordings does not react to {message!r}")
