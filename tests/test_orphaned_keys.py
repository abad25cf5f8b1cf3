"""Stored keys whose channels are gone: found by the sweep, said once, deleted in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.pauses import pause, resume
from tests.pruned import pruned
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import SECONDS, assert_at_rest, command, reasons
from tests.worlds import ROOT, opener

STORES = ("secretsmanager", "ssm")
HOURS = timedelta(hours=1)
NAME = "ivskit/dev/channel/AbCdef1G2hij"


@contextmanager
def stored(store: str = "secretsmanager", **keys: Any) -> Iterator[World]:
    """A world whose channel has a key in the store, and that sweeps once an hour."""
    settings = {"keys": {"store": store}, "sweep": {"every": "1h"}}
    app = pruned(synthesize(ROOT, overrides=settings), "reconcile_streams", "rotate_stream_key")
    with opener(app, sample("stream-state-change.stream-end"))(keys=keys) as world:
        world.deliver(command(world, "rotate-stream-key"))
        world.run_for(10 * SECONDS)
        yield world


def is_stored(world: World, store: str) -> bool:
    """Whether a reader would still get a key."""
    if store == "ssm":
        names = world.client("ssm").describe_parameters()["Parameters"]
        return any(each["Name"] == f"/{NAME}" for each in names)
    return bool(world.client("secretsmanager").list_secrets()["SecretList"])


@pytest.mark.parametrize("store", STORES)
def test_the_key_of_a_channel_that_is_gone_is_said_once_and_deleted_in_time(store: str) -> None:
    with stored(store, delete_orphaned_after="1d") as world:
        world.run_for(2 * HOURS)
        assert outcomes_of(world, "Stored Key Orphaned") == []

        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(23 * HOURS)

        [orphaned] = outcomes_of(world, "Stored Key Orphaned")
        assert orphaned["delete_at"] is not None
        assert is_stored(world, store)
        world.run_for(4 * HOURS)
        assert not is_stored(world, store)
        assert len(outcomes_of(world, "Stored Key Deleted")) == 1
        assert len(outcomes_of(world, "Stored Key Orphaned")) == 1
        assert_at_rest(world)


def test_a_secret_can_be_restored_for_thirty_days() -> None:
    with stored(delete_orphaned_after="1d") as world:
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(27 * HOURS)

        secret = world.client("secretsmanager").describe_secret(SecretId=NAME)
        assert (secret["DeletedDate"] - world.now).days in (29, 30)


def test_without_a_time_the_key_stays() -> None:
    with stored() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(3 * HOURS)

        assert [each.get("delete_at") for each in outcomes_of(world, "Stored Key Orphaned")] == [
            None
        ]
        assert is_stored(world, "secretsmanager")
        assert outcomes_of(world, "Streams Reconciled")[-1]["orphaned"] == 1
        assert_at_rest(world)


def test_a_channel_that_ivs_denied_for_a_moment_keeps_its_key() -> None:
    with stored(delete_orphaned_after="1d") as world:
        channel = world.ivs.channels.pop(CHANNEL)
        world.run_for(1 * HOURS)
        world.ivs.channels[CHANNEL] = channel

        world.run_for(30 * HOURS)

        assert len(outcomes_of(world, "Stored Key Orphaned")) == 1
        assert is_stored(world, "secretsmanager")
        assert outcomes_of(world, "Stored Key Deleted") == []
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(20 * HOURS)
        assert is_stored(world, "secretsmanager")  # what was seen before does not count


def test_while_paused_the_key_stays_and_is_deleted_afterwards() -> None:
    with stored(delete_orphaned_after="1d") as world:
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(2 * HOURS)
        pause(world)
        world.run_for(26 * HOURS)

        assert is_stored(world, "secretsmanager")
        assert "the stored key would be deleted" in " ".join(reasons(world, "Rotation Skipped"))
        resume(world)
        world.run_for(2 * HOURS)
        assert not is_stored(world, "secretsmanager")


def test_a_store_that_cannot_be_listed_spoils_no_sweep() -> None:
    with stored() as world:
        world.gate.fault("secretsmanager", "ListSecrets", "AccessDeniedException", 400, times=99)

        world.run_for(3 * HOURS)

        assert len(outcomes_of(world, "Streams Reconciled")) == 3
        assert_at_rest(world)
