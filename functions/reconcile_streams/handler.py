"""Sweeps all channels every few minutes: re-emits missed events, refers the rest."""

from ivskit.automation import cold_start  # isort: split

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ivskit import names
from ivskit.automation.bus import Bus
from ivskit.automation.clients import Clients
from ivskit.automation.consumer import Consumer, Message, NotForUs
from ivskit.automation.keys.store import open_store
from ivskit.automation.memory import Held, Memory
from ivskit.automation.messages.sweep import Sweep
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.automation.queue_record import BatchAnswer
from ivskit.automation.records import Round, Unpublished
from ivskit.changes import MissedChange
from ivskit.client import Ivs
from ivskit.clock import now
from ivskit.errors import LeaseHeld
from ivskit.outcomes import Outcome, StreamsReconciled, SweepSkipped, parse_outcome
from reconcile_streams.channels import Channels
from reconcile_streams.decide import Referral
from reconcile_streams.environment import Environment
from reconcile_streams.health.watching import Health
from reconcile_streams.missed import MissedChanges
from reconcile_streams.pace import Pace
from reconcile_streams.recordings import MissedRecordings
from reconcile_streams.referrals import Referrals
from reconcile_streams.stored_keys import Checked, StoredKeys
from reconcile_streams.survey import Found, Survey
from reconcile_streams.visits import Visited, Visits

if TYPE_CHECKING:
    from reconcile_streams.quota_watch.watching import QuotaWatch

# How long into a sweep it reads tags, and how long it visits channels: both end well before the
# function's timeout.
READING = timedelta(seconds=50)
VISITING = timedelta(seconds=80)
_NEVER = datetime.min.replace(tzinfo=UTC)


environment = Environment.read(os.environ)
logger = Logger()
clients = Clients()
sqs = clients.later("sqs")
pace = Pace()
ivs = Ivs(clients.now("ivs"), pacers=pace.pacers)
dynamodb = clients.now("dynamodb")
memory = Memory(
    dynamodb,
    table=environment.memory,
    owner=environment.function,
    clock=now,
)
bus = Bus(clients.later("events"), name=environment.bus)
channels = Channels(ivs, environment.policy_of)
survey = Survey(
    ivs,
    memory,
    channels,
    MissedChanges(ivs, memory),
    overdue=environment.overdue,
    clock=now,
)
store = open_store(environment.keys, clients.later, stage=environment.stage, key=None)
visits = Visits(
    memory,
    channels,
    store,
    MissedRecordings(dynamodb, table=environment.recordings, clock=now),
    adopt=environment.keys.adopt,
    overdue=environment.overdue,
    restrictions=environment.restrictions,
    clock=now,
)
stored_keys = StoredKeys(
    memory,
    ivs,
    store,
    delete_after=environment.keys.delete_orphaned_after,
    clock=now,
)
health = Health(
    clients.later("cloudwatch"),
    ivs,
    channels,
    environment.policy.health.watched,
    logger=logger,
    clock=now,
)


def _quota_watch() -> "QuotaWatch | None":
    """Loaded only where it is on: each module makes a cold start half a millisecond longer."""
    if not environment.watch_quotas:
        return None
    from reconcile_streams.quota_watch.watching import QuotaWatch

    return QuotaWatch(
        ivs,
        clients.later("service-quotas"),
        mode=environment.policy.mode,
        logger=logger,
        clock=now,
    )


quota_watch = _quota_watch()
referrals = Referrals(
    sqs,
    queue_urls={
        "rotate_stream_key": environment.rotation_queue_url,
        "stop_stream": environment.stop_queue_url,
        "index_recordings": environment.index_queue_url or "",
        "restrict_playback": environment.restriction_queue_url or "",
    },
)
outcome_log = OutcomeLog(logger, function=environment.function)
consumer = Consumer(environment, bus, sqs, logger=logger, clock=now)
cold_start.over()


