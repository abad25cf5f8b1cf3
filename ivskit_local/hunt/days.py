"""Random days: several channels with policies of their own, and everything that may happen."""

from collections.abc import Iterator, Mapping
from math import ceil
from random import Random
from typing import Any

from ivskit_local.hunt import commands, encoders, events, faults, outages, people, restrictions
from ivskit_local.hunt.dice import DAY, HOUR, Step, act
from ivskit_local.scenarios.format import Scenario

# What a day has unless asked for more.
MANY = 4
CHANNELS: dict[str, dict[str, str]] = {
    "plain": {"ivskit:managed": "true"},
    "short": {"ivskit:managed": "true", "ivskit:max-duration": "20m"},
    "kicked": {"ivskit:managed": "true", "ivskit:max-duration": "30m", "ivskit:then": "kick"},
    "strict": {"ivskit:managed": "true", "ivskit:max-duration": "40m", "ivskit:then": "block"},
    "flaky": {"ivskit:managed": "true", "ivskit:max-starvation": "15s"},
    "fixed": {"ivskit:managed": "true", "ivskit:rotate": "never", "ivskit:max-duration": "20m"},
    "watched": {"ivskit:managed": "true", "ivskit:mode": "observe", "ivskit:max-duration": "5m"},
    "idle": {"ivskit:managed": "true", "ivskit:max-idle": "15m"},
    "held": {
        "ivskit:managed": "true",
        "ivskit:hold-until": "2026-11-20T20:00:00Z",
        "ivskit:max-duration": "20m",
    },
    "typed": {"ivskit:managed": "true", "ivskit:rotate": "nver", "ivskit:max-duration": "10m"},
    "named": {"ivskit:managed": "dev", "ivskit:rotate": "2h"},
    "theirs": {"ivskit:max-duration": "15m", "ivskit:max-starvation": "20s"},
    "private": {"ivskit:managed": "true", "ivskit:revoke": "after-stream"},
    "welcomed": {"ivskit:managed": "true", "ivskit:welcome": "show"},
}
# Those that are recorded, and how close two streams must be to be one recording.
RECORDED = {"plain": "0s", "named": "0s", "flaky": "2m"}
# What may happen in a show.
INCIDENTS = encoders.INCIDENTS + commands.INCIDENTS + people.INCIDENTS
# What may happen at any time of the day, on each channel once or twice.
SELDOM = (
    restrictions.restrictions,
    encoders.weaken,
    encoders.stutter,
    events.of_recordings,
    commands.overtaken,
    people.tidy_up,
    outages.outages,
    outages.quizzes,
)


def any_seed() -> int:
    """A seed of up to nine digits, another each time."""
    return Random().randrange(10**9)


def random_day(
    seed: int, *, channels: int = MANY, settings: Mapping[str, Any] | None = None
) -> Scenario:
    """The day of this seed and so many channels, the same each time; settings: as `--set`'s."""
    dice = Random(seed)
    named = _channels(channels, dice)
    timelines = [encoders.shows(name, INCIDENTS, dice) for name in named]
    timelines.append(_mishaps(list(named), dice))
    later = dice.choice(list(named)) if dice.random() < 0.1 else None
    if later is not None:
        timelines.append(iter([act(dice.randrange(2 * HOUR), later, "create channel")]))
    timelines.extend(line(name, dice) for line in SELDOM for name in named)
    if (settings or {}).get("recordings.index"):
        timelines.append(faults.of_the_index(dice))
    steps = sorted((step for line in timelines for step in line), key=lambda step: int(step["at"]))
    rest = {"at": DAY + 3 * HOUR, "do": "check", "expect": {}}
    return Scenario.model_validate(
        {
            "tells": f"The random day {seed} leaves nothing half done, and nobody touched in vain.",
            "settings": settings or {},
            "seed": seed,
            "sloppy_schedules": True,
            "channels": {
                name: {
                    "tags": tags,
                    "private": name.startswith("private"),
                    "later": name == later,
                    "recording": _recording(name),
                }
                for name, tags in named.items()
            },
            "steps": [{**step, "at": f"{step['at']}s"} for step in (*steps, rest)],
            "expect": {"dead_letters": "of trouble"},
        }
    )


def _channels(count: int, dice: Random) -> dict[str, dict[str, str]]:
    """Channels with different policies, and the same policies again where those are not enough."""
    rounds = 1 + (count - 1) // len(CHANNELS)
    ends = ["", *(f"-{number}" for number in range(2, rounds + 1))]
    tags = {f"{name}{end}": CHANNELS[name] for end in ends for name in sorted(CHANNELS)}
    return {name: tags[name] for name in dice.sample(list(tags), count)}


def _recording(channel: str) -> dict[str, str] | None:
    window = _window(channel)
    return None if window is None else {"reconnect_window": window}


def _window(channel: str) -> str | None:
    return RECORDED.get(channel.partition("-")[0])


def _mishaps(channels: list[str], dice: Random) -> Iterator[Step]:
    yield from people.about_all(channels, dice)
    yield from faults.about_all(dice)
    share = len(channels) / MANY
    for _ in range(round(12 * share)):
        yield events.on_the_way(dice.choice(channels), dice)
    for _ in range(round(3 * share)):
        yield events.late_message(dice.choice(channels), dice)
    for _ in range(ceil(5 * share)):
        yield faults.death(dice)
    for _ in range(ceil(3 * share)):
        yield faults.fault(dice)
    if dice.random() < 0.3:
        yield commands.stop_all(channels, dice.randrange(DAY), dice)
