"""Stops streams: on command, when they last too long or starve, and on blocked channels."""

import os
from datetime import datetime
from functools import partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ivskit import bad_tags
from ivskit.bus import Bus
from ivskit.changes import LimitBreach
from ivskit.client import CONFIG, Ivs
from ivskit.client.channels import Channel
from ivskit.clock import now
from ivskit.consumer import Consumer, Message
from ivskit.look_again import LookAgains
from ivskit.memory import Blocked, Held, Memory, Stopping
from ivskit.outcomes import ChannelUnblocked, Outcome, StreamBack, StreamKept, WillLookAgain
from ivskit.pacing import permit_to_create_keys
from ivskit.pause import Pause
from ivskit.policy import Mode, Policy
from ivskit.rotation import Rotation, Undecided
from ivskit.store import open_store
from ivskit.store.copies import StoreRefused
from stop_stream.breaches import noted
from stop_stream.decide import (
    VERIFY_KICK,
    VERIFY_STOP,
    Back,
    Decision,
    Facts,
    Keep,
    Repeat,
    Request,
    Stop,
    Unblock,
    Wait,
    decide,
)
from stop_stream.environment import Environment
from stop_stream.live import live_session
from stop_stream.requests import request_of
from stop_stream.shedder import NotShed, Shedder
from stop_stream.stopping import Stopper

