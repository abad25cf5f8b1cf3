"""A rotation delivers to the store of the settings, and its role may use that and no other."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.rotate_stream_key.orphans import outlive_the_channel
from tests.samples import CHANNEL, sample
from tests.worlds import NOT_CALLED, ROOT, START, OpenWorld, granted, opener

PARAMETER = "/ivskit/dev/channel/AbCdef1G2hij"
COMMAND = sample("command.rotate-stream-key", issued_at=START.isoformat())
END = sample("stream-state-change.stream-end")
CALLS = {"ssm": 19, "none": 16}
Synthesized = Callable[[str], Templates]


@pytest.fixture(scope="session")
def with_store() -> Synthesized:
    """The app with another store, synthesized once for each."""
    made = {store: synthesize(ROOT, overrides={"keys": {"store": store}}) for store in CALLS}
    return made.__getitem__


def opened(templates: Templates) -> OpenWorld:
    """Opens worlds with one managed channel whose stream has just ended."""
    return opener(templates, END)


def stored(world: World) -> dict[str, Any]:
    """What the parameter holds."""
    found = world.client("ssm").get_parameter(Name=PARAMETER, WithDecryption=True)
    held: dict[str, Any] = json.loads(found["Parameter"]["Value"])
    return held


def rotated(world: World) -> list[dict[str, Any]]:
    """The details of every Stream Key Rotated."""
    events = [put.event for put in world.published]
    return [one["detail"] for one in events if one["detail-type"] == "Stream Key Rotated"]


def assert_delivered(world: World, store: str) -> None:
    """The store holds the key that the channel has, and nothing else has its value."""
    [key] = world.ivs.keys_of(CHANNEL)
    if store == "ssm":
        assert (stored(world)["streamKeyArn"], stored(world)["streamKey"]) == (key.arn, key.value)
    assert world.client("secretsmanager").list_secrets()["SecretList"] == []
    assert broken_invariants(world) == []
    assert world.dead_letters() == []
    assert key.value not in f"{world.logs}{world.published}{world.calls}"


@pytest.mark.parametrize("store", CALLS)
def test_a_new_key_is_in_the_store_and_nowhere_else(with_store: Synthesized, store: str) -> None:
    with opened(with_store(store))() as world:
        world.deliver(END)
        world.settle()

        assert_delivered(world, store)
        [outcome] = rotated(world)
        # The first version says whose parameter it is, before any key is deleted.
        assert outcome.get("version") == {"ssm": "2", "none": None}[store]
        assert longest_invocation(world.calls, "rotate_stream_key") == CALLS[store]


def test_a_parameter_is_encrypted_and_named_and_tagged_after_its_channel(
    with_store: Synthesized,
) -> None:
    with opened(with_store("ssm"))() as world:
        world.deliver(COMMAND)
        world.settle()

        ssm = world.client("ssm")
        assert ssm.get_parameter(Name=PARAMETER)["Parameter"]["Type"] == "SecureString"
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=PARAMETER)
        assert tags["TagList"] == [{"Key": "ivskit:channel", "Value": "AbCdef1G2hij"}]
        assert set(stored(world)) == {
            "channelArn",
            "streamKeyArn",
            "streamKey",
            "ingestEndpoint",
        }


@pytest.mark.parametrize(("store", "call", "when"), kill_points(CALLS))
def test_a_rotation_that_dies_at_any_call_ends_with_one_delivered_key(
    with_store: Synthesized, store: str, call: int, when: When
) -> None:
    with opened(with_store(store))() as world:
        [old] = world.ivs.keys_of(CHANNEL)
        kill = world.gate.kill(function="rotate_stream_key", call=call, when=when)

        world.deliver(COMMAND)
        world.settle()

        assert kill.struck
        assert world.ivs.keys_of(CHANNEL) != [old]
        assert len({outcome["id"] for outcome in rotated(world)}) == 1
        assert_delivered(world, store)


def test_a_parameter_that_anybody_may_read_stops_a_rotation_before_the_key_is_deleted(
    with_store: Synthesized,
) -> None:
    with opened(with_store("ssm"))() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.client("ssm").put_parameter(Name=PARAMETER, Type="String", Value="mine")

        world.deliver(COMMAND)
        world.settle()

        [refused] = (
            put.event["detail"]
            for put in world.published
            if put.event["detail-type"] == "Command Refused"
        )
        reason = f"the parameter {PARAMETER} is a String and not a SecureString"
        assert refused["reason"].endswith(reason)
        assert world.ivs.keys_of(CHANNEL) == [key]


@pytest.mark.parametrize("store", CALLS)
def test_a_delivered_key_that_somebody_replaced_is_delivered_and_stays(
    with_store: Synthesized, store: str
) -> None:
    with opened(with_store(store))() as world:
        world.deliver(COMMAND)
        world.run_for(timedelta(seconds=5))
        ivs = world.client("ivs")
        ivs.delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)
        theirs = ivs.create_stream_key(channelArn=CHANNEL)["streamKey"]

        world.settle()

        assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [theirs["arn"]]
        assert_delivered(world, store)


@pytest.mark.parametrize("store", CALLS)
def test_the_role_may_use_this_store_and_no_other(with_store: Synthesized, store: str) -> None:
    called: set[str] = set()
    for grace in ("1m", "2h"):
        keys = {"delete_orphaned_after": "1d"}
        with opened(with_store(store))(policy={"grace": grace}, keys=keys) as world:
            world.gate.fault("ivs", "GetChannel", "InternalServerException")
            world.deliver(END)
            world.settle()
            if grace == "1m":
                outlive_the_channel(world)
            # Two hours are long enough for sweeps.
            ours = [call for call in world.calls if call.function == "rotate_stream_key"]
            called |= {f"{call.service}:{call.operation}" for call in ours}

    assert granted(with_store(store), "RotateStreamKey") - NOT_CALLED == called
