"""How fast many stream keys are replaced, and for how long a channel has none.

The function runs as deployed, in virtual time, against the emulator counting in both ways that
IVS may count, with calls that take their time. What people write instead comes after it: delete
and create in a loop, in threads, or behind a queue, with botocore's own retries.

uv run python benchmarks/rotation.py [channels]
"""

import random
import statistics
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ivs_emulator
from benchmarks.results import recorded
from ivs_emulator.errors import ThrottlingException
from ivs_emulator.throttling import Throttle, Throttling
from ivskit import quotas
from ivskit.commands import RotateStreamKey
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
SHARE = quotas.SHARES["CreateStreamKey"]["rotate_stream_key"]
COUNTINGS: tuple[Throttling, ...] = ("token-bucket", "sliding-window")
ROUND_TRIPS = (0.030, 0.060)


@dataclass(frozen=True)
class Run:
    """The numbers of one mass rotation: seconds and shares."""

    of_share: float
    throttled: float
    creates_throttled: int
    keyless: Sequence[float]
    calls: float

    def keyless_at(self, percent: int) -> float:
        """How long a channel had no key, at this percentile."""
        return statistics.quantiles(self.keyless, n=100, method="inclusive")[percent - 1]


@dataclass
class Simple:
    """Delete, then create, by a client in botocore's standard mode."""

    clock: Clock
    counting: Throttling
    seconds: float
    dice: random.Random = field(default_factory=lambda: random.Random(13))
    attempts: int = 0
    throttled: int = 0
    created: list[datetime] = field(default_factory=list)
    keyless: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._throttle = Throttle(self.counting)
        self._deleted: dict[int, datetime] = {}

    def rotate(self, channel: int) -> bool:
        """Whether the channel has a new key."""
        if channel not in self._deleted:
            if not self._call("DeleteStreamKey"):
                return False
            self._deleted[channel] = self.clock.now
        if not self._call("CreateStreamKey"):
            return False
        self.created.append(self.clock.now)
        self.keyless.append((self.clock.now - self._deleted[channel]).total_seconds())
        return True

    @property
    def without_a_key(self) -> int:
        """Channels whose key was deleted and not replaced."""
        return len(self._deleted) - len(self.created)

    def _call(self, operation: str) -> bool:
        for attempt in range(3):
            self.clock.sleep(self._one_way())
            admitted = self._admit(operation)
            self.clock.sleep(self._one_way())
            if admitted:
                return True
            self.clock.sleep(self.dice.random() * 2**attempt)
        return False

    def _admit(self, operation: str) -> bool:
        self.attempts += 1
        try:
            self._throttle.admit(operation, None, self.clock.now)
        except ThrottlingException:
            self.throttled += 1
            return False
        return True

    def _one_way(self) -> float:
        return min(self.dice.lognormvariate(0, 0.35), 3) * self.seconds / 2


@dataclass(frozen=True)
class Way:
    """How many at a time, and after how long what failed comes back; None: never.

    every: how long after the last one the next begins, at least.
    """

    name: str
    threads: int
    again_after: float | None
    every: float = 0.0


WAYS = (
    Way("a loop", 1, None),
    Way("a paced loop: a sleep between channels", 1, None, every=0.2),
    Way("10 threads", 10, None),
    Way("a queue, 10 at a time", 10, 30.0),
)
ABOUT = """
`uv run python benchmarks/rotation.py` deploys the function into virtual time, against the emulator
counting in either way, with calls that take 30 or 60 ms (log-normal), and asks for 200 new keys at
once. What people write instead replaces ten times as many, in botocore's standard mode; what they
give up is lost. The ceiling: IVS's 5 calls of CreateStreamKey a second; `rotate_stream_key` takes 3
of them, which is its share, and leaves the others to the owner's backend. Goals: 94 % of the share,
no create throttled, no channel without a key for more than three round trips in 99 of 100.

A loop with a sleep reaches the rate too. What it lacks: it knows nothing of a channel that is live
or blocked, loses the key of a channel when it dies between the two calls, stores no key, and takes
the quota from everybody else.
"""
HEADER = (
    "| round trip | counted by | way | of the ceiling | throttled | keyless p50, p99 ms "
    "| not rotated | without a key since | goal |\n|---|---|---|---|---|---|---|---|---|"
)


def simply(way: Way, channels: int, counting: Throttling, seconds: float) -> str:
    """The line of one of the simple ways."""
    with Clock(START) as clock:
        simple = Simple(clock, counting, seconds)
        waiting = deque(range(channels))

        def work() -> None:
            while waiting:
                channel, began = waiting.popleft(), clock.now
                if not simple.rotate(channel) and way.again_after is not None:
                    clock.sleep(way.again_after)
                    waiting.append(channel)
                rest = way.every - (clock.now - began).total_seconds()
                if rest > 0:
                    clock.sleep(rest)

        for _ in range(way.threads):
            clock.threads.spawn(way.name, work)
        clock.settle()
    keyless = statistics.quantiles(simple.keyless, n=100, method="inclusive")
    return (
        f"| {seconds * 1000:.0f} ms | {counting} | {way.name} "
        f"| {_rate(simple.created) / quotas.RATES['CreateStreamKey']:.0%} "
        f"| {simple.throttled / simple.attempts:.1%} "
        f"| {keyless[49] * 1000:.0f}, {keyless[98] * 1000:.0f} "
        f"| {channels - len(simple.created)} | {simple.without_a_key} | |"
    )


