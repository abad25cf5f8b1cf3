"""How sweeps cope with a large account at the first deploy.

Many channels, some of them live since before the deployment, a share of them managed. The schedule
of the template sends its sweeps, in virtual time, to the function as deployed; IVS answers in 40 ms
and keeps to its rates by a sliding window.

uv run python benchmarks/sweep.py [channels live managed%]
"""

import random
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.results import recorded
from ivs_emulator.channels import create_channel
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
ROUND_TRIP = timedelta(milliseconds=40)
EVERY = timedelta(minutes=5)
# A sweep is looked at when it is over.
BETWEEN_SWEEPS = timedelta(minutes=3)
SWEEPS = 14
# From this sweep on, nothing may be left over: two intervals are enough to read everything.
AT_REST = 3


ABOUT = """
`uv run python benchmarks/sweep.py` fills the emulator, and has the template's schedule sweep it in
virtual time; IVS answers in 40 ms. Left over: live streams whose tags are left for the next sweep;
starts found: streams of managed channels that no function had seen. Goal: nothing left over from
the third sweep on.
"""


def main(channels: int = 50_000, live: int = 5_000, managed: int = 10) -> int:
    """Print a row for each sweep; 1 where one of the later ones left streams to the next."""
    left_over = 0
    with World(
        synthesize(ROOT), project_root=ROOT, start=START, throttling="sliding-window"
    ) as world:
        _fill(world, channels, live, managed)
        world.gate.round_trip = lambda service, operation: ROUND_TRIP
        print(f"{channels:,} channels, {live:,} of them live, {managed} % managed:\n")
        print("| sweep | s | live | left over | starts found | visited | calls | throttled |")
        print("|---|---|---|---|---|---|---|---|")
        for number in range(1, SWEEPS + 1):
            swept = _next(world)
            print(f"| {number} | {_row(world, swept)} |", flush=True)
            left_over += swept["postponed"] if number >= AT_REST else 0
    return 1 if left_over else 0


def _fill(world: World, channels: int, live: int, managed: int) -> None:
    """Fill the account; events of IVS go nowhere, as before the deploy."""
    transit, world.transit = world.transit, lambda event: ()
    dice = random.Random(7)
    world.ivs.limits.channels = max(channels, world.ivs.limits.channels)
    world.ivs.limits.concurrent_streams = max(live, world.ivs.limits.concurrent_streams)
    for number in range(channels):
        tags = dict(MANAGED) if dice.randrange(100) < managed else {}
        made: Any = create_channel(world.ivs, tags=tags, name=f"channel-{number}")
        if number < live:
            world.ivs.connect(made["streamKey"].value)
    world.run_for(BETWEEN_SWEEPS)
    world.transit = transit


def _next(world: World) -> Mapping[str, Any]:
    known = len(_swept(world))
    world.gate.calls.clear()
    world.ivs.calls.clear()
    world.run_for(EVERY)
    swept = _swept(world)
    if len(swept) != known + 1:
        raise AssertionError(f"{len(swept) - known} sweeps in {EVERY}")
    return swept[-1]


def _swept(world: World) -> list[Mapping[str, Any]]:
    events = [put.event for put in world.published]
    return [one["detail"] for one in events if one["detail-type"] == "Streams Reconciled"]


def _row(world: World, swept: Mapping[str, Any]) -> str:
    made = [call for call in world.calls if call.function == "reconcile_streams"]
    seconds = (made[-1].at - made[0].at).total_seconds()
    throttled = sum(call.error == "ThrottlingException" for call in made)
    cells = (
        f"{seconds:.0f}",
        *(swept[name] for name in ("live", "postponed", "missed_starts", "visited")),
        sum(swept["calls"].values()),
        throttled,
    )
    return " | ".join(map(str, cells))


if __name__ == "__main__":
    with recorded("Sweeps", ABOUT):
        status = main(*map(int, sys.argv[1:4]))
    sys.exit(status)
