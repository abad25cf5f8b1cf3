"""What is due in a world: when functions look again, retries, schedules, and what IVS will do."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Any

from moto.scheduler.models import scheduler_backends
from moto.sqs.models import Message, sqs_backends

from ivs_emulator.stream_sessions import Phase
from ivskit import names
from ivskit_local.dev.fact import channels_of
from ivskit_local.report import event_name
from ivskit_local.runtime.batches import event_of
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.world import World

# Of each queue, and of all together: a mass revocation has thousands.
MOST_OF_A_QUEUE, MOST = 50, 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_A_SESSION = {Phase.CREATED: "the stream starts", Phase.ENDING: "the stream ends"}


def due(world: World) -> list[dict[str, Any]]:
    """The next things that will happen by themselves, soonest first."""
    found = [*_in_queues(world), *_scheduled(world), *_of_ivs(world)]
    return nsmallest(MOST, found, key=lambda one: one["at"])


def _due(at: datetime, what: str, channel: str | None, function: str | None) -> dict[str, Any]:
    return {"at": at.isoformat(), "what": what, "channel": channel, "function": function}


def _of_message(at: datetime, event: Event, function: str | None) -> dict[str, Any]:
    channels = channels_of(event)
    return _due(at, _what(event), channels[0] if len(channels) == 1 else None, function)


def _what(event: Event) -> str:
    if event.get("source") == names.LOOK_AGAIN_SOURCE:
        return f"looks again: {event['detail'].get('purpose')}"
    is_event = isinstance(event.get("detail"), Mapping) and "detail-type" in event
    return f"tries again: {event_name(event)}" if is_event else "tries again"


def _in_queues(world: World) -> Iterator[dict[str, Any]]:
    """Messages that wait: delayed, or given back after a failure."""
    queues = sqs_backends[world.ivs.account_id][world.ivs.region_name].queues
    now = (world.now - _EPOCH) / timedelta(milliseconds=1)
    for name, function in _functions(world).items():
        waiting = [one for one in queues[name]._messages if _visible(one) > now]
        for message in nsmallest(MOST_OF_A_QUEUE, waiting, key=_visible):
            at = _EPOCH + timedelta(milliseconds=_visible(message))
            yield _of_message(at, event_of(message.body), function)


def _visible(message: Message) -> float:
    return max(float(message.visible_at), float(message.delayed_until))


def _functions(world: World) -> dict[str, str]:
    """The function of each queue."""
    return {source.queue: source.function.name for source in world._queues.sources}


def _scheduled(world: World) -> Iterator[dict[str, Any]]:
    functions = _functions(world)
    groups = scheduler_backends[world.ivs.account_id][world.ivs.region_name].schedule_groups
    for key, planned in world._schedules._planned.items():
        _, group, name = key.split("/", 2)
        schedule = groups[group].schedules.get(name)
        if schedule is None or planned.cancelled or planned.at <= world.now:
            continue  # it has fired
        target = schedule.target
        function = functions.get(target["Arn"].rpartition(":")[2])
        event = json.loads(target["Input"])
        if planned.recurring:
            yield _due(planned.at, str(event.get("detail-type", name)), None, function)
        else:
            yield _of_message(planned.at, event, function)


def _of_ivs(world: World) -> Iterator[dict[str, Any]]:
    for one in world.ivs.agenda.pending():
        what = _matter(world, one.about)
        if what is not None:
            yield _due(one.at, what, one.about[0], None)


def _matter(world: World, about: tuple[str, ...]) -> str | None:
    """In words; None for what nobody needs to see coming."""
    match about:
        case (_, "reconnect"):
            return "the encoder comes back"
        case (_, _, "silence"):
            return "IVS disconnects the silent encoder"
        case (channel, stream_id):
            session = world.ivs.sessions.get(channel, {}).get(stream_id)
            return _OF_A_SESSION.get(session.phase) if session else None
    return None
