"""A rotation that dies at any call, and two at once in every order, end with one current pair."""

from datetime import timedelta

import pytest

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.rotate_playback_key.pairs import (
    FUNCTION,
    everything_recorded,
    imported,
    outcomes,
    private_keys,
    rotated,
    stored,
)
from tests.worlds import OpenWorld

CALLS = {"planned": 14, "emergency": 14, "retirement": 8}


def assert_all_is_well(world: World, before: list[str]) -> None:
    """One pair, a new one, whose private key the secret holds; no key was recorded anywhere."""
    assert imported(world) == [stored(world)["playbackKeyArn"]]
    assert not set(imported(world)) & set(before)
    [pair] = world.ivs.playback_key_pairs.values()
    assert pair.public_key == stored(world)["publicKey"]
    assert broken_invariants(world) == []
    assert world.dead_letters() == []
    everything = everything_recorded(world)
    assert not [key for key in private_keys(world) if key in everything]


def carry_out(world: World, case: str) -> None:
    """The case, after a first rotation, and all that follows from it."""
    rotated(world, "second", emergency=case == "emergency")
    world.run_for(timedelta(hours=1))


@pytest.mark.parametrize(("case", "call", "when"), kill_points(CALLS))
def test_a_rotation_that_dies_at_any_call_ends_with_one_current_pair(
    open_world: OpenWorld, case: str, call: int, when: When
) -> None:
    with open_world() as world:
        rotated(world, "first")
        world.run_for(timedelta(minutes=5))
        before = imported(world)
        if case == "retirement":
            rotated(world, "second")
            world.run_for(timedelta(minutes=10))
            kill = world.gate.kill(function=FUNCTION, call=call, when=when)
            world.run_for(timedelta(hours=1))
        else:
            kill = world.gate.kill(function=FUNCTION, call=call, when=when)
            carry_out(world, case)

        assert kill.struck
        assert_all_is_well(world, list(before))
        made = [o for o in outcomes(world, "Playback Key Rotated") if o["cause"] == "second"]
        assert len(made) == 1
        deleted = outcomes(world, "Playback Key Deleted")
        assert [each["playback_key_arn"] for each in deleted] == before


@pytest.mark.parametrize("case", CALLS)
def test_calls_is_how_many_a_rotation_makes(open_world: OpenWorld, case: str) -> None:
    with open_world() as world:
        rotated(world, "first")
        world.run_for(timedelta(minutes=5))
        if case == "retirement":
            rotated(world, "second")
            world.run_for(timedelta(minutes=10))
        since = len(world.calls)
        if case == "retirement":
            world.run_for(timedelta(hours=1))
        else:
            rotated(world, "second", emergency=case == "emergency")

        assert longest_invocation(list(world.calls)[since:], FUNCTION) == CALLS[case]


def test_an_emergency_beside_a_rotation_ends_with_one_current_pair_in_every_order(
    open_world: OpenWorld,
) -> None:
    from tests.rotate_playback_key.pairs import command

    for choose in interleavings():
        with open_world(choose=choose) as world:
            world.gate.switches_before = _matters_to_others
            planned = command(world, "planned")
            emergency = command(world, "emergency")
            emergency["detail"]["emergency"] = True

            world.deliver(planned)
            world.deliver(emergency)
            world.run_for(timedelta(hours=1))

            current = stored(world)["playbackKeyArn"]
            assert imported(world) == [current]
            assert world.dead_letters() == []
            causes = {each["cause"] for each in outcomes(world, "Playback Key Rotated")}
            assert causes == {"planned", "emergency"}


def _matters_to_others(service: str, operation: str) -> bool:
    """Whether the moment of a call matters to anybody else."""
    return (service, operation) in {
        ("ivs", "ImportPlaybackKeyPair"),
        ("secretsmanager", "PutSecretValue"),
        ("dynamodb", "UpdateItem"),
    }
