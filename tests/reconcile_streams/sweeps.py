"""Events that get lost, sweeps, and a look at what came of both."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ivskit.automation.memory import Memory
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.deliveries import Event
from ivskit_local.runtime.world import World
from reconcile_streams.decide import VERIFY_EVERY

SECONDS = timedelta(seconds=1)
MINUTES = timedelta(minutes=1)
# A sweep comes every five minutes.
SWEEP = 5 * MINUTES
# How long a sweep needs to find what only a verification of all channels finds.
VERIFICATION = VERIFY_EVERY + SWEEP
SWEEPS_QUEUE = "ivskit-dev-reconcile-streams"


def sweep_now(world: World, scheduled_at: datetime, *, copies: int = 1) -> None:
    """The schedule fires, perhaps twice."""
    queue = world.client("sqs").get_queue_url(QueueName=SWEEPS_QUEUE)["QueueUrl"]
    event = {"id": "e", "source": "ivskit.schedule", "detail-type": "Sweep", "detail": {}}
    body = json.dumps({**event, "time": scheduled_at.isoformat()})
    for _ in range(copies):
        world.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    world.run_for(SECONDS)


@contextmanager
def lost(world: World, *event_names: str) -> Iterator[None]:
    """IVS sends nobody the events of these names, as long as this lasts."""
    transit = world.transit
    world.transit = lambda event: (
        () if event["detail"].get("event_name") in event_names else transit(event)
    )
    try:
        yield
    finally:
        world.transit = transit


def forget_messages(world: World) -> None:
    """Whatever waits in a queue gets lost."""
    sqs = world.client("sqs")
    for queue in sqs.list_queues()["QueueUrls"]:
        sqs.purge_queue(QueueUrl=queue)


def memory_of(world: World) -> Memory:
    """The table of all channels, as a function of no name has it."""
    client = world.client("dynamodb")
    [table] = [name for name in client.list_tables()["TableNames"] if "Memory" in name]
    return Memory(client, table=table, owner="somebody", clock=lambda: world.now)


def reconciled(world: World) -> list[Event]:
    """The changes that sweeps put on the bus."""
    events = [put.event for put in world.published]
    return [event for event in events if event["source"] == "ivskit.reconcile"]


def sweeps(world: World, outcome: str = "Streams Reconciled") -> list[dict[str, Any]]:
    """The details of each outcome of this name, which is the sweeps'."""
    events = [put.event for put in world.published]
    return [event["detail"] for event in events if event["detail-type"] == outcome]


def calls(world: World, service: str = "ivs") -> list[Call]:
    """What the sweep asked of a service."""
    return [
        call
        for call in world.calls
        if (call.function, call.service) == ("reconcile_streams", service)
    ]
