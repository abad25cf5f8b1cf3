"""Pushes timed metadata as fast as IVS allows, and compares with simpler ways to do it.

    python benchmarks/metadata.py [--minutes N] [--only WORDS] [--way WAY]

The real handler of push_metadata, 31 copies of it, in virtual time, against the two ways in which
the emulator counts calls. Round trips are lognormal around 25 ms; IVS counts half-way. The queue is
FIFO as SQS is: batches of up to ten messages of one group, a group locked while it is worked on.
"""

import argparse
import contextlib
import heapq
import importlib.util
import io
import json
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import quantiles
from types import ModuleType
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from ivs_emulator.errors import ThrottlingException
from ivs_emulator.throttling import Throttle, Throttling
from ivskit import quotas
from ivskit.commands import PushMetadata
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.threads import current_task

HANDLER = Path(__file__).parents[1] / "functions/push_metadata/handler.py"
START = datetime(2026, 11, 20, 17, tzinfo=UTC)
ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "push_metadata",
    "POWERTOOLS_METRICS_NAMESPACE": "ivskit",
    "IVSKIT_STAGE": "dev",
    "IVSKIT_BUS": "ivskit-dev",
    "IVSKIT_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/1/metadata.fifo",
    "IVSKIT_DEAD_LETTERS_URL": "https://sqs.us-west-2.amazonaws.com/1/dead.fifo",
    "IVSKIT_POLICY": '{"channels":"all"}',
    "IVSKIT_COMMAND_CHANNELS": "all",
    "IVSKIT_MEMORY": "memory",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}
LANES = 31
BATCH = 10
INVOKE_SECONDS = 0.015
REDELIVERED_AFTER = 30.0
LARGEST_BACKLOG_SECONDS = 60


class Nowhere(io.TextIOBase):
    """Where logs go: loggers keep the stream that they saw first, so nothing may close it."""

    def write(self, text: str, /) -> int:
        return len(text)


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
    """IVS, as far as it counts; and what it let into the streams, and when."""

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
        """One way."""
        self.clock.sleep(self.random.lognormvariate(0, 0.35) * 0.0125)

    def put_metadata(self, channel_arn: str, text: str) -> bool:
        """Whether it was let in; raises nothing, since not everybody here is botocore."""
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


# The queue.


@dataclass(order=True)
class Group:
    """One channel's messages; locked while some are worked on or invisible."""

    channel: int
    waiting: deque[Sent] = field(default_factory=deque, compare=False)
    locked: bool = field(default=False, compare=False)


class Queue:
    """FIFO: whoever takes a batch has its group until all of it is done or visible again."""

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


# The ways to do it.