def main(channels: int = 200) -> int:
    """Print a row for each way to count and each round trip; 1 when a goal is missed."""
    missed = 0
    print(HEADER)
    for seconds in ROUND_TRIPS:
        for counting in COUNTINGS:
            run = rotate(channels, counting, seconds)
            well = _is_well(run, seconds)
            missed += not well
            print(_line(run, counting, seconds, "met" if well else "missed"), flush=True)
            for way in WAYS:
                print(simply(way, 10 * channels, counting, seconds), flush=True)
    return int(missed > 0)


def _is_well(run: Run, round_trip: float) -> bool:
    """The goals: 94 % of the share, no create throttled, keyless for three round trips, 3 calls."""
    soon = run.keyless_at(99) <= 3 * round_trip
    return run.of_share >= 0.94 and not run.creates_throttled and soon and run.calls == 3


def _line(run: Run, counting: str, seconds: float, goal: str) -> str:
    ceiling = run.of_share * SHARE / quotas.RATES["CreateStreamKey"]
    return (
        f"| {seconds * 1000:.0f} ms | {counting} | ivskit: {run.calls:g} calls after the checks "
        f"| {ceiling:.0%}, {run.of_share:.1%} of its share "
        f"| {run.throttled:.1%}, {run.creates_throttled} creates "
        f"| {run.keyless_at(50) * 1000:.0f}, {run.keyless_at(99) * 1000:.0f} | 0 | 0 | {goal} |"
    )


def rotate(channels: int, counting: Throttling, seconds: float, *, seed: int = 0) -> Run:
    """Ask for a new key on every channel at the same moment."""
    dice = random.Random(seed)
    with World(synthesize(ROOT), project_root=ROOT, start=START, throttling=counting) as world:
        world.gate.round_trip = lambda service, operation: timedelta(
            seconds=min(dice.lognormvariate(0, 0.35), 3) * seconds
        )
        for number in range(channels):
            _ask(world, number)
        world.settle()
        return _measured(world, channels)


def _ask(world: World, number: int) -> None:
    arn = f"arn:aws:ivs:us-west-2:123456789012:channel/channel{number:05}"
    command = RotateStreamKey.issue(channel_arn=arn, issued_at=START, command_id=f"c{number}")
    event = {
        "id": f"event-{number}",
        "source": "ivskit.command",
        "detail-type": command.detail_type,
        "time": START.isoformat(),
        "resources": [],
        "account": "123456789012",
        "region": "us-west-2",
        "version": "0",
        "detail": command.model_dump(mode="json", exclude_defaults=True),
    }
    ivs_emulator.bring_to(ivs_emulator.backend, event, tags=dict(MANAGED))
    world.deliver(event)


def _measured(world: World, channels: int) -> Run:
    seen = world.ivs.calls
    made = [call for call in seen if call.operation == "CreateStreamKey"]
    good = [call.at for call in made if call.error is None]
    if len(good) != channels or world.dead_letters():
        raise AssertionError(f"{len(good)} of {channels} keys, {len(world.dead_letters())} lost")
    return Run(
        of_share=_rate(sorted(good)) / SHARE,
        throttled=sum(call.error == "ThrottlingException" for call in seen) / len(seen),
        creates_throttled=len(made) - len(good),
        keyless=list(_keyless(world)),
        calls=_calls_after_the_checks(world),
    )


def _rate(times: Sequence[datetime]) -> float:
    """Per second, while every lane has work: not at the start, nor when the last batches end."""
    steady = times[len(times) // 20 : len(times) * 3 // 4]
    return (len(steady) - 1) / (steady[-1] - steady[0]).total_seconds()


def _keyless(world: World) -> Iterator[float]:
    """Seconds between each channel's delete and its create, as IVS saw them."""
    gone: dict[str, datetime] = {}
    invocations = [call for call in world.calls if call.service == "ivs"]
    for call in invocations:
        if call.operation == "DeleteStreamKey":
            gone[call.invocation] = call.at
        elif call.operation == "CreateStreamKey" and call.invocation in gone:
            yield (call.at - gone.pop(call.invocation)).total_seconds()


def _calls_after_the_checks(world: World) -> float:
    """Calls to IVS and to the store from the delete to the delivery, per rotation."""
    counts: list[int] = []
    began: dict[str, int] = {}
    for call in world.calls:
        if call.operation == "DeleteStreamKey":
            began[call.invocation] = 0
        if call.invocation in began and (call.service == "ivs" or _is_delivery(call)):
            began[call.invocation] += 1
        if call.invocation in began and _is_delivery(call):
            counts.append(began.pop(call.invocation))
    return statistics.mean(counts)


def _is_delivery(call: Call) -> bool:
    return (call.service, call.operation) == ("secretsmanager", "PutSecretValue")


if __name__ == "__main__":
    with recorded("Mass rotation", ABOUT):
        status = main(*map(int, sys.argv[1:2]))
    sys.exit(status)
