"""What senders and viewers have in common in these tests."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ivskit.commands import PushMetadata
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample

OTHER = "arn:aws:ivs:us-west-2:123456789012:channel/Zz9yX8w7V6u5"
SECONDS = timedelta(seconds=1)


def url(world: World) -> str:
    """Where applications send metadata."""
    found = world.client("ssm").get_parameter(Name="/ivskit/dev/metadata-queue")
    return str(found["Parameter"]["Value"])


def push(world: World, metadata: object, *channel_arns: str, **more: Any) -> PushMetadata:
    """A command issued now, for the one channel unless others are named."""
    identity = {"command_id": f"push {metadata}"[:99], "issued_at": world.now}
    arns = channel_arns or (CHANNEL,)
    return PushMetadata.issue(**identity | {"channel_arns": arns, "metadata": metadata} | more)


def command(world: World, **detail: Any) -> dict[str, Any]:
    """The sample command, for both channels, issued now and of use for its whole age."""
    event = sample("command.push-metadata", **{"issued_at": world.now.isoformat()} | detail)
    if "expires_at" not in detail:
        del event["detail"]["expires_at"]
    return event


def start_of(world: World, **envelope: Any) -> dict[str, Any]:
    """The Stream Start of the session that is live on the channel."""
    session = world.ivs.live_session(CHANNEL)
    assert session is not None
    assert session.start_time is not None
    event = sample("stream-state-change.stream-start", stream_id=session.stream_id)
    return event | {"time": min(session.start_time, world.now).isoformat()} | envelope


def send(world: World, *commands: PushMetadata) -> None:
    """Put commands straight into the metadata queue, in one call."""
    entries = [message for command in commands for message in command.messages()]
    numbered = [entry | {"Id": str(number)} for number, entry in enumerate(entries)]
    world.client("sqs").send_message_batch(QueueUrl=url(world), Entries=numbered)


def send_body(world: World, body: str, *, group: str = CHANNEL) -> None:
    """Put anything into the metadata queue."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    world.client("sqs").send_message(
        QueueUrl=url(world), MessageBody=body, MessageGroupId=group, MessageDeduplicationId=digest
    )


def seen(world: World, channel_arn: str = CHANNEL) -> list[str]:
    """What the channel's viewers got, in order."""
    return [each.text for each in world.ivs.metadata if each.channel_arn == channel_arn]


def outcomes_and_reasons(world: World, *, about: str | None = None) -> list[tuple[str, str]]:
    """Outcome and reason of everything that was published, or of what is about this cause."""
    return [
        (put.event["detail-type"], put.event["detail"]["reason"])
        for put in world.published
        if about in (None, put.event["detail"]["cause"])
    ]


def details(world: World, outcome: str) -> list[Mapping[str, Any]]:
    """What was published under this name."""
    return [put.event["detail"] for put in world.published if put.event["detail-type"] == outcome]
