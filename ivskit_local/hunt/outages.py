"""What people do on a random day just while IVS fails, or is slow."""

from collections.abc import Iterator
from random import Random

from ivskit_local.hunt import commands, encoders, faults
from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act


def outages(channel: str, dice: Random) -> Iterator[Step]:
    """Some days have one of these."""
    for _ in range(dice.choice([0, 0, 0, 1])):
        way = dice.choice([no_key, slow_key])
        yield from way(dice.randrange(DAY), channel, dice)


def no_key(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """IVS creates no key for a while, when somebody replaces one, and blocks the channel then."""
    yield faults.of_keys(at, dice)
    yield _rotation(at + 1, channel)
    if dice.random() < 0.5:
        yield from _block(at + dice.randrange(1, 10 * MINUTE), channel, dice)


def slow_key(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """IVS is slow to create a key, and somebody blocks the channel meanwhile."""
    slow = {"do": "slow", "service": "ivs", "operation": "CreateStreamKey"}
    yield {**slow, "at": at, "by": f"{dice.randrange(2, 6)}s"}
    yield _rotation(at + 1, channel)
    yield from _block(at + dice.randrange(2, 7), channel, dice)
    yield {**slow, "at": at + MINUTE, "by": "0s"}


def quizzes(channel: str, dice: Random) -> Iterator[Step]:
    """Pieces of metadata in order, one of which IVS refuses for now, or does not answer."""
    for _ in range(dice.choice([0, 1])):
        at = dice.randrange(MINUTE, DAY)
        yield encoders.go_live(at - MINUTE, channel, dice)
        yield from faults.of_a_quiz(at, dice)
        yield from commands.pieces(at, channel, dice.randrange(2, 6), force=True)


def _rotation(at: int, channel: str) -> Step:
    detail = {"if_live": "proceed", "force": True}
    return act(at, channel, "command", command="Rotate Stream Key", detail=detail)


def _block(at: int, channel: str, dice: Random) -> Iterator[Step]:
    yield commands.command(at, channel, "Block Channel", dice)
    if dice.random() < 0.8:
        yield commands.command(at + dice.randrange(2 * HOUR), channel, "Unblock Channel", dice)
