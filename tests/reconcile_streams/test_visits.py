"""The slow visit of all channels: keys, stores, and sessions none of whose events arrived."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ivs_emulator import channels as emulated
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.reconcile_streams.sweeps import (
    MINUTES,
    SWEEP,
    VERIFICATION,
    calls,
    lost,
    reconciled,
    sweeps,
)
from tests.samples import CHANNEL
from tests.stop_stream.shows import assert_at_rest, command, delivered_key, go_live
from tests.worlds import START, OpenWorld

SECRET = "ivskit/dev/channel/AbCdef1G2hij"
DAYS = timedelta(days=1)


def rotate(world: World) -> None:
    """The channel gets a key of ours."""
    world.deliver(command(world, "rotate-stream-key"))
    world.run_for(2 * MINUTES)


def settled_key(world: World) -> str:
    """The ARN of the key after a verification, which finds the session that was there at first."""
    world.run_for(VERIFICATION + SWEEP)
    [key] = world.ivs.keys_of(CHANNEL)
    assert key.value == delivered_key(world)
    return key.arn


def outcomes(world: World) -> list[tuple[str, str]]:
    """The outcomes about keys that a sweep had looked at, with their reasons."""
    names = ("Stream Key Rotated", "Stream Key Delivered", "Rotation Skipped")
    looked_at = [
        each for name in names for each in outcomes_of(world, name) if "key" in each["cause"]
    ]
    return [(each["cause"].partition(" at ")[0], each["reason"]) for each in looked_at]


def test_a_key_that_got_lost_is_replaced(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotate(world)
        arn = settled_key(world)
        world.client("ivs").delete_stream_key(arn=arn)
        world.run_for(VERIFICATION)

        [key] = world.ivs.keys_of(CHANNEL)
        assert key.value == delivered_key(world)
        assert sum(sweep["keys"] for sweep in sweeps(world)) == 1
        assert_at_rest(world)


def test_a_key_that_somebody_else_made_is_delivered(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotate(world)
        arn = settled_key(world)
        ivs = world.client("ivs")
        ivs.delete_stream_key(arn=arn)
        made = ivs.create_stream_key(channelArn=CHANNEL)["streamKey"]
        world.run_for(VERIFICATION)

        assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [made["arn"]]
        assert delivered_key(world) == made["value"]
        assert sum(sweep["keys"] for sweep in sweeps(world)) == 1
        assert_at_rest(world)


def test_a_secret_that_somebody_overwrote_holds_the_key_again(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotate(world)
        settled_key(world)
        world.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString="{}")
        world.run_for(VERIFICATION)

        [key] = world.ivs.keys_of(CHANNEL)
        assert key.value == delivered_key(world)
        assert sum(sweep["keys"] for sweep in sweeps(world)) == 1
        assert_at_rest(world)


def test_a_key_grows_old_between_streams_too(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "1d"}) as world:
        [first] = world.ivs.keys_of(CHANNEL)
        # Met by the first sweep, its age counts from then.
        world.run_for(1 * DAYS)
        assert world.ivs.keys_of(CHANNEL) == [first]

        world.run_for(3 * SWEEP)

        [second] = world.ivs.keys_of(CHANNEL)
        assert second.arn != first.arn
        assert second.value == delivered_key(world)
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert_at_rest(world)


def test_the_key_of_a_stream_that_is_live_may_be_old(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "1h"}) as world:
        world.run_for(SWEEP)
        [first] = world.ivs.keys_of(CHANNEL)
        go_live(world)
        world.run_for(2 * 60 * MINUTES)

        assert world.ivs.keys_of(CHANNEL) == [first]


def test_in_order_nothing_is_asked_of_others(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotate(world)
        world.run_for(12 * SWEEP - 2 * MINUTES)

        assert {sweep["keys"] for sweep in sweeps(world)[2:]} == {0}
        assert [sweep["visited"] for sweep in sweeps(world)] == [1, 0, 0, 0, 0, 0] * 2


def test_a_key_that_is_only_observed_stays_as_it_is(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe", "rotate": "1h"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.run_for(3 * 60 * MINUTES)

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_short_session_that_no_function_saw_gets_its_end_re_emitted(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(4 * SWEEP)
        with lost(world, "Stream Start", "Stream End"):
            session = go_live(world)
            world.ivs.disconnect(CHANNEL)
        world.run_for(5 * SWEEP)

        assert [each["detail"]["event_name"] for each in reconciled(world)] == ["Stream End"]
        assert [each["cause"] for each in outcomes_of(world, "Stream Key Rotated")][-1] == session
        assert_at_rest(world)


def test_the_very_first_session_gets_its_end_re_emitted_too(open_world: OpenWorld) -> None:
    with open_world() as world:
        with lost(world, "Stream Start", "Stream End"):
            session = go_live(world)
            world.ivs.disconnect(CHANNEL)
        world.run_for(5 * SWEEP)

        assert [each["detail"]["stream_id"] for each in reconciled(world)] == [session]
        assert [each["cause"] for each in outcomes_of(world, "Stream Key Rotated")] == [session]
        assert_at_rest(world)


def test_sessions_from_before_a_channel_was_managed_are_none_of_its_business(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={}) as world:
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(SWEEP)
        world.client("ivs").tag_resource(resourceArn=CHANNEL, tags=dict(MANAGED))
        world.run_for(3 * SWEEP)

        assert reconciled(world) == []


@pytest.mark.parametrize("tags", [MANAGED, {}])
def test_a_block_whose_memory_is_lost_is_enforced_by_its_tag(
    open_world: OpenWorld, tags: Mapping[str, str]
) -> None:
    with open_world(tags={**tags, "ivskit:blocked": "true"}) as world:
        world.run_for(2 * SWEEP)

        assert world.ivs.keys_of(CHANNEL) == []
        assert_at_rest(world)


def test_a_store_that_is_down_holds_no_sweep_up(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(4 * SWEEP)
        world.gate.fault("secretsmanager", "DescribeSecret", "InternalServiceError", times=100)
        before = len(sweeps(world))
        world.run_for(3 * SWEEP)

        assert len(sweeps(world)) == before + 3
        assert outcomes_of(world, "Stream Key Not Delivered") == []
        assert_at_rest(world)


def test_a_page_that_ivs_does_not_know_any_more_is_begun_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        _stand_at(world, page="gone", visited=7)
        world.run_for(SWEEP)

        assert [sweep["visited"] for sweep in sweeps(world)] == [1]
        assert world.dead_letters() == []


def _stand_at(world: World, **where: Any) -> None:
    """The visit has come as far as this."""
    client = world.client("dynamodb")
    [table] = [name for name in client.list_tables()["TableNames"] if "Memory" in name]
    last = {"swept_at": START.isoformat(), **where}
    item = {"channel_arn": {"S": "#sweep"}, "round": {"S": json.dumps(last)}}
    client.put_item(TableName=table, Item=item)


@pytest.mark.parametrize(
    ("managed", "visited", "most"),
    [
        (
            4_999,
            [161] * 6,
            {
                "ListChannels": 3,
                "ListStreamKeys": 161,
                "GetStreamSession": 161,
                "BatchGetChannel": 4,
            },
        ),
        # Those that are not managed are passed by, 100 in half a second.
        (
            60,
            [61, 0, 0, 0, 0, 0],
            {
                "ListChannels": 50,
                "ListStreamKeys": 61,
                "GetStreamSession": 61,
                "BatchGetChannel": 4,
            },
        ),
    ],
)
def test_an_account_with_5000_channels_and_100_streams_is_swept_within_its_share(
    open_world: OpenWorld, managed: int, visited: list[int], most: dict[str, int]
) -> None:
    """The counts are those of docs/quotas.md."""
    with open_world(throttling="sliding-window") as world:
        arns = _many_channels(world, count=4_999, managed=managed)
        for arn in arns[-100:]:
            [key] = world.ivs.keys_of(arn)
            world.ivs.connect(key.value)
        world.run_for(6 * SWEEP + 2 * MINUTES)

        outcomes = sweeps(world)
        assert [sweep["live"] for sweep in outcomes] == [100] * 6
        assert [sweep["visited"] for sweep in outcomes] == visited
        for sweep in outcomes:
            assert sweep["calls"]["ListStreams"] == 1
            assert {name: n for name, n in sweep["calls"].items() if n > most.get(name, 1)} == {}
        _assert_well_within_time_and_rates(world)


def _assert_well_within_time_and_rates(world: World) -> None:
    made = calls(world)
    # Of a channel that never streamed IVS knows no session.
    failed = [call for call in made if call.error and call.operation != "GetStreamSession"]
    assert failed == []
    assert not any("Throttling" in (call.error or "") for call in made)
    for first in made:
        second = [
            call.operation
            for call in made
            if call.operation == first.operation
            and timedelta() <= call.at - first.at < timedelta(seconds=1)
        ]
        assert len(second) <= 2
    for sweep in {call.invocation for call in made}:
        lasted = [call.at for call in made if call.invocation == sweep]
        assert max(lasted) - min(lasted) < timedelta(seconds=100)
    assert world.dead_letters() == []


def _many_channels(world: World, *, count: int, managed: int) -> list[str]:
    prefix = CHANNEL.rpartition("/")[0]
    arns = [f"{prefix}/channel{number:06}" for number in range(count)]
    for number, arn in enumerate(arns):
        emulated.add_channel(world.ivs, arn, MANAGED if number < managed else {})
        add_stream_key(world.ivs, arn, {})
    return arns
