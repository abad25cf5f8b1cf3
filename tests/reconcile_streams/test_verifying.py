"""How often a sweep reads what seldom changes: VERIFY_EVERY, and sooner where memory says so."""

from datetime import datetime, timedelta

import pytest

from ivskit.automation.records import Key, Remembered
from ivskit.policy import Policy
from ivskit_local.runtime.world import World
from reconcile_streams.decide import VERIFY_EVERY, is_due_again, is_due_by_memory
from tests.reconcile_streams.sweeps import SWEEP, VERIFICATION, calls, sweeps
from tests.samples import CHANNEL
from tests.stop_stream.shows import delivered_key, go_live
from tests.worlds import START, OpenWorld

HOUR = timedelta(hours=1)
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/g1H2I3j4k5L6"


@pytest.mark.parametrize(
    ("last", "is_due"),
    [
        (None, True),
        (START, True),
        (START + timedelta(seconds=1), False),
        # Sweeps that were scheduled earlier may come later.
        (START + 2 * VERIFY_EVERY, False),
    ],
)
def test_a_sweep_verifies_when_that_was_half_an_hour_ago(
    last: datetime | None, is_due: bool
) -> None:
    assert is_due_again(last, at=START + VERIFY_EVERY) is is_due


@pytest.mark.parametrize(
    ("age", "rotate", "is_live", "is_due"),
    [
        (None, "after-stream", True, True),
        (HOUR, "1h", False, True),
        (HOUR, "1h", True, False),
        (HOUR, "2h", False, False),
        (HOUR, "after-stream", False, False),
    ],
)
def test_every_sweep_reads_a_key_that_is_unknown_or_too_old(
    age: timedelta | None, rotate: str, is_live: bool, is_due: bool
) -> None:
    key = Key(arn=KEY, made_at=START) if age is not None else None
    policy = Policy.model_validate({"managed": True, "grace": SWEEP, "rotate": rotate})
    now = START + (age or timedelta())
    due = is_due_by_memory(policy, Remembered(key=key), is_live=is_live, now=now)
    assert due is is_due


def operations(world: World, service: str, sweep: int) -> list[str]:
    """What one of the sweeps asked of a service."""
    invocations = list(dict.fromkeys(call.invocation for call in calls(world)))
    made = calls(world, service)
    return [call.operation for call in made if call.invocation == invocations[sweep]]


def test_between_two_verifications_a_sweep_reads_no_channel(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(VERIFICATION)

        assert [sweep["visited"] for sweep in sweeps(world)] == [1, 0, 0, 0, 0, 0, 1]
        first, again = START + SWEEP, START + VERIFICATION
        began = [datetime.fromisoformat(sweep["verified_from"]) for sweep in sweeps(world)]
        assert began == [*[first] * 6, again]
        assert "GetStreamSession" in operations(world, "ivs", 0)
        assert operations(world, "ivs", 1) == ["ListStreams", "ListChannels"]
        assert operations(world, "dynamodb", 1) == ["UpdateItem", "Query", "UpdateItem"]
        assert operations(world, "secretsmanager", 1) == []
        assert operations(world, "secretsmanager", 6) == ["ListSecrets", "DescribeSecret"]


def test_the_key_of_a_new_channel_reaches_the_store_with_the_next_sweep(
    open_world: OpenWorld,
) -> None:
    with open_world(keys={"adopt": "deliver"}, tags={}) as world:
        world.run_for(SWEEP)
        [key] = world.ivs.keys_of(CHANNEL)
        world.client("ivs").tag_resource(resourceArn=CHANNEL, tags={"ivskit:managed": "true"})
        world.run_for(SWEEP)

        assert delivered_key(world) == key.value


def test_a_block_whose_memory_is_lost_is_enforced_between_verifications(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.run_for(SWEEP)
        world.client("ivs").tag_resource(resourceArn=CHANNEL, tags={"ivskit:blocked": "true"})
        world.run_for(2 * SWEEP)

        assert world.ivs.keys_of(CHANNEL) == []


def test_a_store_that_could_not_be_listed_is_listed_by_the_next_sweep(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.fault("secretsmanager", "ListSecrets", "InternalServiceError", times=3)
        world.run_for(2 * SWEEP)

        assert operations(world, "secretsmanager", 1) == ["ListSecrets"]