@logger.inject_lambda_context
def handler(batch: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """What Lambda calls with up to ten queue records."""
    return consumer.consume(batch, context, react)


def react(message: Message, event_id: str) -> list[Outcome]:
    """From a sweep's message to its outcome; one sweep at a time."""
    if not isinstance(message, Sweep):
        raise NotForUs(f"reconcile_streams does not react to {message!r}")
    try:
        with memory.lease(names.SWEEP_ITEM, seconds=names.SWEEP_LEASE_SECONDS) as held:
            last = held.remembered.round or Round(swept_at=_NEVER)
            if last.swept_at >= message.scheduled_at:
                reason = f"the sweep of {last.swept_at.isoformat()} has already run"
                return [_skipped(message, reason)]
            _publish([parse_outcome(each.name, each.detail) for each in last.unpublished])
            pace.begin()
            began = now()
            first = last.first_swept_at or message.scheduled_at
            last = last.model_copy(update={"first_swept_at": first})
            found = survey.look(last, until=began + READING)
            _refer([*found.ends, *found.starts], found.referrals, message)
            at = message.scheduled_at
            stored = stored_keys.check(last, at=at)
            visited = visits.go_on(last, found.live, at=at, until=began + VISITING)
            to_others = [*visited.referrals, *visited.recordings, *stored.referrals]
            _refer(visited.missed, to_others, message)
            watched = health.watch(last, found.seen, at=at, event_id=message.id)
            nearly_full, points = _quotas(message, last, found, visited)
            known = {"health": watched.episodes, **points}
            _publish_found(held, last, [*watched.outcomes, *nearly_full], known)
            _refer((), watched.referrals, message)
            after = _round(message, last, found, visited, stored)
            held.note(round=after.model_copy(update=known))
            return [_reconciled(message, found, visited, stored)]
    except LeaseHeld:
        return [_skipped(message, "another sweep is running")]


def _quotas(
    sweep: Sweep, last: Round, found: Found, visited: Visited
) -> tuple[Sequence[Outcome], Mapping[str, Any]]:
    """Which quotas are nearly full, and what the next sweep must know of that."""
    if quota_watch is None:
        return (), {}
    counted = quota_watch.watch(
        last,
        streams=len(found.live),
        viewers=found.viewers,
        channels=visited.channels,
        at=sweep.scheduled_at,
        event_id=sweep.id,
    )
    return counted.outcomes, counted.changes


def _round(sweep: Sweep, last: Round, found: Found, visited: Visited, stored: Checked) -> Round:
    return Round(
        swept_at=sweep.scheduled_at,
        first_swept_at=last.first_swept_at,
        idle=found.idle,
        looked_at=found.looked_at,
        asked_after=found.asked_after,
        unmanaged=found.unmanaged,
        unlimited=found.unlimited,
        page=visited.page,
        visited=visited.on_page,
        verified_from=visited.verified_from,
        verifying=visited.verifying,
        stored=stored.token,
        stored_from=stored.first_at,
        counted=visited.counted,
        channels=visited.channels,
    )


def _publish_found(
    held: Held, last: Round, outcomes: Sequence[Outcome], known: Mapping[str, Any]
) -> None:
    """Publish what was found; should the sweep die, the next one says exactly the same.

    known: what the next sweep must know, so that it does not find it again.
    """
    if outcomes:
        unpublished = tuple(_unpublished(each) for each in outcomes)
        held.write(round=last.model_copy(update={**known, "unpublished": unpublished}))
        _publish(outcomes)


def _unpublished(outcome: Outcome) -> Unpublished:
    return Unpublished(name=outcome.name, detail=outcome.model_dump(mode="json", exclude_none=True))


def _publish(outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        outcome_log.record(outcomes)
        bus.publish(outcomes)


def _refer(missed: Sequence[MissedChange], to_others: Sequence[Referral], sweep: Sweep) -> None:
    """Re-emit missed events, and refer the rest to the functions that act."""
    bus.republish(sorted(missed, key=lambda change: change.at))
    for referral in to_others:
        referrals.send(referral, event_id=sweep.id, now=now())


def _reconciled(sweep: Sweep, found: Found, visited: Visited, stored: Checked) -> StreamsReconciled:
    ends = len(found.ends) + len(visited.missed)
    postponed = f"; {found.postponed} streams are postponed to the next sweep"
    reason = f"{len(found.starts)} starts and {ends} ends were missed"
    return StreamsReconciled(
        **_fields(sweep, reason + (postponed if found.postponed else "")),
        live=len(found.live),
        postponed=found.postponed,
        missed_starts=len(found.starts),
        missed_ends=ends,
        unfinished=len(found.unfinished),
        unshut=len(found.unshut),
        idle=len(found.idle_too_long),
        visited=visited.count,
        keys=len(found.undelivered) + len(visited.referrals),
        orphaned=stored.orphaned,
        recordings=len(visited.recordings),
        verified_from=visited.verified_from,
        calls=pace.calls,
    )


def _skipped(sweep: Sweep, reason: str) -> SweepSkipped:
    return SweepSkipped(**_fields(sweep, reason))


def _fields(sweep: Sweep, reason: str) -> dict[str, Any]:
    return {
        "cause": f"sweep of {sweep.scheduled_at.isoformat()}",
        "reason": reason,
        "mode": environment.policy.mode,
        "at": now(),
        "event_id": sweep.id,
    }
