"""What outages, repairs, pauses and the clock do to the pairs."""

import json
from datetime import timedelta

import pytest

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.pauses import pause, resume
from tests.pruned import pruned
from tests.rotate_playback_key.pairs import (
    FUNCTION,
    SECRET,
    imported,
    outcomes,
    rotated,
    stored,
)
from tests.rotate_playback_key.test_rotation import app_pairs
from tests.samples import sample
from tests.worlds import ROOT, OpenWorld, opener

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TICK = {
    "id": "tick",
    "source": "ivskit.schedule",
    "detail-type": "Sweep",
    "detail": {},
}


def test_an_emergency_cuts_though_the_store_is_down(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        [first] = imported(world)
        world.run_for(10 * MINUTE)
        for operation in ("DescribeSecret", "PutSecretValue", "GetSecretValue"):
            world.gate.fault("secretsmanager", operation, "InternalServiceError", times=12)
        rotated(world, "now", emergency=True)
        assert imported(world) == []

        world.run_for(5 * HOUR)
        assert imported(world) == [stored(world)["playbackKeyArn"]] != [first]
        assert world.dead_letters() == []
        causes = [each["cause"] for each in outcomes(world, "Playback Key Rotated")]
        assert causes == ["first", "now"]


def test_a_planned_rotation_is_refused_where_the_store_refuses(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        before = imported(world)
        world.client("secretsmanager").delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)
        rotated(world, "second")

        assert imported(world) == before
        [refused] = outcomes(world, "Command Refused")
        assert "is scheduled for deletion" in refused["reason"]


def test_another_version_of_the_secret_is_no_longer_current_a_minute_later(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        rotated(world)
        mine = stored(world)
        world.client("secretsmanager").put_secret_value(
            SecretId=SECRET, SecretString=json.dumps(mine | {"privateKey": "another"})
        )
        world.run_for(2 * MINUTE)

        assert stored(world) == mine
        skipped = [each["reason"] for each in outcomes(world, "Playback Rotation Skipped")]
        assert "the store got the current pair again" in skipped


def test_a_pair_that_somebody_deletes_is_replaced(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world)
        [lost] = imported(world)
        world.client("ivs").delete_playback_key_pair(arn=lost)
        world.run_for(2 * MINUTE)

        assert imported(world) == [stored(world)["playbackKeyArn"]] != [lost]


def test_a_pair_of_the_settings_is_deleted_when_its_tokens_are_over(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [theirs] = app_pairs(world, 1)
    settings = {"playback": {"replaces": [theirs]}}
    app = pruned(synthesize(ROOT, overrides=settings), FUNCTION)
    with opener(app, sample("stream-state-change.stream-end"))() as world:
        # The ids that the emulator makes up are the same in every world.
        assert app_pairs(world, 1) == [theirs]
        rotated(world)
        assert theirs in imported(world)
        world.run_for(HOUR)

        assert imported(world) == [stored(world)["playbackKeyArn"]]


def test_a_pause_delays_that_the_former_pair_is_deleted(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        rotated(world, "second")
        pause(world)
        world.run_for(HOUR)
        assert len(imported(world)) == 2

        resume(world)
        world.run_for(HOUR)
        assert imported(world) == [stored(world)["playbackKeyArn"]]


def test_the_memory_may_be_lost(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        lose_memory(world)
        rotated(world, "second")
        world.run_for(HOUR)

        assert imported(world) == [stored(world)["playbackKeyArn"]]


def lose_memory(world: World) -> None:
    """The item of the pairs is gone."""
    tables = world.client("dynamodb")
    for table in tables.list_tables()["TableNames"]:
        for item in tables.scan(TableName=table)["Items"]:
            if item.get("channel_arn") == {"S": "#playback"}:
                tables.delete_item(TableName=table, Key={"channel_arn": item["channel_arn"]})


@pytest.mark.parametrize(("age", "pairs"), [("off", 0), ("1d", 1)])
def test_the_clock_makes_the_first_pair_and_replaces_it_by_its_age(
    open_world: OpenWorld, age: str, pairs: int
) -> None:
    with open_world(playback={"rotate": age}) as world:
        tick(world, 0)
        assert len(imported(world)) == pairs
        before = imported(world)
        world.run_for(HOUR)
        tick(world, 1)
        assert imported(world) == before

        world.run_for(timedelta(days=1))
        tick(world, 2)
        world.run_for(HOUR)
        assert len(imported(world)) == pairs
        assert (imported(world) == before) is (age == "off")


def tick(world: World, number: int) -> None:
    """The function's own schedule sends a message."""
    at = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    [url] = [
        url
        for url in world.client("sqs").list_queues()["QueueUrls"]
        if url.endswith("ivskit-dev-rotate-playback-key")
    ]
    body = json.dumps(TICK | {"id": f"tick-{number}", "time": at})
    world.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    world.run_for(timedelta(seconds=5))
