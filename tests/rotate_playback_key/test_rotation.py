"""What a rotation does to the pairs, on command."""

from datetime import timedelta

from ivskit_local.runtime.world import World
from tests.rotate_playback_key.pairs import (
    everything_recorded,
    imported,
    outcomes,
    private_keys,
    rotated,
    stored,
)
from tests.worlds import OpenWorld


def test_the_first_rotation_makes_a_pair(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world)

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        [pair] = world.ivs.playback_key_pairs.values()
        assert pair.public_key == stored(world)["publicKey"]
        [outcome] = outcomes(world, "Playback Key Rotated")
        assert outcome["playback_key_arn"] == pair.arn
        assert outcome["cause"] == "rotate"
        assert "delete_at" not in outcome


def test_the_former_pair_is_deleted_when_its_tokens_are_over(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        [first] = imported(world)
        world.run_for(timedelta(hours=1))
        rotated(world, "second")

        world.run_for(timedelta(minutes=14))
        assert len(imported(world)) == 2
        world.run_for(timedelta(minutes=2))

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        [deleted] = outcomes(world, "Playback Key Deleted")
        assert deleted["playback_key_arn"] == first
        assert deleted["cause"].startswith("second: former pair ")
        assert world.dead_letters() == []


def test_an_emergency_deletes_at_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        rotated(world, "second")
        before = imported(world)
        rotated(world, "third", emergency=True)

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        assert not set(before) & set(imported(world))
        deleted = outcomes(world, "Playback Key Deleted")
        assert {each["playback_key_arn"] for each in deleted} == set(before)
        [outcome] = [o for o in outcomes(world, "Playback Key Rotated") if o["cause"] == "third"]
        assert outcome["emergency"]
        assert "who is to stay needs a new one" in outcome["reason"]


def test_no_private_key_is_anywhere_but_in_the_secret(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        rotated(world, "second", emergency=True)
        world.settle()

        keys = private_keys(world)
        assert len(keys) >= 2
        assert not [key for key in keys if key in everything_recorded(world)]


def test_a_repeat_gets_the_same_answer(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world)
        before = imported(world)
        rotated(world)

        assert imported(world) == before
        assert len(outcomes(world, "Playback Key Rotated")) == 1


def app_pairs(world: World, count: int) -> list[str]:
    """Pairs that an application has imported."""
    from rotate_playback_key.generating import new_pair

    ivs = world.client("ivs")
    made = [
        ivs.import_playback_key_pair(publicKeyMaterial=new_pair(world.now).public_key)
        for _ in range(count)
    ]
    return [each["keyPair"]["arn"] for each in made]


def test_pairs_of_others_are_left_alone_and_leave_no_room(open_world: OpenWorld) -> None:
    with open_world() as world:
        theirs = app_pairs(world, 3)
        rotated(world, "planned")
        rotated(world, "now", emergency=True)

        assert imported(world) == theirs
        refused = outcomes(world, "Command Refused")
        assert {each["cause"] for each in refused} == {"planned", "now"}
        assert "3 are not of ivskit" in refused[0]["reason"]


def test_observing_refuses_and_force_acts(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        rotated(world, "plain")
        assert imported(world) == []
        rotated(world, "forced", force=True)
        rotated(world, "again", force=True)
        world.run_for(timedelta(minutes=20))

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        [refused] = outcomes(world, "Command Refused")
        assert refused["cause"] == "plain"
