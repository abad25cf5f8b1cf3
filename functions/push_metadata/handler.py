"""Inserts metadata into live streams: in order, at the rate of IVS, never twice."""

from ivskit.automation import cold_start  # isort: split

import os
from collections.abc import Sequence
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from ivskit import quotas
from ivskit.automation.bus import Bus
from ivskit.automation.channel_tags import ChannelTags, Tags
from ivskit.automation.clients import Clients
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer, QueueRecord
from ivskit.client import CONFIG, ONCE, Ivs
from ivskit.clock import now
from ivskit.errors import IvsError
from ivskit.outcomes import Outcome
from ivskit.pacing import Lane
from ivskit.policy import Policy
from push_metadata.boundary import Boundary
from push_metadata.environment import Environment
from push_metadata.messages import Message, read
from push_metadata.pushing import Pusher
from push_metadata.shift import Shift

# The work after an insertion must end before the invocation does.
QUICK = CONFIG.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=1, read_timeout=2)
)

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients(QUICK)
boundary = Boundary(logger)
outcome_log = OutcomeLog(logger, function=environment.function)
sqs = clients.later("sqs")
bus = Bus(clients.later("events"), name=environment.bus)
# As many lanes as the event source has invocations at a time; a channel is in one of them.
lane = Lane(calls=quotas.PUT_METADATA_PER_CHANNEL, gap=1 / quotas.PUT_METADATA_PER_CHANNEL)
ivs = Ivs(clients.now("ivs", config=ONCE), pacers={"PutMetadata": lane})
tags = ChannelTags(ivs, clients.later("dynamodb"), table=environment.memory, clock=now)
pause = Pause(environment, clients.now, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten messages of the metadata queue."""
    received = [read(QueueRecord(record)) for record in batch["Records"]]
    channels = {each.channel_arn for each in received if isinstance(each, Message)}
    policies = {arn: wanted(each) for arn, each in tags.of(channels).items()}
    pusher = Pusher(ivs, policies, mode=environment.policy.mode, clock=now)
    shift = Shift(
        pusher.push,
        pusher.give_up,
        sqs=sqs,
        queue_url=environment.queue_url,
        dead_letters_url=environment.dead_letters_url,
        boundary=boundary,
        logger=logger,
        outcome_log=outcome_log,
        milliseconds_left=context.get_remaining_time_in_millis,
    )
    with lane:
        shift.work_off(received)
        publish(shift.outcomes)
    return {"batchItemFailures": [{"itemIdentifier": one.message_id} for one in shift.left]}


def wanted(tags: Tags | IvsError) -> Policy | IvsError | None:
    """The policy of a channel with these tags now."""
    if tags is None or isinstance(tags, IvsError):
        return tags
    return pause.over(environment.policy_of(tags))


def publish(outcomes: Sequence[Outcome]) -> None:
    """Publish the outcomes; where that fails, the log has them."""
    boundary.attempt(partial(bus.publish, outcomes), "Outcomes not published", count=len(outcomes))
