"""What is taken down or restricted on a random day, by command or by tag, and mostly undone."""

from collections.abc import Iterator
from random import Random
from typing import Any

from ivskit_local.hunt import faults
from ivskit_local.hunt.commands import command
from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act

# More than the three policies that a region may have.
_PLACES: tuple[dict[str, list[str]], ...] = (
    {"countries": ["DE"]},
    {"countries": ["DE", "AT"]},
    {"countries": ["US"], "origins": ["https://example.com"]},
    {"origins": ["https://example.com"]},
)
# What tags ask for, some of it invalid.
_TAGS: tuple[dict[str, str | None], ...] = (
    {"ivskit:countries": "DE AT"},
    {"ivskit:countries": "US"},
    {"ivskit:countries": "Germany"},
    {"ivskit:origins": "https://example.com"},
    {"ivskit:origins": "example.com"},
    {"ivskit:countries": "DE", "ivskit:origins": "https://example.com"},
)


def restrictions(channel: str, dice: Random) -> Iterator[Step]:
    """All that is taken down or restricted on one channel."""
    for _ in range(dice.choice([0, 0, 1, 1, 2])):
        way = dice.choice([take_down, restrict, restrict_by_tag])
        yield from way(dice.randrange(DAY), channel, dice)


def take_down(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A take-down, some with a restriction; mostly restored, or unblocked alone.

    Somebody may create a key meanwhile.
    """
    detail: dict[str, Any] = dice.choice([{}, {"revoke_audience": False}, *_PLACES])
    yield from _sent(at, channel, "Take Down", dice, **detail)
    if dice.random() < 0.4:
        yield act(at + dice.randrange(HOUR), channel, "create key")
    if dice.random() < 0.7:
        end = dice.choice(["Restore", "Restore", "Unblock Channel"])
        yield from _sent(at + dice.randrange(2 * HOUR), channel, end, dice)
    yield from _trouble(at, "take_down", dice)


def restrict(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A restriction, or one after the other; mostly lifted."""
    for _ in range(dice.choice([1, 1, 2])):
        yield from _sent(at, channel, "Restrict Playback", dice, **dice.choice(_PLACES))
        yield from _trouble(at, "restrict_playback", dice)
        at += dice.randrange(HOUR)
    if dice.random() < 0.7:
        yield from _sent(at, channel, "Lift Restriction", dice)
        yield from _trouble(at, "restrict_playback", dice)


def restrict_by_tag(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Tags that ask for a restriction; mostly taken away."""
    tags = dice.choice(_TAGS)
    yield act(at, channel, "tag", tags=tags)
    yield from _trouble(at, "restrict_playback", dice)
    if dice.random() < 0.7:
        gone = dict.fromkeys(tags)
        yield act(at + dice.randrange(2 * HOUR), channel, "tag", tags=gone)


def _sent(at: int, channel: str, name: str, dice: Random, **detail: Any) -> Iterator[Step]:
    """The command, some a second time under its id."""
    sent = command(at, channel, name, dice, **detail)
    if dice.random() < 0.8:
        yield sent
        return
    for moment in (at, at + dice.choice([0, 1, MINUTE])):
        yield {**sent, "at": moment, "id": f"{name.lower()}-{channel}-at-{at}"}


def _trouble(at: int, function: str, dice: Random) -> Iterator[Step]:
    """The function dies at its work, or IVS fails it."""
    if dice.random() < 0.3:
        yield faults.death_at_work(function, at, dice)
    if dice.random() < 0.2:
        yield faults.of_restrictions(at, dice)
