"""A load of timed metadata, IVS and the FIFO queue in virtual time, for benchmarks/metadata.py."""

import heapq
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from ivs_emulator.errors import ThrottlingException
from ivs_emulator.throttling import Throttle, Throttling
from ivskit_local.runtime.clock import Clock

START = datetime(2026, 11, 20, 17, tzinfo=UTC)
BATCH = 10
INVOKE_SECONDS = 0.015


@dataclass(frozen=True)
class Sent:
    """A piece of metadata; `number` grows within its channel."""

    number: int
    channel: int
    at: float
    size: int

    @property
    def name(self) -> str:
        return f"{self.channel}:{self.number}"

    @property
    def metadata(self) -> dict[str, str]:
        return {"n": self.name, "": "x" * (self.size - len(self.name) - 16)}


@dataclass
class Load:
    """Who sends how much."""

    name: str
    channels: int
    each: float
    poisson: bool = False
    size: tuple[int, int] = (300, 300)
    coalesce: bool = False

    def sent(self, seconds: float) -> Iterator[Sent]:
        """Everything, in order of time."""
        random = Random(7)
        numbers = Counter[int]()
        due = [(random.random() / self.each, channel) for channel in range(self.channels)]
        heapq.heapify(due)
        while due[0][0] < seconds:
            at, channel = heapq.heappop(due)
            numbers[channel] += 1
            yield Sent(numbers[channel], channel, at, random.randint(*self.size))
            gap = random.expovariate(self.each) if self.poisson else 1 / self.each
            heapq.heappush(due, (at + gap, channel))


@dataclass
class Service:
    """IVS: it counts calls, and records what it inserted into streams and when."""

    clock: Clock
    mode: Throttling
    random: Random = field(default_factory=lambda: Random(11))
    attempts: int = 0
    throttled: int = 0
    calls: list[float] = field(default_factory=list)
    inserted: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._throttle = Throttle(self.mode)

    def now(self) -> float:
        return (self.clock.now - START).total_seconds()

    def travel(self) -> None:
        """Half of a round trip."""
        self.clock.sleep(self.random.lognormvariate(0, 0.35) * 0.0125)

    def put_metadata(self, channel_arn: str, text: str) -> bool:
        """Whether IVS accepted the call; raises nothing, since some callers are not botocore."""
        self.travel()
        self.attempts += 1
        admitted = self._admit(channel_arn, text)
        self.travel()
        return admitted

    def _admit(self, channel_arn: str, text: str) -> bool:
        try:
            self._throttle.admit("PutMetadata", channel_arn, self.clock.now)
        except ThrottlingException:
            self.throttled += 1
            return False
        said = json.loads(text)
        self.calls.append(self.now())
        self.inserted += [(self.now(), item["n"]) for item in said.get("items", [said])]
        return True


def arn(channel: int) -> str:
    """The ARN of the nth channel."""
    return f"arn:aws:ivs:us-west-2:123456789012:channel/channel{channel}"


@dataclass(order=True)
class Group:
    """The messages of one channel; locked while some are processed or invisible."""

    channel: int
    waiting: deque[Sent] = field(default_factory=deque, compare=False)
    locked: bool = field(default=False, compare=False)


class Queue:
    """FIFO: a batch locks its group until all of it is done or visible again."""

    def __init__(
        self, clock: Clock, lanes: int, work: Callable[[int, Sequence[Sent]], Any]
    ) -> None:
        self._clock = clock
        self._work = work
        self._free = list(range(lanes))
        self._groups: dict[int, Group] = {}
        self._ready: deque[Group] = deque()

    def send(self, sent: Sent) -> None:
        group = self._groups.setdefault(sent.channel, Group(sent.channel))
        group.waiting.append(sent)
        if len(group.waiting) == 1 and not group.locked:
            self._ready.append(group)
        self._dispatch()

    def _dispatch(self) -> None:
        while self._free and self._ready:
            group, lane = self._ready.popleft(), self._free.pop(0)
            group.locked = True
            batch = [group.waiting.popleft() for _ in range(min(BATCH, len(group.waiting)))]
            self._clock.threads.spawn(f"lane {lane}", partial(self._run, lane, group, batch))

    def _run(self, lane: int, group: Group, batch: Sequence[Sent]) -> None:
        self._clock.sleep(INVOKE_SECONDS)
        left, seconds = self._work(lane, batch)
        group.waiting.extendleft(reversed(left))
        due = self._clock.now + timedelta(seconds=seconds if left else 0)
        self._free.append(lane)
        self._clock.at(due, partial(self._unlock, group))

    def _unlock(self, group: Group) -> None:
        group.locked = False
        if group.waiting:
            self._ready.append(group)
        self._dispatch()
