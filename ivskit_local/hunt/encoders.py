"""What encoders do on a random day: shows, one after the other, and what goes wrong in them."""

from collections.abc import Callable, Iterator
from random import Random

from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act

_TOO_LITTLE = ({"bitrate": 200_000}, {"framerate": 5}, {"keyframe_interval": 10})
Incident = Callable[[int, str, Random], Iterator[Step]]


def shows(channel: str, incidents: tuple[Incident, ...], dice: Random) -> Iterator[Step]:
    """The shows of one channel, with all that comes between."""
    at = dice.randrange(20 * MINUTE)
    while at < DAY:
        until = at + dice.randrange(3 * MINUTE, 70 * MINUTE)
        if dice.random() < 0.05:
            yield from _unseen(at, channel)
        yield go_live(at, channel, dice)
        for _ in range(dice.randrange(4)):
            moment = dice.randrange(at, until)
            yield from dice.choice(incidents)(moment, channel, dice)
        yield act(until, channel, "hang up")
        at = until + dice.randrange(5, 40 * MINUTE)
    # Else an encoder that is back after its last show may be cut, and come back, for ever.
    yield act(DAY + 2 * HOUR, channel, "hang up")


def _unseen(at: int, channel: str) -> Iterator[Step]:
    """No function sees the next show."""
    for name in ("Stream Start", "Stream End"):
        yield act(at, channel, "lose", event_name=name)


def go_live(at: int, channel: str, dice: Random) -> Step:
    """An encoder connects, most with the key of the channel."""
    returns = dice.choice(["2s", "10s", "30s", None])
    key = dice.choices(["current", "first", "wrong"], [88, 10, 2])[0]
    patience = dice.choice([None, None, "20s"])
    step = act(at, channel, "go live", reconnect_after=returns, key=key, patience=patience)
    return {**step, "priority": dice.choice([None, None, 1])}


def drop(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder drops out, and comes back."""
    yield act(at, channel, "hang up")
    yield go_live(at + dice.randrange(1, 90), channel, dice)


def drop_unseen(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder drops out and comes back, and no function sees that it did."""
    yield act(at, channel, "lose", event_name="Stream Start")
    yield act(at, channel, "hang up")
    yield go_live(at + dice.randrange(1, 90), channel, dice)


def flap(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder drops out again and again."""
    for _ in range(dice.randrange(2, 4)):
        yield act(at, channel, "hang up")
        yield go_live(at + dice.randrange(1, 15), channel, dice)
        at += dice.randrange(20, 120)


def starve(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder sends no data, and recovers unless it is too late."""
    yield act(at, channel, "starve")
    yield act(at + dice.randrange(1, 60), channel, "recover")


def starve_again(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder recovers for a moment only."""
    yield act(at, channel, "starve")
    at += dice.randrange(5, 15)
    yield act(at, channel, "recover")
    yield act(at + dice.randrange(1, 5), channel, "starve")
    yield act(at + dice.randrange(5, 20), channel, "recover")


def take_over(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A second encoder takes the stream over, or is refused."""
    yield {**go_live(at, channel, dice), "priority": dice.choice([1, 2, 5])}


def fail(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """IVS fails the stream, some as they start."""
    yield act(at, channel, "fail")
    if dice.random() < 0.5:
        again = at + dice.randrange(1, 60)
        yield go_live(again, channel, dice)
        yield act(again + dice.randrange(1, 9), channel, "fail")


def exceed(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """The encoder sends too much, so IVS ends its stream; it is set right and comes back."""
    yield act(at, channel, "exceed")
    yield go_live(at + dice.randrange(1, 90), channel, dice)


def stutter(channel: str, dice: Random) -> Iterator[Step]:
    """The encoder starves twice, each time for a moment."""
    for _ in range(dice.choice([0, 1, 2])):
        yield from starve_again(dice.randrange(DAY), channel, dice)


def weaken(channel: str, dice: Random) -> Iterator[Step]:
    """The encoder sends too little, or too few keyframes, for minutes or for an hour."""
    for _ in range(dice.choice([0, 1, 2])):
        at = dice.randrange(DAY)
        yield act(at, channel, "send", **dice.choice(_TOO_LITTLE))
        yield act(at + dice.randrange(dice.choice([10 * MINUTE, HOUR])), channel, "send")


INCIDENTS: tuple[Incident, ...] = (
    drop, drop, drop_unseen, flap, starve, starve_again, take_over, fail, exceed,
)  # fmt: skip
