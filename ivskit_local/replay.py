"""Runs sample events through the synthesized template, on the embedded emulator."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ivskit import names
from ivskit_local import emulator
from ivskit_local.invariants import Broken, broken_invariants
from ivskit_local.runtime.deliveries import Delivery
from ivskit_local.runtime.world import DeadLetter, World
from ivskit_local.samples import Sample

MANAGED = {names.TAG_MANAGED: "true"}


@dataclass(frozen=True)
class Replayed:
    """One event, and all that it caused; `sample` is None where the emulator sent it."""

    sample: str | None
    delivery: Delivery


@dataclass(frozen=True)
class Report:
    """What a replay shows."""

    replayed: Sequence[Replayed]
    outcomes: Mapping[str, int]
    dead_letters: Sequence[DeadLetter]
    broken_invariants: Sequence[Broken]
    passed: timedelta

    @property
    def ok(self) -> bool:
        """Whether nothing was given up and nothing is broken."""
        return not self.dead_letters and not self.broken_invariants


NOTHING = Report([], {}, [], [], timedelta())


def replay(
    samples: Sequence[Sample],
    templates: Mapping[str, Any],
    *,
    project_root: Path,
    as_is: bool = False,
    keep_time: bool = False,
    seed: int = 0,
) -> Report:
    """Deliver the events in order to one world; after each, all runs until nothing is pending.

    as_is: do not bring the emulator to the state that an event speaks of; keep_time: deliver
    without letting time pass.
    """
    first = samples[0]
    with World(
        templates,
        project_root=project_root,
        seed=seed,
        start=first.time,
        account=first.event["account"],
        region=first.event["region"],
        throttling="token-bucket",
    ) as world:
        sources: dict[int, str] = {}
        for sample in samples:
            world.run_for(max(sample.time - world.now, timedelta()))
            if not as_is:
                emulator.bring_to(emulator.backend, sample.event, tags=MANAGED)
            sources[id(world.deliver(sample.event))] = sample.name
            world.settle(keep_time=keep_time)
        return _report(world, sources, since=first.time)


def _report(world: World, sources: Mapping[int, str], *, since: datetime) -> Report:
    deliveries = world.deliveries
    outcomes = Counter(
        reaction.outcome
        for delivery in deliveries
        for reaction in delivery.reactions
        if reaction.outcome
    )
    return Report(
        replayed=[Replayed(sources.get(id(each)), each) for each in deliveries],
        outcomes=outcomes,
        dead_letters=world.dead_letters(),
        broken_invariants=broken_invariants(world),
        passed=world.now - since,
    )