class Handlers:
    """The function under test: a copy of its module for each lane."""

    def __init__(self, service: Service, lanes: int, *, coalesce: bool) -> None:
        self._service = service
        self._coalesce = coalesce
        self._visible_in: dict[str, float] = {}
        self._modules = [_copy_of_handler(lane) for lane in range(lanes)]

    def work(self, lane: int, batch: Sequence[Sent]) -> tuple[Sequence[Sent], float]:
        records = [self._record(sent) for sent in batch]
        answer = self._modules[lane].handler({"Records": records}, Context())
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        left = [sent for sent in batch if sent.name in failed]
        seconds = max((self._visible_in.pop(sent.name, 180.0) for sent in left), default=0.0)
        return left, seconds

    def _record(self, sent: Sent) -> dict[str, Any]:
        command = PushMetadata.issue(
            command_id=sent.name,
            issued_at=START + timedelta(seconds=sent.at),
            channel_arns=[arn(sent.channel)],
            metadata=sent.metadata,
            coalesce=self._coalesce,
        )
        [message] = command.messages()
        return {
            "messageId": sent.name,
            "receiptHandle": sent.name,
            "body": message["MessageBody"],
            "attributes": {
                "ApproximateReceiveCount": "1",
                "MessageGroupId": message["MessageGroupId"],
                "SequenceNumber": str(18849496460467696128 + 256 * sent.number),
            },
        }

    def answer(self, client: Any, operation: str, asked: Mapping[str, Any]) -> Any:
        """What AWS says to the handler."""
        if operation == "PutMetadata":
            return self._put(client, asked)
        if operation == "ChangeMessageVisibilityBatch":
            for entry in asked["Entries"]:
                self._visible_in[entry["ReceiptHandle"]] = entry["VisibilityTimeout"]
        if operation == "PutEvents":
            self._service.travel()
        return {
            "channels": [{"arn": one, "tags": {}} for one in asked.get("arns", ())],
            "Entries": [{"EventId": "1"} for _ in asked.get("Entries", ())],
            "Responses": {},
            "Parameter": {"Value": "off"},
        }

    def _put(self, client: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
        if self._service.put_metadata(asked["channelArn"], asked["metadata"]):
            return {}
        said: Any = {
            "Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
            "ResponseMetadata": {"HTTPStatusCode": 429},
        }
        raise client.exceptions.from_code("ThrottlingException")(said, "PutMetadata")


class Context:
    """As much of Lambda's context as is looked at."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 30_000


def _copy_of_handler(lane: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"push_metadata_lane_{lane}", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Sdk:
    """A plain client in botocore's standard mode: three attempts, exponential backoff."""

    service: Service
    random: Random = field(default_factory=lambda: Random(13))

    def push(self, sent: Sent) -> bool:
        text = json.dumps(sent.metadata)
        for attempt in range(3):
            if self.service.put_metadata(arn(sent.channel), text):
                return True
            self.service.clock.sleep(self.random.random() * 2**attempt)
        return False

    def work(self, lane: int, batch: Sequence[Sent]) -> tuple[Sequence[Sent], float]:
        """An event source's batch without pacing; what fails ends the batch."""
        for done, sent in enumerate(batch):
            if not self.push(sent):
                return batch[done:], REDELIVERED_AFTER
        return (), 0


class Loop:
    """Threads that each push whatever is next; what fails is lost."""

    def __init__(self, clock: Clock, sdk: Sdk, threads: int) -> None:
        self._clock = clock
        self._sdk = sdk
        self._free = threads
        self._waiting: deque[Sent] = deque()

    def send(self, sent: Sent) -> None:
        self._waiting.append(sent)
        if self._free:
            self._free -= 1
            self._clock.threads.spawn("loop", self._run)

    def _run(self) -> None:
        while self._waiting:
            self._sdk.push(self._waiting.popleft())
        self._free += 1


WAYS = ("ivskit", "naive loop", "31 threads", "unpaced FIFO")


@dataclass(frozen=True)
class Result:
    """What came of a load."""

    load: str
    way: str
    mode: str
    share: float
    throttled: float
    out_of_order: int
    lost: int
    double: int
    delivered: float
    p50: float
    p99: float

    def row(self) -> str:
        """One line of a table."""
        return (
            f"| {self.load} | {self.way} | {self.mode} | {self.share:.1%} | {self.throttled:.2%} "
            f"| {self.out_of_order} | {self.lost} | {self.double} | {self.delivered:.1%} "
            f"| {self.p50:.2f} / {self.p99:.2f} |"
        )


HEADER = (
    "| load | way | counted by | of 155 calls/s | throttled | out of order | not a minute later "
    "| twice | delivered in time | p50 / p99 s |\n|---|---|---|---|---|---|---|---|---|---|"
)


def measure(load: Load, way: str, mode: Throttling, *, seconds: float) -> Result:
    """Send for so many virtual seconds, and look what came of it, also a while later."""
    sent = list(load.sent(seconds))
    with contextlib.ExitStack() as stack:
        clock = stack.enter_context(Clock(START))
        service = Service(clock, mode)
        stack.enter_context(patch.object(time, "sleep", clock.sleep))
        stack.enter_context(patch.object(time, "monotonic", partial(_monotonic, clock)))
        stack.enter_context(patch.dict(os.environ, ENVIRONMENT))
        stack.enter_context(contextlib.redirect_stdout(Nowhere()))
        taker = _taker(way, clock, service, load, stack)
        for one in sent:
            clock.at(START + timedelta(seconds=one.at), partial(taker.send, one))
        clock.run_for(timedelta(seconds=seconds + LARGEST_BACKLOG_SECONDS))
    return _result(load, way, mode, sent, service, seconds)


def _taker(
    way: str, clock: Clock, service: Service, load: Load, stack: contextlib.ExitStack
) -> Queue | Loop:
    match way:
        case "naive loop":
            return Loop(clock, Sdk(service), 1)
        case "31 threads":
            return Loop(clock, Sdk(service), LANES)
        case "unpaced FIFO":
            return Queue(clock, LANES, Sdk(service).work)
    handlers = Handlers(service, LANES, coalesce=load.coalesce)

    def make_api_call(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        return handlers.answer(client, operation, asked)

    stack.enter_context(patch.object(BaseClient, "_make_api_call", make_api_call))
    return Queue(clock, LANES, handlers.work)


_real_monotonic = time.monotonic


def _monotonic(clock: Clock) -> float:
    if current_task() is None:
        return _real_monotonic()
    return (clock.now - START).total_seconds()


def _result(
    load: Load, way: str, mode: str, sent: Sequence[Sent], service: Service, seconds: float
) -> Result:
    at = {one.name: one.at for one in sent}
    times = Counter(name for _, name in service.inserted)
    late = sorted(when - at[name] for when, name in service.inserted)
    in_time = sum(when <= seconds + 1 for when, _ in service.inserted)
    steady = [when for when in service.calls if 5 <= when < seconds]
    cuts = quantiles(late, n=100)
    return Result(
        load=load.name,
        way=way,
        mode=mode,
        share=len(steady) / (seconds - 5) / quotas.RATES["PutMetadata"],
        throttled=service.throttled / service.attempts,
        out_of_order=_out_of_order(service.inserted),
        lost=len(sent) - len(times),
        double=sum(count > 1 for count in times.values()),
        delivered=in_time / len(sent),
        p50=cuts[49],
        p99=cuts[98],
    )


def _out_of_order(inserted: Sequence[tuple[float, str]]) -> int:
    newest: dict[str, int] = {}
    wrong = 0
    for _, name in inserted:
        channel, number = name.split(":")
        wrong += int(number) < newest.get(channel, 0)
        newest[channel] = max(int(number), newest.get(channel, 0))
    return wrong


LOADS = (
    Load("31 channels, 5/s each", channels=31, each=5.0),
    Load("Poisson 140/s on 31 channels", channels=31, each=140 / 31, poisson=True),
    Load("small, 248/s on 31 channels", channels=31, each=8.0, poisson=True, size=(60, 180)),
    Load("the same, coalesced", channels=31, each=8, poisson=True, size=(60, 180), coalesce=True),
)
MODES: tuple[Throttling, ...] = ("sliding-window", "token-bucket")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10, help="of virtual time")
    parser.add_argument("--only", default="", help="loads whose name holds this")
    parser.add_argument("--way", choices=WAYS, help="this one alone")
    arguments = parser.parse_args()
    print(HEADER)
    for load in LOADS:
        ways = WAYS if not load.coalesce else WAYS[:1]
        for way in ways if arguments.only in load.name else ():
            if arguments.way in (None, way):
                _print(load, way, seconds=arguments.minutes * 60)


def _print(load: Load, way: str, *, seconds: float) -> None:
    for mode in MODES:
        print(measure(load, way, mode, seconds=seconds).row(), flush=True)


if __name__ == "__main__":
    main()
