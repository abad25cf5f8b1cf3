"""The same day in other ways: its channels end alike, whatever the way."""

import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from ivs_emulator import Throttling
from ivskit_local.hunt.hunt import Ground, played
from ivskit_local.invariants import memory, stored_keys
from ivskit_local.report import mark, plural
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.format import Scenario, Script
from ivskit_local.scenarios.mishaps import Repeat
from ivskit_local.scenarios.play import perform
from ivskit_local.scenarios.run import Run

# What strikes whatever comes next strikes something else in another way of playing the day.
MISHAPS = {
    "kill", "fault", "slow", "shift clock", "lose", "delay", "repeat", "come late", "redrive",
}  # fmt: skip
_EVENTS = ("Stream Start", "Stream End", "Starvation Start", "Starvation End", "Stream Failure")
_ALL = 10_000


@dataclass(frozen=True)
class Way:
    """A way to play a day; concurrency: of each queue, None for that of the settings."""

    name: str
    concurrency: int | None = None
    throttling: Throttling = "token-bucket"
    twice: bool = False
    stay_warm: bool = True


AS_IT_IS = Way("as it is")
WAYS = (
    Way("with a concurrency of 1", concurrency=1),
    Way("with a concurrency of 10", concurrency=10),
    Way("with rates counted in a sliding window", throttling="sliding-window"),
    Way("with every event twice", twice=True),
    Way("with functions that are always cold", stay_warm=False),
)


@dataclass(frozen=True)
class State:
    """A channel in the end; is_stored: whether the store has the key that the channel has."""

    is_live: bool
    is_blocked: bool
    has_key: bool
    is_stored: bool
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """What is otherwise about a channel in one way."""

    way: str
    channel: str
    what: str
    as_it_is: object
    otherwise: object

    def __str__(self) -> str:
        what = self.what.replace("_", " ")
        return f"{self.channel}: {what}: {self.as_it_is}, {self.way}: {self.otherwise}"


@dataclass(frozen=True)
class Compared:
    """A day that was played in all ways."""

    seed: int
    differences: Sequence[Difference]


@dataclass(frozen=True)
class Comparison:
    """A day for a process to play in all ways."""

    ground: Ground
    seed: int
    ways: Sequence[Way] = WAYS

    def play(self) -> Compared:
        """Play it in this process, in every way."""
        day = without_mishaps(self.ground.day(self.seed))
        as_it_is = states(self.ground, day, AS_IT_IS)
        differences = [
            each
            for way in self.ways
            for each in _differences(way, as_it_is, states(self.ground, day, way))
        ]
        return Compared(self.seed, differences)


@dataclass(frozen=True)
class Alike:
    """How far a comparison is; the last day may have differences, and no other has."""

    days: int = 0
    seconds: float = 0.0
    last: Compared | None = None

    @property
    def ok(self) -> bool:
        """Whether every channel has ended alike."""
        return self.last is None or not self.last.differences


def compare(
    ground: Ground,
    *,
    first: int,
    days: int | None,
    until: timedelta | None = None,
    jobs: int = 1,
) -> Iterator[Alike]:
    """The state after each day, from the seed `first` on; ends as a hunt does."""
    began = time.monotonic()
    every = played(lambda seed: Comparison(ground, seed), first, days, jobs)
    for count, last in enumerate(every, 1):
        state = Alike(count, time.monotonic() - began, last)
        yield state
        if not state.ok or (until is not None and state.seconds >= until.total_seconds()):
            return


def as_lines(alike: Alike, *, first: int, channels: int) -> Iterator[str]:
    """The end of a comparison for people."""
    days = f"{plural(alike.days, 'day')} of {plural(channels, 'channel')}"
    seeds = f"seed {first}" if alike.days == 1 else f"seeds {first} to {first + alike.days - 1}"
    ended = "every channel ends alike" if alike.ok else "on the last, a channel ends otherwise"
    yield f"{mark(alike.ok)} {days} ({seeds}), each in {1 + len(WAYS)} ways: {ended}"
    yield f"  {AS_IT_IS.name}; {'; '.join(way.name for way in WAYS)}"
    yield from (f"  {each}" for each in (alike.last.differences if alike.last else ()))


def as_document(alike: Alike, *, first: int, channels: int) -> dict[str, Any]:
    """The end of a comparison for programs."""
    return {
        "ok": alike.ok,
        "first_seed": first,
        "days": alike.days,
        "channels": channels,
        "seconds": round(alike.seconds, 1),
        "ways": [AS_IT_IS.name, *(way.name for way in WAYS)],
        "differences": [asdict(each) for each in (alike.last.differences if alike.last else ())],
    }


def without_mishaps(day: Scenario) -> Scenario:
    """The day with all that encoders and people do, on which nothing fails or is late."""
    steps = tuple(step for step in day.steps if step.do not in MISHAPS)
    return day.model_copy(update={"steps": steps, "sloppy_schedules": False})


def states(ground: Ground, day: Scenario, way: Way) -> Mapping[str, State]:
    """How each channel is once everything has come to rest, after the day was played this way."""
    script = Script("day", _with_events_twice(day) if way.twice else day)
    with World(
        _with_concurrency(ground.templates, way.concurrency),
        project_root=ground.project_root,
        seed=day.seed,
        start=day.starts,
        throttling=way.throttling,
        reading=ground.reading,
        stay_warm=way.stay_warm,
    ) as world:
        run = perform(script, world, project_root=ground.project_root)
        world.settle()
        return _states(run)


def _states(run: Run) -> Mapping[str, State]:
    ivs, items = run.world.ivs, memory(run.world)
    stored = {copy["channelArn"]: copy["streamKey"] for _, copy in stored_keys(run.world)}
    return {
        name: State(
            is_live=ivs.live_session(arn) is not None,
            is_blocked="blocked" in items.get(arn, {}),
            has_key=bool(ivs.keys_of(arn)),
            is_stored=arn in stored and ivs.holds_key(arn, stored[arn]),
            tags=dict(ivs.channels[arn].tags),
        )
        for name, arn in run.arns.items()
        if arn in ivs.channels
    }


def _differences(
    way: Way, one: Mapping[str, State], other: Mapping[str, State]
) -> Iterator[Difference]:
    for channel in one:
        for field in fields(State):
            here, there = getattr(one[channel], field.name), getattr(other[channel], field.name)
            if here != there:
                yield Difference(way.name, channel, field.name, here, there)


def _with_events_twice(day: Scenario) -> Scenario:
    """IVS repeats an event a second later, under another id."""
    again: dict[str, Any] = {"at": "0s", "do": "repeat", "after": "1s", "times": _ALL}
    repeats = tuple(
        Repeat.model_validate({**again, "channel": name, "event_name": event, "may_fail": True})
        for name in day.channels
        for event in _EVENTS
    )
    return day.model_copy(update={"steps": (*repeats, *day.steps)})


def _with_concurrency(templates: Templates, concurrency: int | None) -> Templates:
    if concurrency is None:
        return templates
    changed: dict[str, Any] = deepcopy(dict(templates))
    for template in changed.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::EventSourceMapping":
                resource["Properties"]["ScalingConfig"] = {"MaximumConcurrency": concurrency}
    return changed
