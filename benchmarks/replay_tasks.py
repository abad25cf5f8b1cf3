"""What `benchmarks/replay.py` has a checkout do in a process of its own; prints one number.

It uses only what the baseline has too. uv run python benchmarks/replay_tasks.py TASK
"""

import random
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import process_time

from ivs_emulator.channels import add_channel
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World

ROOT = Path.cwd()
CHANNELS = 25
# Four events of IVS for each: Session Created, Stream Start, Stream End, Session Ended.
SESSIONS_A_DAY = 250
MANAGED = {"ivskit:managed": "true"}


def a_further_world() -> float:
    """Seconds of CPU time to open and close a world when there was one before."""
    templates = synthesize(ROOT)
    times = []
    for _ in range(11):
        began = process_time()
        with World(templates, project_root=ROOT):
            pass
        times.append(process_time() - began)
    return statistics.median(times[1:])


def a_call() -> float:
    """Seconds of CPU time for a call in four hours of sweeps, with all that leads to it."""
    with _account() as world:
        world.run_for(timedelta(hours=1))
        calls, began = len(world.calls), process_time()
        world.run_for(timedelta(hours=4))
        return (process_time() - began) / (len(world.calls) - calls)


def days(number: float) -> float:
    """Seconds of CPU time for so many days of shows, sweeps as deployed."""
    dice = random.Random(1)
    with _account() as world:
        began, start = process_time(), world.now
        for at in sorted(dice.random() for _ in range(round(SESSIONS_A_DAY * number))):
            world.run_for(start + at * timedelta(days=number) - world.now)
            _show(world, dice)
        world.run_for(start + timedelta(days=number) - world.now)
        world.settle()
        return process_time() - began


@contextmanager
def _account() -> Iterator[World]:
    """An account of channels that are down."""
    with World(synthesize(ROOT), project_root=ROOT) as world:
        for number in range(CHANNELS):
            arn = world.ivs.identifiers.arn("channel")
            add_channel(world.ivs, arn, dict(MANAGED), name=f"show-{number}")
            add_stream_key(world.ivs, arn, {})
        yield world


def _show(world: World, dice: random.Random) -> None:
    """A show on some channel that is down: live for up to an hour."""
    down = [arn for arn in world.ivs.channels if world.ivs.open_session(arn) is None]
    ready = [arn for arn in down if world.ivs.keys_of(arn)]
    if not ready:
        return
    arn = dice.choice(ready)
    [key] = world.ivs.keys_of(arn)
    world.ivs.connect(key.value)
    over = world.now + timedelta(seconds=dice.uniform(60, 3600))
    world._clock.at(over, lambda: world.ivs.disconnect(arn))


TASKS: dict[str, Callable[[], float]] = {
    "a further world": a_further_world,
    "a call": a_call,
    "an eighth of a day": lambda: days(1 / 8),
    "a day": lambda: days(1),
    "three days": lambda: days(3),
}

if __name__ == "__main__":
    print(TASKS[sys.argv[1]]())
