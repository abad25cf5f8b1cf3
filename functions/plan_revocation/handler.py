"""Plans, cancels, resumes and reports revocations, on command and after streams."""

from ivskit.automation import cold_start  # isort: split

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import names
from ivskit.audience import Audience
from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.command_refusals import refusal
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.jobs import JobTable
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.messages.revocation import ContinuePlanning, FinishJob
from ivskit.automation.pause import Pause
from ivskit.automation.queue_record import BatchAnswer
from ivskit.changes import StreamStateChange
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.commands import (
    AnyCommand,
    CancelRevocation,
    Command,
    ResumeRevocation,
    RevokeViewers,
    TakeDown,
    TooLate,
)
from ivskit.errors import Ambiguous, Invalid, Unavailable
from ivskit.jobs.records import Begun, Job
from ivskit.outcomes import (
    Outcome,
    RevocationCancelled,
    RevocationResumed,
    RevocationSkipped,
    ViewersRevoked,
)
from ivskit.pacing import Lane
from ivskit.policy import Policy
from plan_revocation.after_stream import AfterStream, question_of
from plan_revocation.channels import Channels, EveryChannelRefused
from plan_revocation.environment import Environment
from plan_revocation.manifest import Manifests
from plan_revocation.outage import Postponer
from plan_revocation.planning import NobodyNamed, Planner
from plan_revocation.report import Counts, Reports
from plan_revocation.sources import Sources

# After this long, no worker handles a chunk of a cancelled job any more.
SETTLED = timedelta(seconds=2 * names.FUNCTION_TIMEOUT_SECONDS)


def policy_of(tags: Mapping[str, str]) -> Policy:
    """The policy of the channel with these tags, a pause included."""
    return pause.over(environment.policy_of(tags))


environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
pause = Pause(environment, clients.now, logger=logger, clock=now)
sqs = clients.later("sqs")
s3 = clients.later("s3")
dynamodb = clients.now("dynamodb")
ivs = Ivs(clients.now("ivs"), pacers={"BatchGetChannel": Lane(calls=1)})
jobs = JobTable(dynamodb, table=environment.jobs)
reports = Reports(s3, jobs, bucket=environment.reports)
sources = Sources(
    Manifests(s3, buckets=environment.manifest_buckets),
    Audience(dynamodb, table=environment.audience) if environment.audience else None,
    session_versions=environment.session_versions,
)
planner = Planner(
    jobs,
    sources,
    Channels(ivs, policy_of, own=environment.channels),
    sqs,
    own_queue=environment.queue_url,
    queues={"batch": environment.batch_queue_url, "single": environment.single_queue_url},
    mode=environment.policy.mode,
    clock=now,
)
postponer = Postponer(
    jobs, sqs, own_queue=environment.queue_url, mode=environment.policy.mode, clock=now
)
look_agains = LookAgains(environment, sqs, clients.later("scheduler"))
after_stream = AfterStream(
    ivs, planner, look_agains, policy_of, mode=environment.policy.mode, clock=now
)
bus = Bus(clients.later("events"), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with a queue record."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to its outcomes; an outage postpones it after the last try."""
    try:
        return _react(message, event_id)
    except (Ambiguous, Unavailable) as error:
        if not consumer.is_last_try:
            raise
        if isinstance(message, StreamStateChange | LookAgain):
            return after_stream.postpone(question_of(message, event_id), error)
        later = _of_audience(message) if isinstance(message, TakeDown) else message
        return postponer.postpone(later, event_id, error)


def _react(message: Message, event_id: str) -> list[Outcome]:
    match message:
        case RevokeViewers():
            return _begin(message, event_id)
        case TakeDown():
            return _audience_of(message, event_id)
        case CancelRevocation() | ResumeRevocation():
            return [_steer(message, event_id)]
        case TooLate():
            return _answer_late(message.command)
        case StreamStateChange() | LookAgain():
            return after_stream.react(question_of(message, event_id))
    return _internal(message)


def _answer_late(command: AnyCommand) -> list[Outcome]:
    """A known job continues; a new one is too late."""
    begins = isinstance(command, RevokeViewers | TakeDown)
    known = jobs.find(command.command_id) if begins else None
    return planner.repeat(known) if known else []


def _internal(message: Message) -> list[Outcome]:
    match message:
        case ContinuePlanning(job=job, part=part):
            return planner.go_on(jobs.get(job), since=part)
        case FinishJob(job=job):
            return [_finish(jobs.get(job))]
    raise NotForUs(f"plan_revocation does not react to {message!r}")


def _begin(command: RevokeViewers, event_id: str) -> list[Outcome]:
    try:
        return planner.begin(command, _begun(command, event_id))
    except EveryChannelRefused as error:
        return [_refused(command, event_id, error)]


def _begun(command: RevokeViewers, event_id: str) -> Begun:
    return Begun(
        event_id=event_id,
        at=now(),
        reason=command.reason or "commanded",
        sender=command.sender,
        forced=command.force,
        mode=environment.policy.mode,
    )


def _audience_of(command: TakeDown, event_id: str) -> list[Outcome]:
    """Revoke the audience of the channels as part of a take-down, which reports the rest."""
    if not command.revoke_audience:
        return []
    revoke = _of_audience(command)
    begun = _begun(revoke, event_id)
    try:
        return planner.begin(revoke, begun)
    except (EveryChannelRefused, NobodyNamed) as error:
        why = {**begun.why(), "reason": str(error)}
        return [RevocationSkipped(**why, cause=command.command_id, mode=begun.mode, at=begun.at)]


def _of_audience(command: TakeDown) -> RevokeViewers:
    common = command.model_dump(include={*Command.model_fields})
    return RevokeViewers(audience_of=command.channels, **common)


def _refused(command: RevokeViewers, event_id: str, error: EveryChannelRefused) -> Outcome:
    detail = command.model_dump(mode="json", exclude_defaults=True)
    event = {"id": event_id, "detail-type": command.detail_type, "detail": detail}
    refused = refusal(event, error.errors, mode=environment.policy.mode, at=now())
    return refused.model_copy(update={"channel_arn": error.channel_arn})


def _steer(command: CancelRevocation | ResumeRevocation, event_id: str) -> Outcome:
    fields = {
        "cause": command.command_id,
        "reason": command.reason or "commanded",
        "event_id": event_id,
        "sender": command.sender,
        "mode": environment.policy.mode,
        "at": now(),
        "job": command.job,
    }
    if jobs.find(command.job) is None:
        raise Invalid(f"job: there is no job {command.job!r}")
    if isinstance(command, ResumeRevocation):
        planner.resume(_not_over(jobs.resume(command.job, now=now())))
        return RevocationResumed(**fields)
    job = _not_over(jobs.change_state(command.job, "cancelled", unless="done"))
    planner.finish(job, delay=SETTLED)
    return RevocationCancelled(**fields)


def _not_over(job: Job) -> Job:
    if job.state == "done":
        raise Invalid(f"job: {job.id} is over")
    return job


def _finish(job: Job) -> Outcome:
    if job.state == "running" and not job.is_complete:
        return job.planned  # it was cancelled, and has been resumed since
    counts, report = reports.write(job)
    if job.state == "running":
        jobs.change_state(job.id, "done")
    return ViewersRevoked(
        **job.begun.why(),
        cause=job.id,
        reason=_reason(job, counts),
        mode="enforce" if counts.revoked + counts.failed else environment.policy.mode,
        at=now(),
        revoked=counts.revoked,
        failed=counts.failed,
        rejected=counts.rejected,
        skipped=counts.skipped,
        report=report,
    )


def _reason(job: Job, counts: Counts) -> str:
    cancelled = "the revocation was cancelled: " if job.state == "cancelled" else ""
    none = "" if counts.revoked else "no viewers were revoked: "
    return f"{cancelled}{none}{job.begun.reason}"
