"""Another `keys.store`: the sweep copies every delivered key, and leaves the former copy."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import MINUTES, assert_at_rest, command
from tests.upgrades.moments import restore, taken
from tests.worlds import ROOT, opener

NAME = "ivskit/dev/channel/AbCdef1G2hij"


def app(store: str, rotate: str = "after-stream") -> Any:
    """The app with this store."""
    return synthesize(ROOT, overrides={"keys": {"store": store}, "policy": {"rotate": rotate}})


def held(world: World, store: str) -> Any:
    """What a reader gets from this store; the text is JSON."""
    if store == "ssm":
        found = world.client("ssm").get_parameter(Name=f"/{NAME}", WithDecryption=True)
        return json.loads(found["Parameter"]["Value"])
    secret = world.client("secretsmanager").get_secret_value(SecretId=NAME)
    return json.loads(secret["SecretString"])


@contextmanager
def moved(former: str = "secretsmanager") -> Iterator[World]:
    """A deployment that delivered a key to this store, an hour after the store became `ssm`."""
    with opener(app(former), sample("stream-state-change.stream-end"))() as world:
        world.deliver(command(world, "rotate-stream-key"))
        world.run_for(10 * MINUTES)
        moment = taken(world, {"show": CHANNEL})
    start = datetime.fromisoformat(moment["now"])
    with World(app("ssm", "never"), project_root=ROOT, start=start) as world:
        restore(world, moment)
        world.run_for(timedelta(hours=1))
        yield world


def test_the_sweep_copies_the_key_and_leaves_the_former_copy() -> None:
    with moved() as world:
        [key] = world.ivs.keys_of(CHANNEL)

        assert [each["reason"] for each in outcomes_of(world, "Stream Key Delivered")]
        assert [held(world, each)["streamKeyArn"] for each in ("ssm", "secretsmanager")] == (
            [key.arn] * 2
        )
        assert held(world, "ssm")["streamKey"] == key.value
        assert_at_rest(world)


def test_the_former_copy_is_out_of_date_after_the_next_rotation() -> None:
    with moved() as world:
        [old] = world.ivs.keys_of(CHANNEL)

        world.deliver(command(world, "rotate-stream-key"))
        world.run_for(10 * MINUTES)

        [new] = world.ivs.keys_of(CHANNEL)
        assert new.arn != old.arn
        assert held(world, "ssm")["streamKeyArn"] == new.arn
        assert held(world, "secretsmanager")["streamKeyArn"] == old.arn


def test_a_key_that_was_nowhere_is_delivered_too() -> None:
    with moved("none") as world:
        [key] = world.ivs.keys_of(CHANNEL)

        assert held(world, "ssm")["streamKey"] == key.value
