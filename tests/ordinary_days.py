"""Random days that stay the same: those on which incidents were counted in docs/incidents.md.

The days of `ivskit hunt` change whenever it learns another mishap.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from random import Random
from typing import Any

from ivskit_local.scenarios.format import Scenario

MINUTE, HOUR = 60, 3_600
DAY = 8 * HOUR
# What a day has unless asked for more.
MANY = 4
CHANNELS: dict[str, dict[str, str]] = {
    "plain": {"ivskit:managed": "true"},
    "short": {"ivskit:managed": "true", "ivskit:max-duration": "20m"},
    "kicked": {"ivskit:managed": "true", "ivskit:max-duration": "30m", "ivskit:then": "kick"},
    "strict": {"ivskit:managed": "true", "ivskit:max-duration": "40m", "ivskit:then": "block"},
    "flaky": {"ivskit:managed": "true", "ivskit:max-starvation": "15s"},
    "fixed": {"ivskit:managed": "true", "ivskit:rotate": "never", "ivskit:max-duration": "1h"},
    "watched": {"ivskit:managed": "true", "ivskit:mode": "observe", "ivskit:max-duration": "5m"},
    "idle": {"ivskit:managed": "true", "ivskit:max-idle": "15m"},
    "held": {"ivskit:managed": "true", "ivskit:hold-until": "2026-11-20T20:00:00Z"},
    "typed": {"ivskit:managed": "true", "ivskit:rotate": "nver", "ivskit:max-duration": "10m"},
    "named": {"ivskit:managed": "dev", "ivskit:rotate": "2h"},
    "theirs": {},
}
# What people tag channels with on the way; null takes the tag away.
RE_TAGGED: tuple[dict[str, str | None], ...] = (
    {"ivskit:managed": None},
    {"ivskit:managed": "true"},
    {"ivskit:mode": "Observe"},
    {"ivskit:mode": "enforce"},
    {"ivskit:rotate": "Never"},
    {"ivskit:rotate": "after-stream"},
    {"ivskit:max-duration": "45m"},
    {"ivskit:max-duration": "long"},
    {"ivskit:max-duration": None},
)
FUNCTIONS = ("rotate_stream_key", "stop_stream", "reconcile_streams")
DEADLY = (
    "UpdateItem", "GetChannel", "ListStreamKeys", "DeleteStreamKey", "CreateStreamKey",
    "DescribeSecret", "PutSecretValue", "StopStream", "SendMessage", "PutEvents",
)  # fmt: skip
FAULTS = (
    ("ivs", "DeleteStreamKey", "ThrottlingException", 429),
    ("ivs", "CreateStreamKey", "InternalServerException", 500),
    ("ivs", "StopStream", "StreamUnavailable", 503),
    ("ivs", "GetStream", "InternalServerException", 500),
    ("secretsmanager", "PutSecretValue", "InternalServiceError", 500),
    ("events", "PutEvents", "InternalFailure", 500),
)
Step = dict[str, Any]


def ordinary_day(
    seed: int, *, channels: int = MANY, settings: Mapping[str, Any] | None = None
) -> Scenario:
    """The day of this seed and so many channels, the same each time; settings: as `--set`'s."""
    dice = Random(seed)
    named = _channels(channels, dice)
    timelines = [_life(name, dice) for name in named] + [_mishaps(list(named), dice)]
    steps = sorted((step for line in timelines for step in line), key=lambda step: int(step["at"]))
    rest = {"at": DAY + 3 * HOUR, "do": "check", "expect": {}}
    return Scenario.model_validate(
        {
            "tells": f"The random day {seed} leaves nothing half done, and nobody touched in vain.",
            "settings": settings or {},
            "seed": seed,
            "sloppy_schedules": True,
            "channels": {name: {"tags": tags} for name, tags in named.items()},
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


def _life(channel: str, dice: Random) -> Iterator[Step]:
    """Shows on one channel, one after the other, with all that comes between."""
    at = dice.randrange(20 * MINUTE)
    while at < DAY:
        until = at + dice.randrange(3 * MINUTE, 70 * MINUTE)
        yield _go_live(at, channel, dice)
        for _ in range(dice.randrange(4)):
            moment = dice.randrange(at, until)
            yield from dice.choice(_INCIDENTS)(moment, channel, dice)
        yield _act(until, channel, "hang up")
        at = until + dice.randrange(5, 40 * MINUTE)


def _go_live(at: int, channel: str, dice: Random) -> Step:
    returns = dice.choice(["2s", "10s", "30s", None])
    key = "first" if dice.random() < 0.1 else "current"
    return {**_act(at, channel, "go live"), "reconnect_after": returns, "key": key}


def _act(at: int, channel: str, do: str) -> Step:
    return {"at": at, "do": do, "channel": channel, "may_fail": True}


def _drop(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield _act(at, channel, "hang up")
    yield _go_live(at + dice.randrange(1, 90), channel, dice)


def _starve(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield _act(at, channel, "starve")
    yield _act(at + dice.randrange(1, 60), channel, "recover")


def _stop(at: int, channel: str, dice: Random) -> Iterator[Step]:
    then = dice.choice(["auto", "rotate", "rotate", "kick", "block"])
    for _ in range(dice.choice([1, 1, 2])):
        step = _command(at, channel, "Stop Stream", dice)
        yield {**step, "detail": {"then": then}, "session": dice.choice([None, 1, 2])}
    if then == "block":
        yield _command(at + dice.randrange(HOUR), channel, "Unblock Channel", dice)


def _rotate(at: int, channel: str, dice: Random) -> Iterator[Step]:
    if_live = dice.choice(["refuse", "proceed"])
    yield {**_command(at, channel, "Rotate Stream Key", dice), "detail": {"if_live": if_live}}


def _block(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield _command(at, channel, "Block Channel", dice)
    yield _command(at + dice.randrange(HOUR), channel, "Unblock Channel", dice)


def _watch(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield {**_act(at, channel, "watch"), "viewers": dice.choice([-1, 0, 1, 30])}


def _tag(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield {**_act(at, channel, "tag"), "tags": dice.choice(RE_TAGGED)}


def _push(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """In order, straight into the queue."""
    for number in range(dice.randrange(1, 5)):
        detail = {"channel_arns": [channel], "metadata": f"at {at}, piece {number}"}
        push = {"at": at, "do": "command", "command": "Push Metadata", "to": "metadata queue"}
        yield {**push, "detail": detail}


def _revoke(at: int, channel: str, dice: Random) -> Iterator[Step]:
    viewers = [
        {"viewer_id": f"viewer-{n}", "up_to_version": dice.randrange(9)}
        for n in range(dice.randrange(1, 30))
    ]
    yield {
        "at": at,
        "do": "command",
        "command": "Revoke Viewers",
        "detail": {"viewers": [{"channel_arn": channel, **each} for each in viewers]},
    }


def _command(at: int, channel: str, name: str, dice: Random) -> Step:
    """Most arrive at once, some after others that were issued later, some much too late."""
    late = dice.choice([0, 0, 0, dice.randrange(20 * MINUTE), 2 * HOUR])
    return {**_act(at, channel, "command"), "command": name, "issued": f"{at - late}s"}


def _lose_secret(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield _act(at, channel, "delete secret")
    yield _act(at + dice.randrange(HOUR), channel, "restore secret")


_INCIDENTS = (
    _drop,
    _drop,
    _starve,
    _starve,
    _stop,
    _stop,
    _rotate,
    _block,
    _watch,
    _tag,
    _push,
    _revoke,
    _lose_secret,
)


def _mishaps(channels: list[str], dice: Random) -> Iterator[Step]:
    yield from _about_all(dice)
    share = len(channels) / MANY
    for _ in range(round(12 * share)):
        yield _on_the_way(dice.choice(channels), dice)
    for _ in range(ceil(5 * share)):
        yield {
            "at": dice.randrange(DAY),
            "do": "kill",
            "function": dice.choice(FUNCTIONS),
            "operation": dice.choice(DEADLY),
            "when": dice.choice(["before", "after"]),
            "may_fail": True,
        }
    for _ in range(ceil(3 * share)):
        service, operation, code, status = dice.choice(FAULTS)
        yield {
            "at": dice.randrange(DAY),
            "do": "fault",
            "service": service,
            "operation": operation,
            "code": code,
            "status": status,
            "when": dice.choice(["before", "after"]),
            "times": dice.choice([1, 2, 4]),
            "may_fail": True,
        }


def _about_all(dice: Random) -> Iterator[Step]:
    """A pause now and then, calls that are slow, and clocks that are off."""
    for _ in range(dice.randrange(3)):
        at = dice.randrange(DAY)
        yield {"at": at, "do": "pause", "commands_too": dice.random() < 0.3}
        yield {"at": at + dice.randrange(HOUR), "do": "resume"}
    for function in FUNCTIONS:
        off = dice.choice([-1, 0, 1])
        yield {"at": 0, "do": "shift clock", "function": function, "by": f"{off}s"}
    for service, operation, *_ in dice.sample(FAULTS, 2):
        at = dice.randrange(DAY)
        slow = {"do": "slow", "service": service, "operation": operation}
        yield {**slow, "at": at, "by": f"{dice.randrange(1, 5)}s"}
        yield {**slow, "at": at + 20 * MINUTE, "by": "0s"}


def _on_the_way(channel: str, dice: Random) -> Step:
    """How an event arrives: late, twice, or never."""
    name = dice.choice(["Stream Start", "Stream End", "Starvation Start", "Starvation End"])
    step = {**_act(dice.randrange(DAY), channel, ""), "event_name": name}
    fates: list[Step] = [
        {"do": "repeat", "after": f"{dice.randrange(3 * HOUR)}s"},
        {"do": "delay", "by": f"{dice.randrange(20)}s", "times": 3},
        {"do": "delay", "by": f"{dice.randrange(3 * HOUR)}s"},
        {"do": "lose"},
    ]
    return step | dice.choice(fates)
