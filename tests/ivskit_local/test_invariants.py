"""Each invariant, broken once."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import ivs_emulator
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.invariants import broken_invariants
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample

ROOT = Path(__file__).parents[2]
QUEUE = "ivskit-dev-rotate-stream-key"
COMMAND = sample("command.rotate-stream-key")
BLOCKED = json.dumps({"command_id": "c", "issued_at": "2026-11-20T17:00:00Z"})


@pytest.fixture
def world() -> Iterator[World]:
    """A channel whose key was rotated and delivered."""
    with World(synthesize(ROOT), project_root=ROOT) as world:
        ivs_emulator.bring_to(ivs_emulator.backend, COMMAND, tags=MANAGED)
        world.deliver(COMMAND)
        world.settle()
        yield world


def memorize(world: World, **attributes: str) -> None:
    """Have the channel's item say this too."""
    dynamodb = world.client("dynamodb")
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "Memory" in name]
    for name, text in attributes.items():
        dynamodb.update_item(
            TableName=table,
            Key={"channel_arn": {"S": CHANNEL}},
            UpdateExpression="SET #name = :text",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":text": {"S": text}},
        )


def make_a_second_key(world: World) -> None:
    """What IVS itself never lets happen."""
    add_stream_key(world.ivs, CHANNEL, {})


def delete_the_key(world: World) -> None:
    """Behind ivskit's back."""
    [key] = world.ivs.keys_of(CHANNEL)
    world.client("ivs").delete_stream_key(arn=key.arn)


def replace_the_key(world: World) -> None:
    """Behind ivskit's back."""
    delete_the_key(world)
    world.client("ivs").create_stream_key(channelArn=CHANNEL)


def delete_the_secret(world: World) -> None:
    """Behind ivskit's back."""
    world.client("secretsmanager").delete_secret(
        SecretId="ivskit/dev/channel/AbCdef1G2hij", ForceDeleteWithoutRecovery=True
    )


def store_another_key(world: World) -> None:
    """Where it is secret, and wrong."""
    text = json.dumps({"channelArn": CHANNEL, "streamKey": "sk_us-west-2_another"})
    world.client("ssm").put_parameter(
        Name="/ivskit/dev/channel/AbCdef1G2hij", Type="SecureString", Value=text
    )


def leave_an_intent(world: World) -> None:
    """As a crash would."""
    memorize(world, intent=json.dumps({"cause": "c"}))


def leave_a_stop(world: World) -> None:
    """As a crash would."""
    memorize(world, stopping=json.dumps({"cause": "c"}))


def block_with_a_key(world: World) -> None:
    """What no block leaves."""
    memorize(world, blocked=BLOCKED)


def block_with_a_stream(world: World) -> None:
    """What no block leaves for long."""
    [key] = world.ivs.keys_of(CHANNEL)
    world.ivs.connect(key.value)
    world.run_for(timedelta(seconds=10))
    delete_the_key(world)
    memorize(world, blocked=BLOCKED)


def expose_the_key(world: World) -> None:
    """Where everybody may read it."""
    [key] = world.ivs.keys_of(CHANNEL)
    memorize(world, note=key.value)


def lose_an_event(world: World) -> None:
    """EventBridge may send to neither the queue nor its dead letters."""
    sqs = world.client("sqs")
    for name in (QUEUE, f"{QUEUE}-dead-letters"):
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    world.deliver(COMMAND)


def test_a_rotated_channel_breaks_none(world: World) -> None:
    assert broken_invariants(world) == []


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (make_a_second_key, {"one key per channel"}),
        (
            delete_the_key,
            {"every channel has a key unless it is blocked", "the store holds the channel's key"},
        ),
        (replace_the_key, {"the store holds the channel's key"}),
        (delete_the_secret, {"the store holds the channel's key"}),
        (store_another_key, {"the store holds the channel's key"}),
        (leave_an_intent, {"no unfinished rotation"}),
        (leave_a_stop, {"no unfinished stop"}),
        (block_with_a_key, {"a blocked channel has no key"}),
        (block_with_a_stream, {"a blocked channel is not live"}),
        (expose_the_key, {"no stream key in logs, events, dead letters or memory"}),
        (lose_an_event, {"every event reaches its queue or its dead letters"}),
    ],
)
def test_what_is_broken_is_named(
    world: World, break_it: Callable[[World], None], expected: set[str]
) -> None:
    break_it(world)

    assert {broken.name for broken in broken_invariants(world)} == expected


def test_a_blocked_channel_needs_no_key(world: World) -> None:
    delete_the_key(world)
    memorize(world, blocked=BLOCKED)

    assert broken_invariants(world) == []
