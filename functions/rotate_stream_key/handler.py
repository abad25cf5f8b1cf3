"""Rotates a channel's stream key: after a stream and its grace, and on command."""

import os
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import bad_tags
from ivskit.bus import Bus
from ivskit.client import CONFIG, Ivs
from ivskit.client.channels import Channel
from ivskit.clock import now
from ivskit.consumer import Consumer, Message
from ivskit.look_again import LookAgains
from ivskit.memory import Held, Intent, Memory
from ivskit.outcomes import Outcome, StreamKeyKept, WillLookAgain
from ivskit.pacing import permit_to_create_keys
from ivskit.pause import Pause
from ivskit.policy import Mode, Policy
from ivskit.rotation import Rotation
from ivskit.store import open_store
from rotate_stream_key.decide import (
    AS_DELIVERED,
    Agree,
    Decision,
    Facts,
    Keep,
    Repeat,
    Request,
    Restore,
    Rotate,
    Wait,
    decide,
)
from rotate_stream_key.environment import Environment
from rotate_stream_key.requests import request_of

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
    queue_url=environment.queue_url,
    clock=now,
    adopt=environment.keys.adopt,
)
pause = Pause(environment, boto3.client, logger=logger, clock=now)
bus = Bus(boto3.client("events", config=CONFIG), name=environment.bus)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a message to what was done about it, alone on the channel while it lasts."""
    request = request_of(message, event_id)
    with memory.lease(request.channel_arn) as held:
        outcomes = _answer(request, held)
    for outcome in outcomes:
        if isinstance(outcome, WillLookAgain):
            # Not before the lease is free: what is due already comes back at once.
            look_agains.ask(request.again(outcome.purpose, outcome.due), now=now())
    return outcomes


def _answer(request: Request, held: Held) -> list[Outcome]:
    if request.by == "verify key" and _is_as_delivered(request, held):
        # The usual case, after every rotation: the channel need not be asked for.
        return [_kept(request, AS_DELIVERED, environment.policy.mode)]
    channel = ivs.channels.find(request.channel_arn)
    if channel is None:
        held.write(intent=None, stopping=None, blocked=None, session=None)
        return [_kept(request, "there is no such channel", environment.policy.mode)]
    # Before anything else: a channel must not stay without the key it was promised.
    mended = rotation.mend(held, channel)
    if request.by == "late command":
        answers = [held.remembered.answer_to(request.cause)]
    else:
        answers = _decide_and_do(request, held, channel)
    told = [each for each in (mended, *answers) if each is not None]
    return list({each.id: each for each in told}.values())


def _is_as_delivered(request: Request, held: Held) -> bool:
    remembered = held.remembered
    return remembered.intent is None and rotation.key_is_there(request.channel_arn, remembered.key)


def _decide_and_do(request: Request, held: Held, channel: Channel) -> list[Outcome | None]:
    _note(request, held)
    policy = pause.over(environment.policy.of(channel.tags))
    decision = _decide(request, held, policy)
    adopted = _adopt(decision, request, held, channel, policy.mode)
    answer = _carry_out(decision, request, held, channel, policy.mode)
    told = request.told("", policy.mode, now())
    reports = bad_tags.report(held, policy, occasion=f"{request.by}: {request.cause}", told=told)
    return [*reports, adopted, answer]


def _adopt(
    decision: Decision, request: Request, held: Held, channel: Channel, mode: Mode
) -> Outcome | None:
    """What is done about a key that somebody else made, and that is met now."""
    if not isinstance(decision, Keep) or decision.adopt is None:
        return None
    if mode == "observe":
        rotation.remember(held, decision.adopt)
        return None
    cause = f"{request.cause}: key met"
    return rotation.agree(held, channel, cause=cause, event_id=request.event_id)


def _note(request: Request, held: Held) -> None:
    """The sweep re-emits the end of a session of which nobody has heard."""
    if request.by == "stream end" and request.stream_id is not None:
        held.note(session=held.remembered.heard(request.stream_id, ended_at=request.since))


def _decide(request: Request, held: Held, policy: Policy) -> Decision:
    facts = Facts(now(), policy, held.remembered)
    if request.by == "verify key":
        there = rotation.key_is_there(request.channel_arn, held.remembered.key)
        facts = replace(facts, key_is_there=there)
    elif request.by != "stream end":
        live = ivs.streams.live_stream_id(request.channel_arn)
        key = _current_key_arn(request, policy)
        facts = replace(facts, live_stream_id=live, key_arn=key)
    return decide(request, facts)


def _current_key_arn(request: Request, policy: Policy) -> str | None:
    """Asked only where a key's age counts, for somebody else may have made the key."""
    if request.by == "command" or not isinstance(policy.rotate, timedelta):
        return None
    key = ivs.stream_keys.of(request.channel_arn)
    return key.arn if key else None


def _carry_out(
    decision: Decision, request: Request, held: Held, channel: Channel, mode: Mode
) -> Outcome:
    match decision:
        case Rotate() | Restore() | Agree():
            return _act(decision, request, held, channel)
        case Wait(due, reason, purpose):
            return WillLookAgain(**request.told(reason, mode, now()), purpose=purpose, due=due)
        case Repeat(outcome):
            return outcome.model_copy(update={"event_id": request.event_id})
        case Keep():
            return _keep(request, held, decision, mode)


def _act(
    decision: Rotate | Restore | Agree, request: Request, held: Held, channel: Channel
) -> Outcome:
    match decision:
        case Rotate():
            return rotation.rotate(held, channel, Intent(**request.why(), at=now()))
        case Restore(reason):
            lost = {"cause": f"{request.cause}: key lost", "reason": reason, "at": now()}
            return rotation.restore(held, channel, Intent(**request.why() | lost))
        case Agree():
            why = {"cause": request.cause, "event_id": request.event_id}
            agreed = rotation.agree(held, channel, **why)
            return agreed or _kept(request, "key, memory and store agree", "enforce")


def _keep(request: Request, held: Held, decision: Keep, mode: Mode) -> StreamKeyKept:
    kept = _kept(request, decision.reason, mode)
    if request.by == "command":
        # A person is answered once: the same command read twice must not act the second time.
        held.write(causes=held.remembered.with_answer(kept))
    return kept


def _kept(request: Request, reason: str, mode: Mode) -> StreamKeyKept:
    return StreamKeyKept(**request.told(reason, mode, now()))
