"""Events, commands and messages that rotate a key, and a look at the outcomes."""

import json
from datetime import timedelta
from typing import Any

from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.worlds import START

END = sample("stream-state-change.stream-end")
SECRET = "ivskit/dev/channel/AbCdef1G2hij"


def command(**detail: Any) -> dict[str, Any]:
    """A command issued now."""
    return sample("command.rotate-stream-key", **{"issued_at": START.isoformat(), **detail})


def answers(world: World) -> list[tuple[str | None, str | None]]:
    """Outcome and reason of every reaction of rotate_stream_key, in order."""
    return [
        (reaction.outcome, reaction.reason)
        for delivery in world.deliveries
        for reaction in delivery.reactions
        if reaction.function == "rotate_stream_key"
    ]


def published(world: World, outcome: str) -> list[Any]:
    """The events of one outcome."""
    events = [put.event for put in world.published]
    return [event for event in events if event["detail-type"] == outcome]


def outcomes(world: World) -> list[str | None]:
    """The outcome of every reaction, in order."""
    return [outcome for outcome, _ in answers(world)]


def after(world: World, *events: dict[str, Any]) -> list[str | None]:
    """The outcomes of these events, one after the other."""
    for event in events:
        world.deliver(event)
        world.settle()
    return outcomes(world)


ROTATED = ["Will Look Again", "Stream Key Rotated", "Rotation Skipped"]


def remember(world: World, **attributes: Any) -> None:
    """Have the channel's item say this."""
    dynamodb = world.client("dynamodb")
    table = next(name for name in dynamodb.list_tables()["TableNames"] if "Memory" in name)
    item = {name: {"S": json.dumps(value)} for name, value in attributes.items()}
    dynamodb.put_item(TableName=table, Item={"channel_arn": {"S": CHANNEL}, **item})


HALF_DONE = {
    "cause": "st-before",
    "reason": "the stream ended",
    "event_id": "e-0",
    "at": (START - timedelta(hours=1)).isoformat(),
}


def send(world: World, body: str) -> None:
    """Put a message straight into the function's queue."""
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName="ivskit-dev-rotate-stream-key")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
