"""The function's role holds what it uses, and nothing else."""

from datetime import timedelta

from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from tests.rotate_playback_key.pairs import FUNCTION, SECRET, rotated
from tests.rotate_playback_key.test_rotation import app_pairs
from tests.worlds import NOT_CALLED, OpenWorld, granted


def everything_happens(world: World) -> None:
    """All that the function ever does: rotations, a crash, a repair, late looks, a failure."""
    world.gate.fault("ivs", "ListPlaybackKeyPairs", "InternalServerException")
    rotated(world, "first")
    world.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString="{}")
    world.run_for(timedelta(hours=1))
    world.gate.kill(function=FUNCTION, call="ImportPlaybackKeyPair", when="before")
    rotated(world, "second")
    world.run_for(timedelta(hours=2))


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    with open_world(playback={"longest_token": "1h"}) as world:
        everything_happens(world)
        called = {
            f"{call.service}:{call.operation}" for call in world.calls if call.function == FUNCTION
        }

    assert granted(templates, "RotatePlaybackKey") - NOT_CALLED == called


def test_iam_lets_it_delete_no_pair_of_others(open_world: OpenWorld) -> None:
    with open_world() as world:
        [theirs] = app_pairs(world, 1)
    # A defect: the function believes that it may, and the role of the template knows nothing of it.
    with open_world(playback={"replaces": [theirs]}) as world:
        app_pairs(world, 1)
        rotated(world, emergency=True)

        tried = [each for each in world.calls if each.operation == "DeletePlaybackKeyPair"]
        assert tried
        assert all("AccessDenied" in str(each.error) for each in tried)
        assert theirs in world.ivs.playback_key_pairs
