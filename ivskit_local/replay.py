"""Runs sample events through the synthesized template, on the embedded emulator."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ivs_emulator
from ivskit import names
from ivskit_local.invariants import Broken, broken_invariants
from ivskit_local.runtime.dead_letters import DeadLetter
from ivskit_local.runtime.deliveries import Delivery
from ivskit_local.runtime.world import World
from ivskit_local.samples import Sample

if TYPE_CHECKING:
    from ivskit_local.dev.facts import Facts

MANAGED = {names.TAG_MANAGED: "true"}


@dataclass(frozen=True)
class Replayed:
    """One event and its effects; `sample` is None where the emulator sent it.

    given_up: a message that goes back to it is in dead letters.
    """

    sample: str | None
    delivery: Delivery
    given_up: bool = False

    @property
    def subscribed(self) -> bool:
        """Whether anything subscribes to it."""
        return bool(self.delivery.rules or self.delivery.queues)


@dataclass(frozen=True)
class Report:
    """What a replay shows; recorded: what a page shows of each world, where that was asked for."""

    replayed: Sequence[Replayed]
    outcomes: Mapping[str, int]
    dead_letters: Sequence[DeadLetter]
    broken_invariants: Sequence[Broken]
    passed: timedelta
    recorded: Sequence[Mapping[str, Any]] = ()

    @property
    def ok(self) -> bool:
        """Whether there are no dead letters and no broken invariants."""
        return not self.dead_letters and not self.broken_invariants


NOTHING = Report([], {}, [], [], timedelta())
# How long recurring schedules run normally at either end of a longer gap between events.
AROUND_EVENTS = timedelta(hours=1)
LONG_GAP = timedelta(hours=6)

Say = Callable[[str], None]
Show = Callable[[Replayed], None]


def replay(
    samples: Sequence[Sample],
    templates: Mapping[str, Any],
    *,
    project_root: Path,
    as_is: bool = False,
    keep_time: bool = False,
    seed: int = 0,
    record: bool = False,
    say: Say = lambda line: None,
    show: Show = lambda replayed: None,
    reading: ivs_emulator.Reading = "strict",
) -> Report:
    """Deliver the events in order, those of an account and region to a world of their own.

    After each event, everything runs until nothing is pending. as_is: do not bring the emulator to
    the state that an event implies; keep_time: deliver without letting time pass; say: takes a line
    about each difference from the cloud; show: takes each event as soon as its effects are over;
    record: keep what a page shows of it; reading: how IVS behaves where its pages are silent.
    """
    by_place = _by_place(samples)
    if len(by_place) > 1:
        say(f"events of {len(by_place)} accounts and regions, each replayed in a world of its own")
    options = Options(project_root, as_is, keep_time, seed, record, say, show, reading)
    reports = [_replay(some, templates, options) for some in by_place.values()]
    return _together(reports)


@dataclass(frozen=True)
class Options:
    """What holds for every world of a replay."""

    project_root: Path
    as_is: bool
    keep_time: bool
    seed: int
    record: bool
    say: Say
    show: Show
    reading: ivs_emulator.Reading


def _by_place(samples: Sequence[Sample]) -> Mapping[tuple[str, str], Sequence[Sample]]:
    places: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        places.setdefault((sample.event["account"], sample.event["region"]), []).append(sample)
    return places


def _replay(samples: Sequence[Sample], templates: Mapping[str, Any], options: Options) -> Report:
    first = samples[0]
    with World(
        templates,
        project_root=options.project_root,
        seed=options.seed,
        start=first.time,
        account=first.event["account"],
        region=first.event["region"],
        throttling="token-bucket",
        reading=options.reading,
    ) as world:
        facts = _facts_of(world, options) if options.record else None
        sources: dict[int, str] = {}
        shown = 0
        for sample in samples:
            pass_time(world, sample.time, options.say)
            if not options.as_is:
                ivs_emulator.bring_to(ivs_emulator.backend, sample.event, tags=MANAGED)
            sources[id(world.deliver(sample.event))] = sample.name
            world.settle(keep_time=options.keep_time)
            # Where time is kept, later events may still add effects to this one.
            if not options.keep_time:
                shown += _show(world, sources, shown, options.show)
        _show(world, sources, shown, options.show)
        recorded = [facts.recorded()] if facts else []
        return replace(_report(world, sources, since=first.time), recorded=recorded)


def _facts_of(world: World, options: Options) -> "Facts":
    from ivskit_local.dev.facts import Facts  # few replays need them
    from ivskit_local.scenarios.run import Run

    root = options.project_root
    return Facts(Run(world, {}, folder=root, project_root=root))


def _show(world: World, sources: Mapping[int, str], first: int, show: Show) -> int:
    """Show the deliveries from this one on, and return how many there were."""
    replayed = _replayed(world, sources)[first:]
    for each in replayed:
        show(each)
    return len(replayed)


def _replayed(world: World, sources: Mapping[int, str]) -> Sequence[Replayed]:
    given_up = {letter.event_id for letter in world.dead_letters()}
    return [
        Replayed(sources.get(id(each)), each, each.event["id"] in given_up)
        for each in world.deliveries
    ]


def pass_time(world: World, until: datetime, say: Say) -> None:
    """Let time pass; inside a long gap, recurring schedules run ever more rarely.

    A sweep every five minutes would run 100,000 times a year. Its decisions depend on how long
    something has lasted, so looking again after twice that time is soon enough.
    """
    since = world.now
    if until - since > LONG_GAP:
        say(
            f"no event between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M}: recurring"
            " schedules run ever more rarely in this gap, everything else on time"
        )
        world.run_for(AROUND_EVENTS)
        last = until - AROUND_EVENTS
        while world.now < last:
            world.skip_to(min(world.now + (world.now - since), last), by=until)
    world.run_for(max(until - world.now, timedelta()))


def _together(reports: Sequence[Report]) -> Report:
    """The reports of several worlds as one, in their order."""
    return Report(
        replayed=[each for report in reports for each in report.replayed],
        outcomes=sum((Counter(report.outcomes) for report in reports), Counter()),
        dead_letters=[each for report in reports for each in report.dead_letters],
        broken_invariants=[each for report in reports for each in report.broken_invariants],
        passed=sum((report.passed for report in reports), timedelta()),
        recorded=[each for report in reports for each in report.recorded],
    )


def _report(world: World, sources: Mapping[int, str], *, since: datetime) -> Report:
    deliveries = world.deliveries
    outcomes = Counter(
        name
        for delivery in deliveries
        for reaction in delivery.reactions
        for name, _ in reaction.outcomes
    )
    return Report(
        replayed=_replayed(world, sources),
        outcomes=outcomes,
        dead_letters=world.dead_letters(),
        broken_invariants=broken_invariants(world),
        passed=world.now - since,
    )