environment = Environment.read(os.environ)
logger = Logger()
sqs = boto3.client("sqs", config=CONFIG)
ivs = Ivs(boto3.client("ivs", config=CONFIG))
dynamodb = boto3.client("dynamodb", config=CONFIG)
memory = Memory(dynamodb, table=environment.memory, owner=environment.function, clock=now)
look_agains = LookAgains(environment, sqs, boto3.client("scheduler", config=CONFIG))
store = open_store(environment.keys, partial(boto3.client, config=CONFIG), stage=environment.stage)
permit = permit_to_create_keys(dynamodb, table=environment.memory, function=environment.function)
rotation = Rotation(
    ivs,
    store,
    sqs,
    permit=permit,
    queue_url=environment.rotation_queue_url,
    clock=now,
    adopt=environment.keys.adopt,
)
stopper = Stopper(ivs, rotation, store, look_agains, clock=now)
pause = Pause(environment, boto3.client, logger=logger, clock=now)
shedder = Shedder(
    ivs,
    dynamodb,
    rule=environment.policy.shed,
    table=environment.memory,
    policy_of=lambda tags: pause.over(environment.policy.of(tags)),
    clock=now,
)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to what was done about it, alone on the channel while it lasts."""
    if isinstance(message, LimitBreach):
        return _on_breach(message)
    return _react_to(request_of(message, event_id))


def _on_breach(breach: LimitBreach) -> list[Outcome]:
    note = partial(noted, breach, mode=environment.policy.mode, at=now())
    if not shedder.sheds(breach):
        return [note()]
    try:
        request = shedder.request(breach)
    except NotShed as why:
        return [note(because=str(why))]
    return _react_to(request) or [note(because="it came too late to be shed for")]


def _react_to(request: Request) -> list[Outcome]:
    with memory.lease(request.channel_arn) as held:
        outcomes = _answer(request, held)
    for outcome in outcomes:
        if isinstance(outcome, WillLookAgain):
            # Not before the lease is free: what is due already comes back at once.
            look_agains.ask(request.again(outcome.purpose, outcome.due), now=now())
    return outcomes


def _answer(request: Request, held: Held) -> list[Outcome]:
    channel = ivs.channels.find(request.channel_arn)
    if channel is None:
        held.write(intent=None, stopping=None, blocked=None, session=None)
        told = request.told("there is no such channel", environment.policy.mode, now())
        return [StreamKept(**told)]
    mended = _mend(request, held, channel)
    if request.is_late:
        answers = list(held.remembered.answers_to(request.cause))
    else:
        answers = _decide_and_do(request, held, channel)
    return list({each.id: each for each in (*mended, *answers)}.values())


def _decide_and_do(request: Request, held: Held, channel: Channel) -> list[Outcome]:
    policy = pause.over(environment.policy.of(channel.tags))
    _note(request, held, policy)
    live = live_session(ivs, request)
    decision = decide(request, Facts(policy, held.remembered, now(), live))
    answers = _carry_out(decision, request, held, channel, policy.mode)
    told = request.told("", policy.mode, now())
    reports = bad_tags.report(held, policy, occasion=f"{request.by}: {request.cause}", told=told)
    return [*reports, *answers]


def _note(request: Request, held: Held, policy: Policy) -> None:
    """The sweep re-emits the start of a session of which nobody has heard.

    On a channel that is not managed nothing was heard: it may be managed before the session ends.
    """
    if policy.managed and request.by == "stream start" and request.stream_id is not None:
        held.note(session=held.remembered.heard(request.stream_id, started_at=request.since))


def _mend(request: Request, held: Held, channel: Channel) -> list[Outcome]:
    """Before anything else: what somebody began and did not finish."""
    stopping = held.remembered.stopping
    if stopping is not None and not stopper.is_open_again(channel, stopping):
        return stopper.finish(held, channel, stopping)
    if stopping is not None:
        held.write(stopping=None)
    try:
        mended = rotation.mend(held, channel)
    except (ClientError, StoreRefused, Undecided) as error:
        if request.by == "unblock":
            raise
        # A stop waits for no key: whoever asked for that one, or the sweep, sees to it.
        logger.warning("Rotation left open", error=str(error))
        return []
    return [mended] if mended is not None else []


def _carry_out(
    decision: Decision, request: Request, held: Held, channel: Channel, mode: Mode
) -> list[Outcome]:
    match decision:
        case Stop():
            return _stop(decision, request, held, channel)
        case Unblock():
            unblocked = ChannelUnblocked(**request.told(request.reason, mode, now()))
            return stopper.unblock(held, channel, unblocked, issued_at=request.since)
        case Repeat(outcomes):
            return [each.model_copy(update={"event_id": request.event_id}) for each in outcomes]
    return [_left_alone(decision, request, held, mode)]


def _left_alone(decision: Keep | Back | Wait, request: Request, held: Held, mode: Mode) -> Outcome:
    told = request.told(decision.reason, mode, now())
    match decision:
        case Wait(due, purpose, _):
            return WillLookAgain(**told, purpose=purpose, due=due)
        case Back():
            return StreamBack(**told)
        case Keep():
            return _keep(request, held, StreamKept(**told))


def _stop(stop: Stop, request: Request, held: Held, channel: Channel) -> list[Outcome]:
    stopping = Stopping(
        cause=request.cause,
        reason=stop.reason,
        event_id=request.event_id,
        at=now(),
        stream_id=stop.stream_id,
        then=stop.then,
        by="command" if request.is_command else "policy",
        verify=VERIFY_KICK if stop.then == "kick" and request.by != VERIFY_STOP else VERIFY_STOP,
    )
    done = stopper.stop(held, channel, stopping, blocked=_block(stop, request, held))
    reason = "the channel is blocked, and has no key any more"
    return done or [StreamKept(**request.told(reason, "enforce", now()))]


def _block(stop: Stop, request: Request, held: Held) -> Blocked | None:
    """What is to block the channel; a channel that is blocked is so by what blocked it."""
    if stop.then != "block":
        return None
    asked = request.is_command and request.then == "block"
    if held.remembered.blocked is not None and not asked:
        return None
    issued_at = request.since if request.is_command else now()
    return Blocked(command_id=request.cause, issued_at=issued_at)


def _keep(request: Request, held: Held, kept: StreamKept) -> StreamKept:
    if request.is_command:
        # A person is answered once: the same command read twice must not act the second time.
        held.write(causes=held.remembered.with_answer(kept), unblocked_at=_unblocked(request, held))
    return kept


def _unblocked(request: Request, held: Held) -> datetime | None:
    """When the channel was unblocked last: a block that is older must not act any more."""
    known = held.remembered.unblocked_at
    if request.by != "unblock":
        return known
    return request.since if known is None else max(known, request.since)
