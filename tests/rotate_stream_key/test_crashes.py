"""A rotation that dies at any call, and two at once in every order, end with one delivered key."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ivs_emulator.stream_keys import StreamKey
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.samples import CHANNEL, sample
from tests.worlds import START, OpenWorld

FUNCTION = "rotate_stream_key"
CAUSES = {
    "stream end": sample("stream-state-change.stream-end"),
    "command": sample("command.rotate-stream-key", issued_at=START.isoformat()),
}
CALLS = {"stream end": 19, "command": 19}


def delivered_key(world: World) -> dict[str, str]:
    """What the secret holds."""
    secrets = world.client("secretsmanager")
    text = secrets.get_secret_value(SecretId="ivskit/dev/channel/AbCdef1G2hij")["SecretString"]
    stored: dict[str, str] = json.loads(text)
    return stored


def versions_of_the_secret(world: World) -> int:
    """How often something else was stored."""
    listed = world.client("secretsmanager").list_secret_version_ids(
        SecretId="ivskit/dev/channel/AbCdef1G2hij", IncludeDeprecated=True
    )
    return len(listed["Versions"])


def ids_of(world: World, outcome: str) -> set[str]:
    """The ids under which an outcome was published."""
    return {
        put.event["detail"]["id"] for put in world.published if put.event["detail-type"] == outcome
    }


def everything_recorded(world: World) -> str:
    """Logs, events, calls, dead letters, tables and reactions, as one text."""
    tables = world.client("dynamodb")
    items = [tables.scan(TableName=name)["Items"] for name in tables.list_tables()["TableNames"]]
    reactions = [delivery.reactions for delivery in world.deliveries]
    return f"{world.logs}{world.published}{world.calls}{world.dead_letters()}{items}{reactions}"


def tagged_key(world: World) -> StreamKey:
    """The channel's key, with a tag that the next one is to carry too."""
    [key] = world.ivs.keys_of(CHANNEL)
    tagged = replace(key, tags={"team": "sports"})
    world.ivs.stream_keys[key.arn] = tagged
    return tagged


def assert_all_is_well(world: World, old: StreamKey) -> None:
    """One key, a new one, delivered, and its value was recorded nowhere."""
    [key] = world.ivs.keys_of(CHANNEL)
    delivered = delivered_key(world)
    assert (key.arn, key.value) == (delivered["streamKeyArn"], delivered["streamKey"])
    assert key.arn != old.arn
    assert key.tags == old.tags
    assert broken_invariants(world) == []
    assert world.dead_letters() == []
    everything = everything_recorded(world)
    assert key.value not in everything
    assert old.value not in everything


@pytest.mark.parametrize(("cause", "call", "when"), kill_points(CALLS))
def test_a_rotation_that_dies_at_any_call_ends_with_one_delivered_key(
    open_world: OpenWorld, cause: str, call: int, when: When
) -> None:
    with open_world() as world:
        old = tagged_key(world)
        kill = world.gate.kill(function=FUNCTION, call=call, when=when)

        world.deliver(CAUSES[cause])
        world.settle()

        assert kill.struck
        assert_all_is_well(world, old)
        assert versions_of_the_secret(world) == 1
        assert len(ids_of(world, "Stream Key Rotated")) == 1
        assert world.ivs.keys_made[CHANNEL].count <= 3


@pytest.mark.parametrize("cause", CAUSES)
def test_calls_is_how_many_a_rotation_makes(open_world: OpenWorld, cause: str) -> None:
    with open_world() as world:
        world.deliver(CAUSES[cause])
        world.settle()

        assert longest_invocation(world.calls, FUNCTION) == CALLS[cause]


def test_two_causes_at_once_end_with_one_delivered_key_in_every_order(
    open_world: OpenWorld,
) -> None:
    other = sample("command.rotate-stream-key", issued_at=START.isoformat(), command_id="other")
    for choose in interleavings():
        with open_world(choose=choose) as world:
            world.gate.switches_before = _matters_to_others
            old = tagged_key(world)

            world.deliver(CAUSES["command"])
            world.deliver(other | {"id": "other"})
            world.run_for(timedelta(seconds=20))

            assert_all_is_well(world, old)
            assert len(ids_of(world, "Stream Key Rotated")) == 2
            assert world.ivs.keys_made[CHANNEL].count == 3


def _matters_to_others(service: str, operation: str) -> bool:
    """Whether the moment of a call matters to anybody else: giving back a record does not."""
    return (service, operation) != ("sqs", "ChangeMessageVisibility")
