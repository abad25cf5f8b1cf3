"""The hunt: days one after the other, until one breaks a law, or there were enough of them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ivs_emulator import Reading
from ivskit_local.errors import WrongUsage
from ivskit_local.hunt.coverage import Reached, reached_in
from ivskit_local.hunt.days import MANY, random_day
from ivskit_local.hunt.shrink import shrunk
from ivskit_local.runtime.clock import NeverSettles
from ivskit_local.runtime.synth import Templates
from ivskit_local.scenarios.format import Scenario, Script
from ivskit_local.scenarios.play import judge, perform, world_of
from ivskit_local.scenarios.processes import Playable, Result, playing

# A process is given so many days at once: a fork takes as long as a small part of a day.
_AT_ONCE = 100
# How many calls a smaller day may make, besides twice those of the whole.
_CALLS_AT_LEAST = 1_000
SETTLES = "everything comes to rest"
_VAGUE = (SETTLES, "no dead letters")


@dataclass(frozen=True)
class Broken:
    """A law that a day broke, and the case that broke it."""

    law: str
    case: str


@dataclass(frozen=True)
class Lived:
    """A day that is over; broken: every law that it broke, with each case."""

    seed: int
    passed: timedelta
    broken: Sequence[Broken]
    reached: Reached


@dataclass(frozen=True)
class Ground:
    """Where days take place; settings: those that the templates were made with.

    reading: how IVS behaves where the documentation is silent.
    """

    templates: Templates
    project_root: Path
    channels: int = MANY
    settings: Mapping[str, Any] | None = None
    reading: Reading = "strict"

    def day(self, seed: int) -> Scenario:
        """The day of this seed, without what happens to functions that are not deployed."""
        day = random_day(seed, channels=self.channels, settings=self.settings)
        there = {None, *_functions(self.templates)}
        steps = tuple(step for step in day.steps if getattr(step, "function", None) in there)
        # A day that is saved is played again as it was.
        reading = None if self.reading == "strict" else self.reading
        return day.model_copy(update={"steps": steps, "reading": reading})

    def live(self, day: Scenario, *, most_calls: int | None = None) -> Lived:
        """Play the day, and judge it; one with more calls than this never comes to rest."""
        script = Script("day", day)
        how: Any = {"project_root": self.project_root, "reading": self.reading}
        with world_of(script, self.templates, **how) as world:
            start = world.now
            if most_calls is not None:
                world.end_after(most_calls)
            try:
                run = perform(script, world, project_root=self.project_root)
            except NeverSettles as error:
                broken = [Broken(SETTLES, str(error))]
                return Lived(day.seed, world.now - start, broken, Reached())
            judge(day, run, self.templates)
            found = ((each.what, each.found) for each in run.findings)
            broken = [
                Broken(run.named(what), run.named(case)) for what, case in found if case is not None
            ]
            return Lived(day.seed, world.now - start, broken, reached_in(run))


def _functions(templates: Templates) -> Iterator[str]:
    """The packages of the functions, by the first part of their handlers."""
    for template in templates.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                yield resource["Properties"]["Handler"].partition(".")[0]


@dataclass(frozen=True)
class Day:
    """A day for a process to play."""

    ground: Ground
    seed: int

    def play(self) -> Lived:
        """Play it in this process."""
        return self.ground.live(self.ground.day(self.seed))


@dataclass(frozen=True)
class Small:
    """The smallest day that was found that breaks the law; played: how many days that took."""

    seed: int
    broken: Broken
    day: Scenario
    steps_before: int
    played: int


@dataclass(frozen=True)
class Hunted:
    """How far a hunt is; the last day may have broken laws, and no other has."""

    days: int = 0
    passed: timedelta = timedelta()
    seconds: float = 0.0
    reached: Reached = field(default_factory=Reached)
    last: Lived | None = None

    def after(self, day: Lived, seconds: float) -> "Hunted":
        """With one more day."""
        reached = self.reached + day.reached
        return Hunted(self.days + 1, self.passed + day.passed, seconds, reached, day)

    @property
    def ok(self) -> bool:
        """Whether every law held."""
        return self.last is None or not self.last.broken


def hunt(
    ground: Ground,
    *,
    first: int,
    days: int | None,
    until: timedelta | None = None,
    jobs: int = 1,
) -> Iterator[Hunted]:
    """The state after each day, from the seed `first` on.

    Ends after so many days (None: any number), at the first that breaks a law, or with the first
    that is over once `until` has passed.
    """
    began = time.monotonic()
    state = Hunted()
    for day in played(lambda seed: Day(ground, seed), first, days, jobs):
        state = state.after(day, time.monotonic() - began)
        yield state
        if not state.ok or (until is not None and state.seconds >= until.total_seconds()):
            return


def played(
    day: Callable[[int], Playable[Result]], first: int, days: int | None, jobs: int
) -> Iterator[Result]:
    """The result of each day from the seed `first` on; days: how many, None for any number."""
    end = None if days is None else first + days
    while end is None or first < end:
        after = first + _AT_ONCE * jobs
        after = after if end is None else min(after, end)
        with playing([day(seed) for seed in range(first, after)], jobs=jobs) as results:
            yield from results
        first = after


@dataclass(frozen=True)
class Trial:
    """A smaller day for a process to play."""

    ground: Ground
    day: Scenario
    law: str
    most_calls: int

    def play(self) -> bool:
        """Whether it breaks the law."""
        try:
            lived = self.ground.live(self.day, most_calls=self.most_calls)
        except WrongUsage:  # without that field, the step is none
            return False
        return any(each.law == self.law for each in lived.broken)


def shrink(
    ground: Ground, lived: Lived, say: Callable[[int, int], None], *, jobs: int = 1
) -> Small:
    """Make a day small that broke a law; say: how many were played, and the steps.

    Of several laws it is the one that says most of what went wrong.
    """
    law, played = _most_telling(lived.broken), 0
    # Who is left to reconnect for ever is cut for weeks.
    most_calls = _CALLS_AT_LEAST + 2 * sum(lived.reached.calls.values())

    def first_of(days: Sequence[Scenario]) -> int | None:
        nonlocal played
        say(played + 1, len(days[0].steps))
        trials = [Trial(ground, day, law, most_calls) for day in days]
        with playing(trials, jobs=jobs) as broken:
            found = next((place for place, is_broken in enumerate(broken) if is_broken), None)
        played += len(days) if found is None else found + 1
        return found

    whole = ground.day(lived.seed)
    day = shrunk(whole, first_of, at_once=jobs)
    broken = next(each for each in ground.live(day).broken if each.law == law)
    tells = f"A hunt found it, as the day {lived.seed}: it breaks the law that {law}."
    named = day.model_copy(update={"tells": tells})
    return Small(lived.seed, broken, named, len(whole.steps), played)


def _most_telling(broken: Sequence[Broken]) -> str:
    """A dead letter, or unrest, is seldom what went wrong first."""
    laws = [each.law for each in broken]
    return next((law for law in laws if law not in _VAGUE), laws[0])
