"""How events and messages travel on a random day: late, twice, or never."""

from collections.abc import Iterator, Sequence
from random import Random

from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act

_OF_STREAMS = ("Stream Start", "Stream End", "Starvation Start", "Starvation End")
_OF_RECORDINGS = ("Recording Start", "Recording End")
_PURPOSES = (
    "grace over", "verify key", "max duration", "verify stop", "finish rotation", "verify kick",
    "starvation", "check key", "verify block", "welcome",
)  # fmt: skip


def on_the_way(channel: str, dice: Random) -> Step:
    """How an event of IVS arrives."""
    return _on_its_way(channel, _OF_STREAMS, dice)


def of_recordings(channel: str, dice: Random) -> Iterator[Step]:
    """How events about the recordings of a channel arrive."""
    for _ in range(dice.randrange(4)):
        yield _on_its_way(channel, _OF_RECORDINGS, dice)


def _on_its_way(channel: str, events: Sequence[str], dice: Random) -> Step:
    name = dice.choice(events)
    step = act(dice.randrange(DAY), channel, "", event_name=name)
    fates: list[Step] = [
        {"do": "repeat", "after": f"{dice.randrange(3 * HOUR)}s"},
        {"do": "delay", "by": f"{dice.randrange(20)}s", "times": 3},
        {"do": "delay", "by": f"{dice.randrange(3 * HOUR)}s"},
        {"do": "lose"},
    ]
    return step | dice.choice(fates)


def late_message(channel: str, dice: Random) -> Step:
    """A sweep, or a look at a channel, comes late."""
    late = {"at": dice.randrange(DAY), "do": "come late", "may_fail": True}
    if dice.random() < 0.3:
        return {**late, "by": f"{dice.randrange(4 * MINUTE)}s"}
    about = {"channel": channel, "purpose": dice.choice(_PURPOSES)}
    return {**late, **about, "by": f"{dice.randrange(8 * MINUTE)}s"}
