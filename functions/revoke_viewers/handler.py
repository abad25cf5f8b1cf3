"""Revokes viewers, chunk by chunk, just below what IVS allows a second.

Two invocations at a time take mass jobs, two take small ones. Each keeps to a lane of its own and
leaves it only when whoever comes next may call at once, so all lanes together stay below the rates
without a word among them.
"""

import os
from datetime import datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.bus import Bus
from ivskit.client import CONFIG, ONCE, Ivs
from ivskit.clock import now
from ivskit.consumer import Consumer, Message, NotForUs
from ivskit.errands import BATCH_CALLS, SINGLE_CALLS, Chunk, Finish
from ivskit.jobs import Done, Jobs
from ivskit.outcomes import Outcome, WillLookAgain
from ivskit.pacing import Lane
from ivskit.pause import Pause
from revoke_viewers.decide import WHILE_HELD, Call, Count, Drop, Hold, Retry, admit, decide
from revoke_viewers.environment import Environment
from revoke_viewers.revoking import revoke

environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
pause = Pause(environment, boto3.client, logger=logger, clock=now)
jobs = Jobs(boto3.client("dynamodb", config=CONFIG), table=environment.jobs)
batches = Lane(calls=BATCH_CALLS)
singles = Lane(calls=SINGLE_CALLS)
ivs = Ivs(
    boto3.client("ivs", config=ONCE),
    pacers={
        "BatchStartViewerSessionRevocation": batches,
        "StartViewerSessionRevocation": singles,
    },
)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten chunks."""
    with batches, singles:
        return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a chunk to what is known of it; the job's outcome comes when all of it is done."""
    if not isinstance(message, Chunk):
        raise NotForUs(f"revoke_viewers does not react to {message!r}")
    known = jobs.done(message.job, message.part)
    is_done = known is not None and message.number in known.chunks
    hands_off = pause.over(environment.policy_of({})).hands_off
    match admit(jobs.get(message.job).state, is_done=is_done, hands_off=hands_off):
        case Call():
            return _revoke(message)
        case Hold(reason):
            logger.info("Chunk held", job=message.job, chunk=message.number, reason=reason)
            _send_again(message, WHILE_HELD)
        case Drop(reason):
            logger.info("Chunk dropped", job=message.job, chunk=message.number, reason=reason)
            if known is not None:
                _tell_if_complete(message, known)
    return []


def _revoke(chunk: Chunk) -> list[Outcome]:
    match decide(chunk, revoke(ivs, chunk)):
        case Retry(rest, after):
            _send_again(rest, after)
            return [_put_off(rest, now() + after)]
        case Count(failures):
            done = jobs.count(chunk, failures, now=now())
            _log(chunk, len(failures))
            _tell_if_complete(chunk, done)
    return []


def _put_off(rest: Chunk, due: datetime) -> WillLookAgain:
    return WillLookAgain(
        cause=rest.job,
        reason=f"{len(rest.viewers)} viewer(s) could not be revoked yet",
        mode=environment.policy.mode,
        at=now(),
        event_id=rest.event_id,
        purpose=f"chunk {rest.number}",
        due=due,
    )


def _send_again(chunk: Chunk, after: timedelta) -> None:
    of_singles = chunk.way == "single"
    sqs.send_message(
        QueueUrl=environment.single_queue_url if of_singles else environment.queue_url,
        MessageBody=chunk.message(),
        DelaySeconds=int(after.total_seconds()),
    )


def _log(chunk: Chunk, failed: int) -> None:
    logger.info(
        "Chunk done",
        job=chunk.job,
        chunk=chunk.number,
        revoked=chunk.size - failed,
        failed=failed,
    )


def _tell_if_complete(chunk: Chunk, done: Done) -> None:
    """Whoever completes the last part has the report written; told again is harmless."""
    if not done.is_complete:
        return
    job = jobs.complete_part(chunk.job, chunk.part)
    if job.is_complete and job.state == "running":
        finish = Finish(job=job.id, event_id=job.begun.event_id)
        sqs.send_message(QueueUrl=environment.plan_queue_url, MessageBody=finish.message())
