"""Revokes viewers, chunk by chunk, just below the rates of IVS.

Two concurrent invocations take mass jobs, two take small ones. Each has a lane of its own and
leaves it only when the next invocation may call at once, so all lanes together stay below the rates
without any coordination.
"""

from ivskit.automation import cold_start  # isort: split

import os
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.jobs import JobTable
from ivskit.automation.messages.revocation import BATCH_CALLS, SINGLE_CALLS, Chunk, FinishJob
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.client import ONCE, Ivs
from ivskit.clock import now
from ivskit.errors import IvsError
from ivskit.jobs.progress import Stall
from ivskit.jobs.records import Done, Job
from ivskit.outcomes import Outcome, RevocationStalled, WillLookAgain
from ivskit.pacing import Lane
from ivskit.redaction import redact
from revoke_viewers.decide import (
    WHILE_HELD,
    Call,
    Count,
    Drop,
    Hold,
    Holds,
    Postpone,
    Retry,
    admit,
    decide,
    held_back,
)
from revoke_viewers.environment import Environment
from revoke_viewers.revoking import Revoker

environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
pause = Pause(environment, clients.now, logger=logger, clock=now)
jobs = JobTable(clients.now("dynamodb"), table=environment.jobs)
batches = Lane(calls=BATCH_CALLS)
singles = Lane(calls=SINGLE_CALLS)
ivs = Ivs(
    clients.now("ivs", config=ONCE),
    pacers={
        "BatchStartViewerSessionRevocation": batches,
        "StartViewerSessionRevocation": singles,
    },
)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten chunks."""
    revoker = Revoker(ivs, milliseconds_left=context.get_remaining_time_in_millis)
    with batches, singles:
        return consumer.consume(batch, context, partial(react, revoker))


def react(revoker: Revoker, message: Message, event_id: str) -> list[Outcome]:
    """From a chunk to its outcomes; the job's outcome follows when all of it is done."""
    if not isinstance(message, Chunk):
        raise NotForUs(f"revoke_viewers does not react to {message!r}")
    job, known = jobs.get(message.job), jobs.done(message.job, message.part)
    is_done = known is not None and message.number in known.chunks
    match admit(job.state, is_done=is_done, held=_holds().over(job.begun)):
        case Call():
            return _revoke(revoker, message, job)
        case Hold(reason):
            _hold(message, job, reason)
        case Drop(reason):
            logger.info("Chunk dropped", job=message.job, chunk=message.number, reason=reason)
            if known is not None:
                _finish_if_complete(message, known)
    return []


def _holds() -> Holds:
    """What holds now: planning checked whether channels are observed, but a pause may be new."""
    policy = pause.over(environment.policy_of({}).commanded())
    mode = environment.policy.mode
    return Holds(mode, paused=policy.paused, commands_too=policy.commands_paused)


def _hold(chunk: Chunk, job: Job, reason: str) -> None:
    logger.info("Chunk held", job=chunk.job, chunk=chunk.number, reason=reason)
    if job.progress.is_hold_worth_a_note(now=now()):
        jobs.notes.hold(job.id, now=now())
    _send_again(held_back(chunk), WHILE_HELD)


def _revoke(revoker: Revoker, chunk: Chunk, job: Job) -> list[Outcome]:
    said = revoker.revoke(chunk)
    match decide(chunk, said, now=now(), resumed_at=job.progress.resumed_at):
        case Retry(rest, after, error):
            stalled = _note_stall(job, rest, error)
            _send_again(rest, after)
            return [*stalled, _put_off(job, rest, now() + after)]
        case Postpone(rest, after, error):
            stalled = _note_stall(job, rest, error) if error else []
            _send_again(rest, after)
            _log_postponed(rest, after, error)
            return stalled
        case Count(failures):
            done = jobs.count(chunk, failures, now=now())
            _log(chunk, len(failures))
            if said.outage is None and job.progress.is_worth_a_note(job.begun.at, now=now()):
                jobs.notes.progress(job.id, now=now())
            _finish_if_complete(chunk, done)
    return []


def _note_stall(job: Job, failing: Chunk, error: IvsError) -> list[Outcome]:
    """The stall's outcome, from the one message that noted it, at each of its tries."""
    progress = job.progress
    if progress.stall is not None:
        return [_stalled(job, progress.stall)] if progress.stalled_by == consumer.message_id else []
    since = progress.stalled_since(failing.failing_since or now(), now=now())
    if since is None:
        return []
    stall = Stall(since=since, error=redact(f"{type(error).__name__}: {error}"))
    noted = jobs.notes.stall(job.id, stall, progress, message_id=consumer.message_id)
    return [_stalled(job, stall)] if noted else []


def _stalled(job: Job, stall: Stall) -> RevocationStalled:
    return RevocationStalled(
        **job.begun.why(),
        cause=job.id,
        reason=f"no viewer could be revoked since {stall.since:%Y-%m-%dT%H:%M:%SZ}: {stall.error}",
        mode=environment.policy.mode,
        at=now(),
        since=stall.since,
        error=stall.error,
    )


def _put_off(job: Job, rest: Chunk, due: datetime) -> WillLookAgain:
    return WillLookAgain(
        cause=rest.job,
        sender=job.begun.sender,
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


def _log_postponed(chunk: Chunk, after: timedelta, error: IvsError | None) -> None:
    logger.info(
        "Chunk postponed",
        job=chunk.job,
        chunk=chunk.number,
        seconds=after.total_seconds(),
        error=str(redact(str(error))) if error else "too little time is left in this invocation",
    )


def _log(chunk: Chunk, failed: int) -> None:
    logger.info(
        "Chunk done",
        job=chunk.job,
        chunk=chunk.number,
        revoked=chunk.size - failed,
        failed=failed,
    )


def _finish_if_complete(chunk: Chunk, done: Done) -> None:
    """Ask for the report once the last part is complete; asking twice is harmless."""
    if not done.is_complete:
        return
    job = jobs.complete_part(chunk.job, chunk.part)
    if job.is_complete and job.state == "running":
        finish = FinishJob(job=job.id, event_id=job.begun.event_id)
        sqs.send_message(QueueUrl=environment.plan_queue_url, MessageBody=finish.message())
