"""Callers, a network and a throttling service in virtual time."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from ivs_emulator.throttling import METERS, Throttling
from ivskit.pacing import Pacer

START = 1_800_000_000.0


@dataclass
class Hand:
    """One caller's clock: time passes as it sleeps and waits for answers."""

    now: float = START
    naps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@dataclass
class Network:
    """Round trips around a median, in seconds; each way varies on its own, and has no least."""

    median: float
    seed: int

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def way(self) -> float:
        return self._random.lognormvariate(0, 0.35) * self.median / 2


def arrivals(callers: Sequence[tuple[Hand, Pacer]], network: Network, until: float) -> list[float]:
    """When the service sees each call, if every caller calls as fast as it may."""
    seen = []
    due = [(hand.now, number) for number, (hand, _) in enumerate(callers)]
    while due:
        # Callers meet only in the shared item, so it is enough to begin their turns in order.
        now, number = heapq.heappop(due)
        hand, pacer = callers[number]
        if now < until:
            with pacer.turn():
                hand.now += network.way()
                seen.append(hand.now)
                hand.now += network.way()
            heapq.heappush(due, (hand.now, number))
    return sorted(seen)


def throttled(seen: Sequence[float], mode: Throttling, rate: int) -> int:
    """How many of the calls a service that counts like this would refuse."""
    meter, refused = METERS[mode](rate), 0
    for at in seen:
        now = datetime.fromtimestamp(at, UTC)
        if meter.has_room(now):
            meter.take(now)
        else:
            refused += 1
    return refused


MODES: list[Throttling] = ["sliding-window", "token-bucket"]
